"""`tailback user`: accounts of people."""

from pathlib import Path

import click

from tailback import clock
from tailback.cli import _place
from tailback.core import wording
from tailback.server.access import LINK_PURPOSE, LINK_TTL_S
from tailback.store.access import Role
from tailback.store.sqlite.store import SqliteStore


@click.group("user")
def command() -> None:
    """Add people; works while the server runs."""


@command.command("add")
@_place.place_options
@click.argument("name")
@click.option("--role", type=click.Choice(["viewer", "operator", "admin"]), default="viewer")
def add(config_path: Path | None, database: str | None, name: str, role: Role) -> None:
    """Create an account and print a link that signs it in once."""
    config = _place.read_config(config_path, database)
    file = _place.database_path(config.server.database)
    with SqliteStore(file) as store:
        now = clock.now()
        if store.users.create(name, role, now=now) is None:
            raise click.UsageError(f'There is an account called "{name}" already.')
        store.audit.add("cli", f"add account as {role}", name, now=now)
        link = store.links.create(LINK_PURPOSE, now=now, ttl_s=LINK_TTL_S, subject=name)
    local = _place.read_local(_place.local_path(file))
    base = config.server.public_url or (local.url if local else f"http://{config.server.listen}")
    click.echo(wording.one_time_link(name, f"{base}/welcome/{link}"))
