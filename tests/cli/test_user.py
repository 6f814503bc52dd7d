"""`tailback user`: accounts and board links on a real database."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tailback import clock
from tailback.cli.user import command
from tailback.server.access import LINK_PURPOSE
from tailback.server.passwords import is_password
from tailback.store.sqlite.store import SqliteStore

PASSWORD = "four plain words here"


class Desk:
    """Runs commands on one database and looks into it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def run(self, name: str, *options: str, stdin: str | None = None) -> Result:
        database = ("--database", f"sqlite:///{self.file}")
        return CliRunner().invoke(command, [name, *options, *database], input=stdin)

    def store(self) -> SqliteStore:
        return SqliteStore(self.file)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    made = Desk(tmp_path / "t.db")
    assert made.run("add", "ana", "--role", "operator").exit_code == 0
    return made


def secret_of(result: Result, path: str) -> str:
    found = re.search(rf"http://\S+/{path}/(\S+)", result.output)
    assert found is not None, result.output
    return found.group(1)


def test_an_account_is_added_with_a_link_that_signs_it_in(desk: Desk) -> None:
    made = desk.run("add", "bo", "--details")

    with desk.store() as store:
        user = store.users.by_name("bo")
        assert user is not None
        assert (user.role, user.see_details) == ("viewer", True)
        link = secret_of(made, "welcome")
        assert store.links.use(link, LINK_PURPOSE, now=clock.now()) == "bo"
    assert desk.run("add", "bo").exit_code == 2


def test_accounts_are_listed_with_what_they_may(desk: Desk) -> None:
    desk.run("add", "bo")

    lines = desk.run("list").output.splitlines()

    assert [line.split("\t")[:5] for line in lines] == [
        ["ana", "operator", "details", "links only", "active"],
        ["bo", "viewer", "no details", "links only", "active"],
    ]


def test_a_new_link_lets_somebody_in_who_is_locked_out(desk: Desk) -> None:
    made = desk.run("link", "ana")

    with desk.store() as store:
        link = secret_of(made, "welcome")
        assert store.links.use(link, LINK_PURPOSE, now=clock.now()) == "ana"


def test_a_changed_role_ends_the_sessions_it_was_given_to(desk: Desk) -> None:
    with desk.store() as store:
        user = store.users.by_name("ana")
        assert user is not None
        session = store.sessions.create(user.id, now=clock.now(), ttl_s=60)

    told = desk.run("role", "ana", "viewer", "--details")

    assert told.output == "ana: role is now viewer. 1 session ended.\n"
    with desk.store() as store:
        user = store.users.by_name("ana")
        assert user is not None
        assert (user.role, user.see_details) == ("viewer", True)
        assert store.sessions.find(session, now=clock.now()) is None
        assert store.audit.newest(1)[0].action == "role is now viewer"


def test_a_password_is_set_and_kept_as_a_hash(desk: Desk) -> None:
    assert desk.run("password", "ana", "--stdin", stdin=f"{PASSWORD}\n").exit_code == 0

    with desk.store() as store:
        user = store.users.by_name("ana")
        assert user is not None
        assert str(user.password_hash).startswith("$argon2id$")
        assert is_password(user.password_hash, PASSWORD)


def test_a_password_is_asked_for_twice_and_must_be_long(desk: Desk) -> None:
    assert desk.run("password", "ana", stdin=f"{PASSWORD}\n{PASSWORD}\n").exit_code == 0
    short = desk.run("password", "ana", stdin="short\nshort\n")

    assert short.exit_code == 2
    assert "12 characters" in short.output


def test_an_account_is_disabled_and_enabled(desk: Desk) -> None:
    for name, state in (("disable", "disabled"), ("enable", "active")):
        assert desk.run(name, "ana").exit_code == 0
        assert desk.run("list").output.split("\t")[4] == state


def test_a_board_link_is_made_listed_and_ended(desk: Desk) -> None:
    secret = secret_of(desk.run("board-link", "--for", "8h", "--note", "wall"), "look")

    listed = desk.run("board-links").output.strip().split("\t")
    with desk.store() as store:
        link = store.board_links.find(secret, now=clock.now())
        assert link is not None
        assert link.expires_at - link.created_at == 8 * 3600
    assert listed[0] == "1"
    assert secret.startswith(listed[1].rstrip("…"))
    assert listed[2] == "valid"
    assert desk.run("end-board-link", "1").exit_code == 0
    assert desk.run("board-links").output.split("\t")[2] == "ended"
    assert desk.run("end-board-link", "1").exit_code == 2


@pytest.mark.parametrize("length", ["soon", "0s", "1000d"])
def test_a_board_link_needs_a_sensible_end(desk: Desk, length: str) -> None:
    assert desk.run("board-link", "--for", length).exit_code == 2


def test_an_unknown_name_is_told_with_those_that_exist(desk: Desk, tmp_path: Path) -> None:
    told = desk.run("link", "zed")
    empty = Desk(tmp_path / "other.db").run("link", "zed")

    assert told.exit_code == 2
    assert "ana" in told.output
    assert "none at all" in empty.output
