"""Which lanes there are, and what the board does when a source goes blind and comes back."""

import sqlite3
from pathlib import Path

from tailback.core.ledger import Ledger
from tailback.core.model import Lane, QueueReading
from tailback.server.config import Config, Source, read
from tailback.server.lanes import MAX_DISCOVERED, LaneBook
from tailback.server.loops.judge import JudgeLoop
from tailback.server.loops.probe import INTERVAL_S, MAX_BACKOFF_S, ProbeLoop, describe
from tailback.server.readings import MAX_QUEUES_PER_SOURCE, Readings
from tailback.server.view import Board
from tests.server.live import live_server, until


def lane(name: str, queue: str, source: str = "shop", *jobs: str) -> Lane:
    return Lane(key=name, name=name, source=source, queue=queue, jobs=jobs)


def keys(book: LaneBook, *seen: tuple[str, str, str | None]) -> list[str]:
    return [found.key for found in book.lanes(seen)]


def test_every_queue_without_a_lane_gets_one_with_an_assumed_promise() -> None:
    book = LaneBook([lane("mails", "emails")])

    found = book.lanes(
        [("shop", "emails", "a"), ("shop", "exports", "b"), ("crm", "exports", "c")]
    )

    assert [item.key for item in found] == ["mails", "exports", "shop-exports"]
    assert [item.discovered for item in found] == [False, True, True]
    assert found[1].promise_s == 900.0
    assert found[1].promise_assumed


def test_a_discovered_key_stays_when_more_queues_appear() -> None:
    book = LaneBook([])
    first = keys(book, ("b", "q", "j"))

    assert first == ["q"]
    assert set(keys(book, ("a", "q", "j"), ("b", "q", "j"))) == {"q", "a-q"}
    assert book.lanes([("b", "q", "j")])[0].source == "b"


def test_the_rest_of_a_mixed_queue_is_not_forgotten() -> None:
    book = LaneBook([lane("receipts", "default", "shop", "send_receipt")])

    only = book.lanes([("shop", "default", "send_receipt")])
    both = book.lanes([("shop", "default", "send_receipt"), ("shop", "default", "sync")])

    assert [item.key for item in only] == ["receipts"]
    assert both[1].jobs == ("sync",)
    assert both[1].discovered


def test_a_lane_without_a_source_goes_where_its_queue_is() -> None:
    book = LaneBook([lane("mails", "emails", "")], ["crm", "shop"])

    assert book.lanes([])[0].source == "crm"
    assert book.lanes([("shop", "emails", "x")])[0].source == "shop"
    assert LaneBook([lane("mails", "emails", "")]).lanes([])[0].source == "app"
    assert book.queues_of("shop") == ["emails"]


def test_discovered_lanes_are_bounded() -> None:
    book = LaneBook([])
    seen = [(f"s{n % 5}", f"q{n}", "j") for n in range(5_000)]

    assert len(book.lanes(seen)) == MAX_DISCOVERED
    assert book.unwatched == 4_000
    book.lanes(seen[:1])
    assert book.unwatched == 0


def test_the_board_says_that_there_are_more_queues_than_it_watches() -> None:
    readings = Readings()
    readings.declare("shop", "celery", probed=True)
    found = [QueueReading(source="shop", queue=f"q{n}", taken_at=10.0) for n in range(503)]
    readings.looked("shop", found, 10.0)
    boards: list[Board] = []
    JudgeLoop(LaneBook([], ["shop"]), readings, boards.append, "UTC").once(Ledger(), 10.0)

    assert len(boards[0].rows) == 500
    assert boards[0].summary.endswith(
        "; 3 further queues are not watched: name the lanes that matter"
    )


def test_a_blind_source_loses_its_readings_at_once() -> None:
    readings = Readings()
    readings.declare("shop", "celery", probed=True)
    readings.looked("shop", [QueueReading(source="shop", queue="q", taken_at=10.0)], 10.0)

    readings.blinded("shop", "refused", 15.0)
    readings.blinded("shop", "refused again", 20.0)

    assert readings.newest("shop", "q") is None
    state = readings.source("shop")
    assert state is not None
    assert (state.blind_since, state.why) == (10.0, "refused again")
    readings.looked("shop", [], 25.0)
    state = readings.source("shop")
    assert state is not None
    assert state.blind_since is None


def test_an_older_reading_never_replaces_a_newer_one_and_queues_are_bounded() -> None:
    readings = Readings()
    for taken_at in (10.0, 5.0):
        readings.looked("s", [QueueReading(source="s", queue="q", taken_at=taken_at)], 10.0)
    many = [QueueReading(source="s", queue=f"q{n}", taken_at=1.0) for n in range(2_000)]
    readings.looked("s", many, 10.0)

    newest = readings.newest("s", "q")
    assert newest is not None
    assert newest.taken_at == 10.0
    assert len(readings.queues()) == MAX_QUEUES_PER_SOURCE
    readings.forget("s", ["q"])
    assert readings.newest("s", "q") is None


def jobs_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("create table jobs (id integer, created_at real, done_at real)")
        connection.execute("insert into jobs values (1, unixepoch('now') - 4000, null)")
    connection.close()


def config_for(path: Path) -> Config:
    return read(
        f"""
        [[source]]
        name = "orders"
        system = "sql"
        url = "sqlite:///{path}"
        [source.table]
        name = "jobs"
        created = "created_at"
        unfinished_when = "done_at is null"
        """,
        env={},
    )


def test_a_probed_lane_turns_unknown_when_its_source_goes_and_comes_back_right(
    tmp_path: Path,
) -> None:
    database = tmp_path / "app.db"
    jobs_database(database)
    config = config_for(database)
    source = config.sources[0]
    with live_server(tmp_path / "t.db") as live:
        readings = live.running.services.readings
        readings.declare(source.name, source.system, probed=True)
        loop = ProbeLoop(source, readings, lambda _source: ["jobs"])
        from tailback import clock

        assert loop.once(clock.now())
        assert loop.pause_s() == INTERVAL_S
        found = live.lane("jobs", lambda lane: lane["oldest_age_s"])
        assert found["oldest_age_s"] >= 4000
        live.lane("jobs", lambda lane: lane["verdict"] in ("slow", "stuck"))

        loop.close()
        database.rename(tmp_path / "away.db")
        for _ in range(4):
            assert not loop.once(clock.now())
        assert INTERVAL_S < loop.pause_s() <= MAX_BACKOFF_S
        blind = until(
            lambda: next(
                (s for s in live.running.services.hub.board.sources if s.blind_since), None
            )
        )
        assert blind.name == "orders"
        assert live.lanes().get("jobs", {}).get("verdict", "unknown") == "unknown"

        (tmp_path / "away.db").rename(database)
        assert loop.once(clock.now())
        live.lane("jobs", lambda lane: lane["oldest_age_s"])
        loop.close()


def test_an_error_of_a_client_library_shows_no_password() -> None:
    source = Source(name="s", system="celery", url="redis://user:hunter2@host/0")

    said = describe(RuntimeError("cannot reach redis://user:hunter2@host/0 as hunter2"), source)

    assert "hunter2" not in said
    assert "redis://user@host/0" in said
    assert describe(ModuleNotFoundError(name="redis"), source) == (
        "the client library redis is not installed"
    )


def test_a_restarted_server_remembers_the_queues_of_a_source_that_is_gone(tmp_path: Path) -> None:
    database = tmp_path / "app.db"
    jobs_database(database)
    with live_server(tmp_path / "t.db", config_for(database)) as live:
        live.lane("jobs", lambda lane: lane["oldest_age_s"])
    database.unlink()

    with live_server(tmp_path / "t.db", config_for(database)) as live:
        lane = live.lane("jobs", lambda lane: lane["verdict"] == "unknown")

    assert lane["oldest_age_s"] is None
    assert lane["measured_at"] is not None
