"""`tailback user`: accounts of people, and links that show the board."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from tailback import clock
from tailback.cli import _place
from tailback.core import wording, wording_access
from tailback.server.access import LINK_PURPOSE, LINK_TTL_S
from tailback.server.config.values import duration_s
from tailback.server.passwords import hash_password, weakness
from tailback.store.access import Role, User
from tailback.store.sqlite.store import SqliteStore

MAX_BOARD_LINK_S = 400 * 86400.0
_ROLES = click.Choice(["viewer", "operator", "admin"])
_DETAILS = click.option(
    "--details/--no-details", default=None, help="Whether a viewer sees arguments and traces."
)


@dataclass(frozen=True, slots=True)
class _Desk:
    """An open store and the address under which people reach its server."""

    store: SqliteStore
    base: str
    now: float

    def user(self, name: str) -> User:
        found = self.store.users.by_name(name)
        if found is None:
            known = [user.name for user in self.store.users.all()]
            raise click.UsageError(wording_access.no_account(name, known))
        return found

    def change(self, user: User, what: str, **changes: Any) -> None:
        """Write the audit, change the account, end its sessions where it loses something."""
        self.store.audit.add("cli", what, user.name, now=self.now)
        self.store.users.change(user.id, **changes)
        ended = self.store.sessions.end_all(user.id, now=self.now)
        click.echo(wording_access.account_changed(user.name, what, ended))

    def one_time_link(self, name: str) -> str:
        secret = self.store.links.create(
            LINK_PURPOSE, now=self.now, ttl_s=LINK_TTL_S, subject=name
        )
        return wording.one_time_link(name, f"{self.base}/welcome/{secret}")


@click.group("user")
def command() -> None:
    """Accounts of people, and read-only links; works while the server runs."""


@command.command("add")
@_place.place_options
@click.argument("name")
@click.option("--role", type=_ROLES, default="viewer")
@_DETAILS
def add(
    config_path: Path | None, database: str | None, name: str, role: Role, details: bool | None
) -> None:
    """Create an account and print a link that signs it in once."""
    with _desk(config_path, database) as desk:
        made = desk.store.users.create(name, role, now=desk.now, see_details=bool(details))
        if made is None:
            raise click.UsageError(f'There is an account called "{name}" already.')
        desk.store.audit.add("cli", f"add account as {role}", name, now=desk.now)
        click.echo(desk.one_time_link(name))


@command.command("list")
@_place.place_options
def list_(config_path: Path | None, database: str | None) -> None:
    """List accounts: name, role, details, how they sign in, state, last seen."""
    with _desk(config_path, database) as desk:
        for user in desk.store.users.all():
            details = "details" if user.see_details or user.role != "viewer" else "no details"
            signs_in = "password" if user.password_hash else "links only"
            state = "disabled" if user.disabled_at is not None else "active"
            seen = _date(user.last_seen_at) if user.last_seen_at is not None else "never"
            click.echo(f"{user.name}\t{user.role}\t{details}\t{signs_in}\t{state}\t{seen}")


@command.command("link")
@_place.place_options
@click.argument("name")
def link(config_path: Path | None, database: str | None, name: str) -> None:
    """Print a new link that signs an account in once."""
    with _desk(config_path, database) as desk:
        user = desk.user(name)
        desk.store.audit.add("cli", "make one-time link", user.name, now=desk.now)
        click.echo(desk.one_time_link(user.name))


@command.command("role")
@_place.place_options
@click.argument("name")
@click.argument("role", type=_ROLES)
@_DETAILS
def role_(
    config_path: Path | None, database: str | None, name: str, role: Role, details: bool | None
) -> None:
    """Change what an account may do."""
    with _desk(config_path, database) as desk:
        user = desk.user(name)
        sees = user.see_details if details is None else details
        desk.change(user, f"role is now {role}", role=role, see_details=sees)


@command.command("password")
@_place.place_options
@click.argument("name")
@click.option("--stdin", "from_stdin", is_flag=True, help="Read it from standard input.")
def password(config_path: Path | None, database: str | None, name: str, from_stdin: bool) -> None:
    """Set the password of an account; asked for without being shown."""
    with _desk(config_path, database) as desk:
        user = desk.user(name)
        if from_stdin:
            given = sys.stdin.readline().rstrip("\r\n")
        else:
            given = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        problem = weakness(given, name)
        if problem is not None:
            raise click.UsageError(problem)
        desk.change(user, "password is set", password_hash=hash_password(given))


@command.command("disable")
@_place.place_options
@click.argument("name")
def disable(config_path: Path | None, database: str | None, name: str) -> None:
    """Lock an account out; its sessions end within seconds."""
    with _desk(config_path, database) as desk:
        desk.change(desk.user(name), "account is disabled", disabled_at=desk.now)


@command.command("enable")
@_place.place_options
@click.argument("name")
def enable(config_path: Path | None, database: str | None, name: str) -> None:
    """Let a disabled account in again."""
    with _desk(config_path, database) as desk:
        desk.change(desk.user(name), "account is enabled", disabled_at=None)


@command.command("board-link")
@_place.place_options
@click.option("--for", "length", default="30d", show_default=True, help="Such as 8h, 30d.")
@click.option("--note", help="Who has it, shown in lists.")
def board_link(
    config_path: Path | None, database: str | None, length: str, note: str | None
) -> None:
    """Print a link that shows the board, read-only, until its end date."""
    try:
        ttl_s = duration_s(length)
    except ValueError:
        raise click.UsageError(f'"{length}" is no length; say 8h or 30d.') from None
    if not 0 < ttl_s <= MAX_BOARD_LINK_S:
        raise click.UsageError("A board link lasts at most 400 days.")
    with _desk(config_path, database) as desk:
        secret = desk.store.board_links.create(
            now=desk.now, ttl_s=ttl_s, note=note, created_by="cli"
        )
        desk.store.audit.add("cli", f"make board link for {length}", note or "", now=desk.now)
        address = f"{desk.base}/look/{secret}"
        click.echo(wording_access.board_link(address, _date(desk.now + ttl_s)))


@command.command("board-links")
@_place.place_options
def board_links(config_path: Path | None, database: str | None) -> None:
    """List board links without their secrets: number, first letters, state, end, note."""
    with _desk(config_path, database) as desk:
        for known in desk.store.board_links.all():
            over = known.ended_at is not None or known.expires_at <= desk.now
            words = (str(known.id), f"{known.prefix}…", "ended" if over else "valid")
            click.echo("\t".join((*words, _date(known.expires_at), known.note or "")))


@command.command("end-board-link")
@_place.place_options
@click.argument("number", type=int)
def end_board_link(config_path: Path | None, database: str | None, number: int) -> None:
    """End a board link by its number; it shows nothing within seconds."""
    with _desk(config_path, database) as desk:
        if not desk.store.board_links.end(number, now=desk.now):
            raise click.UsageError(f"There is no valid board link {number}.")
        desk.store.audit.add("cli", "end board link", str(number), now=desk.now)


@contextmanager
def _desk(config_path: Path | None, database: str | None) -> Iterator[_Desk]:
    config = _place.read_config(config_path, database)
    file = _place.database_path(config.server.database)
    local = _place.read_local(_place.local_path(file))
    base = config.server.public_url or (local.url if local else f"http://{config.server.listen}")
    with SqliteStore(file) as store:
        yield _Desk(store, base, clock.now())


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
