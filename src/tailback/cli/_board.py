"""The board as a terminal shows it: a table where it fits, else a few lines for each lane."""

from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tailback.core import wording
from tailback.core.text import clean_text

CODES = {"healthy": 0, "slow": 1, "unknown": 1, "stuck": 2, "missing": 2}
MAX_CHARS = 2_000
# Narrower, a table would break its words.
TABLE_COLUMNS = 120
_STYLES = {
    "healthy": "green",
    "slow": "yellow",
    "unknown": "bright_black",
    "stuck": "bold red",
    "missing": "bold magenta",
}
_COUNTS = ("waiting", "running", "retrying", "dead")
_SHAPES = {"healthy": "●", "slow": "▲", "unknown": "?", "stuck": "■", "missing": "◆"}


def shown(text: object) -> str:
    """Return text without what would command a terminal, whoever wrote it."""
    return clean_text(str(text), MAX_CHARS)


class BoardPicture:
    """Draws what `GET /api/v1/lanes` answers: its summary, below it the lanes, worst first."""

    def __init__(self, answer: dict[str, Any]) -> None:
        """`answer` is the decoded JSON."""
        self._lanes = answer["lanes"]
        self._as_of = answer["as_of"]
        worst = self._lanes[0]["verdict"] if self._lanes else "unknown"
        self._head = Text(shown(answer["summary"]), style=_STYLES[worst])

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw for the width there is."""
        yield self._head
        if not self._lanes:
            return
        yield Text()
        yield self._table() if options.max_width >= TABLE_COLUMNS else self._list()

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
        table.add_column("", no_wrap=True)
        table.add_column("lane", overflow="fold")
        table.add_column("what", overflow="fold", ratio=1)
        for title in ("oldest", *_COUNTS):
            table.add_column(title, justify="right", no_wrap=True)
        table.add_column("last success", justify="right")
        table.add_column("owner")
        for lane in self._lanes:
            table.add_row(
                _verdict(lane),
                Text(shown(lane["lane"]), style="bold"),
                Group(*_what(lane)),
                Text(_age(lane)),
                *(Text(_known(lane[name])) for name in _COUNTS),
                Text(self._last_success(lane)),
                _owner(lane),
            )
        return table

    def _list(self) -> Group:
        parts: list[RenderableType] = []
        for lane in self._lanes:
            head = _verdict(lane)
            head.append(" ").append(shown(lane["lane"]), style="bold default")
            head.append(f"  {_age(lane)}", style="not bold default")
            told = [name for name in _COUNTS if name != "dead" or lane["dead"]]
            counts = [f"{_known(lane[name])} {name}" for name in told]
            counts.append(f"last success {self._last_success(lane)}")
            owner = (
                Text("told: ", style="dim").append(_owner(lane)) if lane["owner"] else _owner(lane)
            )
            body = Group(*_what(lane), Text(" · ".join(counts)), owner)
            parts += [head, Padding(body, (0, 0, 1, 2))]
        return Group(*parts)

    def _last_success(self, lane: dict[str, Any]) -> str:
        at = lane["last_success_at"]
        return "none seen" if at is None else wording.ago(self._as_of - at)


def _verdict(lane: dict[str, Any]) -> Text:
    verdict = lane["verdict"]
    return Text(f"{_SHAPES[verdict]} {verdict}", style=_STYLES[verdict])


def _what(lane: dict[str, Any]) -> list[Text]:
    """Return the sentence, who waits and until when, and the first of the reasons."""
    lines = [Text(shown(wording.without_verdict(lane["sentence"])))]
    late = lane["oldest_age_s"] is not None and lane["verdict"] not in {"healthy", "unknown"}
    waits = (
        wording.accounts(lane["affected_accounts"], exact=lane["affected_exact"]),
        wording.customers_notice(lane["customers_notice_in_s"]) if late else "",
    )
    if lane["affected_accounts"] or late:
        lines.append(Text(", ".join(filter(None, waits))))
    if lane["reasons"]:
        lines.append(Text(shown(lane["reasons"][0]["sentence"]), style="dim"))
    return lines


def _age(lane: dict[str, Any]) -> str:
    if lane["oldest_age_s"] is None and lane["verdict"] != "unknown":
        return "none"
    return wording.age_against_promise(lane["oldest_age_s"], lane["promise_s"])


def _owner(lane: dict[str, Any]) -> Text:
    owner = lane["owner"]
    return Text(shown(owner or wording.NOBODY), style="" if owner else "dim italic")


def _known(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"
