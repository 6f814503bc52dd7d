"""`tailback ack` and `tailback silence` against a running server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tailback import clock
from tailback.cli import _place
from tests.cli.servers import answering
from tests.cli.test_up import tailback
from tests.server.live import Live, job, live_server, until


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("operate") / "t.db") as server:
        server.send(job("enqueued", clock.now() - 5_000, "late", queue="exports"))
        found = server.lane("exports", lambda lane: lane["episode_id"])["episode_id"]
        until(lambda: server.get(f"/api/v1/episodes/{found}").status_code == 200)
        yield server


@pytest.fixture
def place(tmp_path: Path, live: Live) -> Path:
    """A folder with what `tailback up` leaves for commands on the same machine."""
    local = _place.Local(live.url, live.token("read"), {}, live.token("operate"))
    _place.write_local(tmp_path / "local.json", local)
    return tmp_path


def test_somebody_at_the_machine_acknowledges_the_open_episode_of_a_lane(
    live: Live, place: Path
) -> None:
    done = tailback(place, "ack", "exports", "--by", "ana")

    assert (done.returncode, done.stdout.strip()) == (0, "ana looks after exports.")
    row = live.get("/api/v1/episodes").json()["episodes"][0]
    assert (row["state"], row["acknowledged_by"]) == ("acknowledged", "ana")
    line = live.store.audit.newest(1, subject=row["id"])[0]
    assert (line.actor, line.action) == ("ana", "acknowledge")
    again = tailback(place, "ack", row["id"])
    assert (again.returncode, "looks after exports." in again.stdout) == (0, True)


def test_what_is_not_open_cannot_be_acknowledged(place: Path) -> None:
    done = tailback(place, "ack", "nothing")

    assert (done.returncode, done.stderr.strip()) == (1, "No open episode is called 'nothing'.")


def test_a_lane_is_made_quiet_with_an_end_and_a_reason(live: Live, place: Path) -> None:
    done = tailback(place, "silence", "exports", "--for", "2h", "--reason", "it moves")

    assert (done.returncode, done.stdout.strip()) == (0, "exports are quiet for 2 h (silence 1).")
    (kept,) = live.store.silences.current(clock.now())
    assert (kept.lane, kept.reason) == ("exports", "it moves")
    assert 7_100 < kept.ends_at - kept.starts_at < 7_201


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("silence", "exports", "--for", "soon", "--reason", "x"), 64, "cannot be read"),
        (("silence", "exports", "--for", "2h"), 64, "--reason"),
        (("silence", "exports", "--for", "99w", "--reason", "x"), 1, "within 90 days"),
        (("silence", "none", "--for", "2h", "--reason", "x"), 1, "No lane is called 'none'"),
    ],
)
def test_what_is_wrong_is_said(place: Path, args: tuple[str, ...], code: int, said: str) -> None:
    done = tailback(place, *args)

    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_without_a_server_or_the_right_to_operate_nothing_is_done(
    live: Live, tmp_path: Path
) -> None:
    def tried(**env: Any) -> tuple[int, str]:
        done = tailback(tmp_path, "ack", "exports", **env)
        return done.returncode, done.stderr

    for wanted, env in (
        ("No server is known here", {}),
        ("--scope operate", {"TAILBACK_URL": live.url, "TAILBACK_TOKEN": live.token("read")}),
        ("does not answer", {"TAILBACK_URL": "http://127.0.0.1:1", "TAILBACK_TOKEN": "x"}),
    ):
        code, said = tried(**env)
        assert (code, wanted in said) == (3, True), said
    with answering(b"{}") as (url, _asked):
        code, said = tried(TAILBACK_URL=url, TAILBACK_TOKEN="x")
        assert (code, "501" in said) == (1, True), said
