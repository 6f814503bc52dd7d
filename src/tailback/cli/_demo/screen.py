"""Shows the story: live in a terminal, as plain lines anywhere else."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tailback.cli._demo.stage import PROMISE_S
from tailback.cli._demo.watch import Seen
from tailback.core import wording_demo as wording

PLAIN_EVERY_S = 5.0
_STYLES = {"healthy": "green", "slow": "yellow", "stuck": "bold red", "missing": "bold magenta"}


class Screen:
    """A teller for people; `with Screen(console) as screen:`."""

    def __init__(self, console: Console) -> None:
        """Draw on `console` when it is a terminal, else print lines."""
        self._console = console
        self._began = time.monotonic()
        self._shown_at = 0.0
        self._live = (
            Live(console=console, auto_refresh=False, transient=False)
            if console.is_terminal
            else None
        )

    def __enter__(self) -> Self:
        """Start drawing."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing and leave the terminal as it was."""
        if self._live is not None:
            self._live.stop()

    def tell(self, text: str) -> None:
        """Add a line to the story, with the time since its beginning."""
        line = Text(f"{wording.at(time.monotonic() - self._began):>5}  ", style="dim")
        line.append(text, style="not dim")
        self._console.print(line, soft_wrap=self._live is None)

    def show(self, seen: Seen) -> None:
        """Show the naive number beside the honest one."""
        if self._live is not None:
            self._live.update(_panel(seen), refresh=True)
        elif time.monotonic() - self._shown_at >= PLAIN_EVERY_S:
            self._shown_at = time.monotonic()
            line = wording.plain(*(text.plain for _, text in _rows(seen)))
            self._console.print(Text(f"       {line}"), soft_wrap=True)


def _panel(seen: Seen) -> Panel:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", justify="right")
    table.add_column()
    for name, text in _rows(seen):
        table.add_row(name, text)
    return Panel(Group(table), title=wording.TITLE, title_align="left", border_style="dim")


def _rows(seen: Seen) -> list[tuple[str, Text]]:
    lane = seen.receipts
    style = _STYLES.get(lane["verdict"], "bright_black")
    idle = lane["verdict"] == "healthy"
    return [
        (wording.NAIVE, Text(wording.naive_length(seen.naive))),
        (wording.HONEST, Text(wording.honest_age(seen.age_s, PROMISE_S, idle=idle), style=style)),
        (wording.VERDICT, Text(lane["sentence"], style=style)),
        (
            wording.EXPORTS,
            Text(seen.exports["sentence"], style=_STYLES.get(seen.exports["verdict"], "")),
        ),
        (wording.MAIL, Text(wording.mail(seen.paid, seen.delivered))),
    ]
