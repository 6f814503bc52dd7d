"""Every job that ended is kept once, in blocks, wherever the server stopped."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tailback import clock
from tailback.core.events import Event
from tailback.core.ledger import Ledger
from tailback.core.model import Lane
from tailback.server.archive import Archive, ArchiveLoop
from tailback.server.archive import archive as archive_module
from tailback.server.archive.block import (
    encode,
    hashes_of,
    may_hold,
    read_body,
    read_keys,
    read_terms,
)
from tailback.server.reasons import ReasonBook, reason_key
from tailback.server.search.ended import ALL_ROWS, find_ended, marks_of
from tailback.server.search.query import Query, parse_query
from tailback.server.search.rows import Rows
from tailback.store.sqlite.store import SqliteStore
from tests.server.live import job, live_server, until

T0 = clock.now() - 3600


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "tailback.db", synchronous="NORMAL") as opened:
        yield opened


def done(ledger: Ledger, *ids: str, source: str = "shop", at: float = 0.0) -> None:
    for place, id_ in enumerate(ids):
        when = T0 + at + place
        told = (id_, "emails", "shop.send")
        events = [
            Event("enqueued", when, *told, tenant=f"acct_{place % 2}"),
            Event("started", when + 1, *told, attempt=1, tenant=f"acct_{place % 2}"),
            Event(
                "succeeded", when + 2, *told, attempt=1, ran_for=1.0, tenant=f"acct_{place % 2}"
            ),
        ]
        ledger.apply(source, events, when + 2)


def ids(archive: Archive, query: str = "", limit: int = 100) -> list[str]:
    found = find_ended(archive, parse_query(query), None, limit, lambda: False).found
    return [one.body.ids[one.row] for one in found]


def test_what_was_taken_is_found_before_it_is_written(store: SqliteStore) -> None:
    archive, ledger = Archive(store.ended), Ledger()
    done(ledger, "a", "b")

    archive.take(ledger, 1)

    assert ids(archive) == ["b", "a"]
    assert ids(archive, "tenant:acct_0") == ["a"]
    assert archive.kept_upto() == 0


def test_full_blocks_wait_for_others_and_are_written_together(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "WRITE_BLOCKS", 2)
    archive, ledger = Archive(store.ended, block_jobs=3), Ledger()
    done(ledger, *"abcde")
    archive.take(ledger, 5)

    assert ArchiveLoop(archive).once(0.0) is True
    assert ArchiveLoop(archive).once(0.0) is False
    assert (store.ended.last_id(), archive.kept_upto()) == (0, 0)
    assert ids(archive) == list("edcba")
    assert ids(archive, "id:b") == ["b"]

    done(ledger, *"fgh", at=20.0)
    archive.take(ledger, 7)
    ArchiveLoop(archive).once(0.0)
    assert store.ended.last_id() == 3
    assert archive.kept_upto() == store.ended.kept_upto() == 7
    assert ids(archive) == list("hgfedcba")
    assert ids(Archive(store.ended)) == list("hgfedcba")


def test_blocks_that_are_all_full_leave_nothing_open(store: SqliteStore) -> None:
    archive, ledger = Archive(store.ended, block_jobs=2), Ledger()
    done(ledger, *"abcd")
    archive.take(ledger, 4)
    archive.flush()

    assert (store.ended.last_id(), store.ended.kept_upto()) == (2, 4)
    assert ids(archive) == list("dcba")


def test_an_open_block_is_written_again_with_what_came(store: SqliteStore) -> None:
    archive, ledger = Archive(store.ended, block_jobs=3), Ledger()
    archive.flush()
    done(ledger, "a")
    archive.take(ledger, 1)
    archive.flush()
    done(ledger, "b", at=10.0)
    done(ledger, "c", at=20.0)
    archive.take(ledger, 2)
    archive.flush()
    archive.flush()
    done(ledger, "d", at=30.0)
    archive.take(ledger, 3)
    archive.flush()

    assert store.ended.last_id() == 2
    assert ids(archive) == list("dcba")
    assert ids(archive, "id:b") == ["b"]
    assert ids(archive, "id:d") == ["d"]
    assert ids(archive, "id:z") == []


def test_a_search_stops_when_its_time_is_used_up_and_says_where(store: SqliteStore) -> None:
    archive, ledger = Archive(store.ended, block_jobs=2), Ledger()
    done(ledger, *"abcdef")
    archive.take(ledger, 1)
    archive.flush()
    found, start = [], None
    while True:
        searched = find_ended(archive, Query(), start, 100, lambda: True)
        found += [one.body.ids[one.row] for one in searched.found]
        if searched.stopped_at is None:
            break
        start = (searched.stopped_at, ALL_ROWS)

    assert found == list("fedcba")


def test_a_search_names_the_marks_that_a_block_must_have() -> None:
    lane = Lane(key="mail", name="Mail", source="shop", queue="emails", jobs=("a.b", "c.d"))
    query = parse_query("lane:mail tenant:acct state:dead reason:disk-full", [lane])

    marks = marks_of(query)

    assert ["queue:emails"] in marks
    assert ["job:a.b", "job:c.d"] in marks
    assert ["tenant:acct|state:dead"] in marks
    assert ["tenant:acct|reason:disk-full"] in marks
    assert marks_of(parse_query("error:timeout slow")) == []


def test_a_block_opens_only_for_who_is_in_it(store: SqliteStore) -> None:
    ledger = Ledger()
    done(ledger, "a", "b")
    ((_, ended),) = ledger.take_ended()

    parts = encode(ledger.ended("shop", ended), lambda _n: ({}, ""))

    assert may_hold(parts.ids, hashes_of([["id:a"], ["tenant:acct_7", "tenant:acct_0"]]))
    assert not may_hold(parts.ids, hashes_of([["id:a"], ["tenant:acct_7"]]))
    assert read_terms(parts.terms).tenants == [None, "acct_0", "acct_1"]
    assert read_keys(parts.keys).tenant.tolist() == [1, 2]
    assert read_body(parts.body).ids == ["a", "b"]
    assert store.ended.block(1) is None


def test_ended_jobs_survive_a_restart_each_once(tmp_path: Path) -> None:
    for round_ in ("one", "two"):
        with live_server(tmp_path / "tailback.db") as live:
            live.send(job("enqueued", T0, round_), job("discarded", T0 + 5, round_))
            until(lambda: live.get(f"/api/v1/jobs/{round_}").status_code == 200)  # noqa: B023

    with live_server(tmp_path / "tailback.db") as live:
        jobs = live.get("/api/v1/jobs").json()["jobs"]

    assert [one["id"] for one in jobs] == ["two", "one"]


def test_a_replay_of_the_whole_log_keeps_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "tailback.db"
    with live_server(path) as live:
        live.send(job("enqueued", T0, "early"), job("discarded", T0 + 5, "early"))
        until(lambda: live.get("/api/v1/jobs/early").status_code == 200)
    # As after a crash before the first checkpoint, or with one that cannot be read.
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("delete from checkpoint")

    with live_server(path) as live:
        live.send(job("enqueued", T0 + 9, "late"), job("discarded", T0 + 10, "late"))
        until(lambda: live.get("/api/v1/jobs/late").status_code == 200)
        jobs = live.get("/api/v1/jobs").json()["jobs"]

    assert [one["id"] for one in jobs] == ["late", "early"]


def test_what_ended_after_the_newest_block_is_kept_at_the_replay(tmp_path: Path) -> None:
    path = tmp_path / "tailback.db"
    with live_server(path) as live:
        live.send(job("enqueued", T0, "early"), job("discarded", T0 + 5, "early"))
        until(lambda: live.get("/api/v1/jobs/early").status_code == 200)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("delete from checkpoint")
        connection.execute("delete from ended_block")

    with live_server(path) as live:
        until(lambda: live.get("/api/v1/jobs/early").status_code == 200)
        jobs = live.get("/api/v1/jobs").json()["jobs"]

    assert [one["id"] for one in jobs] == ["early"]


def test_words_are_found_in_large_letters_and_across_type_and_message(store: SqliteStore) -> None:
    archive, ledger = Archive(store.ended), Ledger()
    error = {"type": "shop.Broken", "message": "Template É is missing"}
    told = ("a", "emails", "shop.Send")
    ledger.apply(
        "shop",
        [
            Event("enqueued", T0, *told, tenant="ACCT_1"),
            Event("retrying", T0 + 1, *told, attempt=1, error=error),
            Event("succeeded", T0 + 2, *told, attempt=2),
        ],
        T0 + 2,
    )
    done(ledger, "b")
    archive.take(ledger, 1)

    for words in (
        "acct_1",
        "send template",
        "é",
        '"broken template"',
        "error:MISSING",
        "SEND acct",
    ):
        assert "a" in ids(archive, words), words
    assert ids(archive, "acct_1 nowhere") == []
    assert ids(archive, "error:nowhere") == []


def test_an_ended_job_still_says_the_cause_that_was_behind_its_error(store: SqliteStore) -> None:
    archive, ledger = Archive(store.ended), Ledger(classify=reason_key)
    cause = {"type": "httpx.ConnectError", "message": "Connection refused"}
    error = {
        "type": "RuntimeError",
        "message": "could not send receipt",
        "chain": [{**cause, "facts": {"host": "api.crm.example"}}],
    }
    told = ("a", "emails", "shop.send")
    retry = Event("retrying", T0 + 1, *told, attempt=1, error=error)
    ledger.apply("shop", [retry, Event("succeeded", T0 + 9, *told, attempt=2)], T0 + 9)
    archive.take(ledger, 1)

    (found,) = find_ended(archive, parse_query(""), None, 9, lambda: False).found
    row = Rows(ledger, [], ReasonBook()).ended(found)

    assert row.first_error is not None
    assert row.first_error.type == "RuntimeError"
    assert row.sentence == "Crm.example cannot be reached"
