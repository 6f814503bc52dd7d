"""`tailback ack`: say that you look after a problem."""

from pathlib import Path
from urllib.parse import quote

import click

from tailback.cli import _operate, _place
from tailback.core import wording_alerts


@click.command("ack")
@_place.place_options
@click.option("--by", help="Who looks after it; whoever types unless said.")
@click.argument("episode")
def command(config_path: Path | None, database: str | None, by: str | None, episode: str) -> None:
    """Acknowledge an episode, or the open one of a lane: nobody else is told for an hour.

    Exit 0: acknowledged, 1: no such episode is open, 3: no answer or not allowed.
    """
    with _operate.open_server(config_path, database) as client:
        path = f"/api/v1/episodes/{quote(episode, safe='')}/ack"
        answer = _operate.ask(client, "POST", path, {"by": by or _operate.me()})
    click.echo(wording_alerts.taken_over(answer["acknowledged_by"], answer["lane"]) + ".")
