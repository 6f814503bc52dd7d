"""`tailback drill`: prove that the alert of a lane reaches its owner, link by link."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import httpx

from tailback.cli import _operate, _place
from tailback.core import wording_drills

FAILED = 1
EVERY_S = 1.0


@click.command("drill")
@_place.place_options
@click.option("--fail", "mode", flag_value="fail", default="fail", help="The job fails (usual).")
@click.option("--hang", "mode", flag_value="hang", help="The job hangs for a minute.")
@click.option("--by", help="Who asks for it; whoever types unless said.")
@click.argument("lane")
def command(
    config_path: Path | None, database: str | None, mode: str, by: str | None, lane: str
) -> int:
    """Send a harmless problem through the real path and wait until a person answers.

    Exit 0: the alert was answered, 1: it was not, with the link that broke, 3: no server.
    """
    with _operate.open_server(config_path, database) as client:
        body = {"lane": lane, "mode": mode, "by": by or _operate.me()}
        number = _operate.ask(client, "POST", "/api/v1/drills", body)["id"]
        return _follow(client, number)


def _follow(client: httpx.Client, number: str) -> int:
    """Say what happens as it happens; return the exit code of the end."""
    said = 0
    while True:
        row: dict[str, Any] = _operate.ask(
            client, "GET", f"/api/v1/drills/{quote(number, safe='')}"
        )
        for line in row["timeline"][said:]:
            after = line["at"] - row["opened_at"]
            click.echo(wording_drills.step(after, line["what"], line["detail"]))
        said = len(row["timeline"])
        if row["state"] == "resolved":
            return 0 if row["acknowledged_by"] else FAILED
        time.sleep(EVERY_S)
