"""`tailback silence`: tell nobody of a lane for some time."""

from pathlib import Path

import click

from tailback import clock
from tailback.cli import _operate, _place
from tailback.core import wording_alerts
from tailback.server.config.values import duration_s


@click.command("silence")
@_place.place_options
@click.option("--for", "length", required=True, help='How long, such as "2h".')
@click.option("--reason", required=True, help="Why, for everyone who wonders.")
@click.option("--by", help="Who asks for it; whoever types unless said.")
@click.argument("lane")
def command(
    config_path: Path | None,
    database: str | None,
    length: str,
    reason: str,
    by: str | None,
    lane: str,
) -> None:
    """Make a lane quiet from now on; what still fires at the end is told at once.

    Exit 0: it is quiet, 1: refused, 3: no answer or not allowed.
    """
    try:
        seconds = duration_s(length)
    except ValueError:
        raise click.UsageError(f'--for: "{length}" cannot be read; write "2h" or "30m".') from None
    body = {
        "lane": lane,
        "until": clock.now() + seconds,
        "reason": reason,
        "by": by or _operate.me(),
    }
    with _operate.open_server(config_path, database) as client:
        answer = _operate.ask(client, "POST", "/api/v1/silences", body)
    click.echo(wording_alerts.silenced(answer["lane"], seconds, answer["id"]))
