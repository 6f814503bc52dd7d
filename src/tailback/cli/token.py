"""`tailback token`: bearer tokens of the API."""

from pathlib import Path

import click

from tailback import clock
from tailback.cli import _place
from tailback.server.access import SCOPES
from tailback.store.access import Scope
from tailback.store.sqlite.store import SqliteStore


@click.group("token")
def command() -> None:
    """Make and revoke tokens; works while the server runs."""


@command.command("new")
@_place.place_options
@click.option("--scope", type=click.Choice(SCOPES), required=True, help="What it allows.")
@click.option("--source", help="The one source an ingest token may send for.")
@click.option("--note", help="What it is for, shown in lists.")
def new(
    config_path: Path | None,
    database: str | None,
    scope: Scope,
    source: str | None,
    note: str | None,
) -> None:
    """Print a new token, alone; it is shown now or never."""
    if scope == "ingest" and not source:
        raise click.UsageError("An ingest token sends for one source: add --source NAME.")
    if scope != "ingest" and source:
        raise click.UsageError(f"--source belongs to ingest tokens, not to {scope}.")
    with _open(config_path, database) as store:
        secret, _token = store.tokens.create(
            scope, now=clock.now(), source=source, note=note, created_by="cli"
        )
    click.echo(secret)


@command.command("list")
@_place.place_options
def list_(config_path: Path | None, database: str | None) -> None:
    """List tokens without their secrets."""
    with _open(config_path, database) as store:
        for token in store.tokens.all():
            state = "revoked" if token.revoked_at is not None else "valid"
            words = (str(token.id), f"{token.prefix}…", token.scope, token.source or "-", state)
            click.echo("\t".join((*words, token.note or "")))


@command.command("revoke")
@_place.place_options
@click.argument("token_id", type=int)
def revoke(config_path: Path | None, database: str | None, token_id: int) -> None:
    """End a token by its number in `tailback token list`."""
    with _open(config_path, database) as store:
        if not store.tokens.revoke(token_id, now=clock.now()):
            raise click.UsageError(f"There is no valid token {token_id}.")


def _open(config_path: Path | None, database: str | None) -> SqliteStore:
    return SqliteStore(_place.find_database(config_path, database))
