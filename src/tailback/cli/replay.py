"""`tailback replay`: recorded events through the real chain on a virtual clock."""

import datetime as dt
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from tailback.cli import _place
from tailback.core.wording import count
from tailback.server.config import Config, load
from tailback.server.replay import Replay, ReplayError, read_lines

_encoder = msgspec.json.Encoder()


@click.command("replay")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="Lanes, promises and owners; without it every queue gets an assumed promise.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def command(files: tuple[Path, ...], config_path: Path | None, as_json: bool) -> int:
    """Feed recorded events (NDJSON) and print what would have been alerted, and when."""
    config = load(config_path) if config_path is not None else _no_file()
    alerts = 0

    def say(row: dict[str, Any]) -> None:
        nonlocal alerts
        alerts += row.get("event") == "opened"
        sys.stdout.write(_encoder.encode(row).decode() + "\n" if as_json else _words(row))

    replay = Replay(config, say)
    with ExitStack() as stack:
        opened = [(str(path), _open(stack, path)) for path in files]
        try:
            for lines in read_lines(opened):
                replay.feed(lines)
        except ReplayError as error:
            raise click.UsageError(str(error)) from error
    replay.finish()
    sys.stdout.flush()
    if not as_json:
        click.echo(f"{count(replay.events, 'line')}, {count(alerts, 'alert')}")
    return 0


def _no_file() -> Config:
    default = Path(_place.DEFAULT_CONFIG)
    return load(default) if default.exists() else Config()


def _open(stack: ExitStack, path: Path) -> BinaryIO:
    if str(path) == "-":
        return sys.stdin.buffer
    try:
        return stack.enter_context(path.open("rb"))
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}.") from error


def _words(row: dict[str, Any]) -> str:
    at = dt.datetime.fromtimestamp(row["at"], dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    if row["kind"] == "verdict":
        return f"{at}  {row['lane']}: {row['sentence']}\n"
    page = " (page)" if row["page"] else ""
    return f"{at}  {row['lane']}: {row['event'].upper()}{page} {row['message']}\n"
