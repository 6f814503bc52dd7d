"""Many small segments become few large ones, and nothing in them changes."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tailback.store.base import LogBatch
from tailback.store.sqlite import joining, segments
from tailback.store.sqlite.joining import ENOUGH_SEGMENTS, READ_SEGMENTS
from tailback.store.sqlite.store import SqliteStore

NOW = 1_795_000_000.0


def fill(store: SqliteStore, count: int, size: int = 50) -> None:
    first = store.log.last_offset()
    for n in range(count):
        store.log.append([LogBatch("p", first + n, "shop", NOW, os.urandom(size))])


def segment_count(store: SqliteStore) -> int:
    with closing(sqlite3.connect(store.path)) as connection:
        count: int = connection.execute("select count(*) from segment").fetchone()[0]
        return count


def join_all(store: SqliteStore, now: float) -> int:
    rounds = 0
    while store._joiner.join(now):
        rounds += 1
    return rounds


def test_what_was_appended_one_by_one_is_joined_and_reads_the_same(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db", synchronous="NORMAL") as store:
        fill(store, READ_SEGMENTS + ENOUGH_SEGMENTS)
        before = list(store.log.read(after=0))
        assert join_all(store, NOW + 30) == 0  # too young

        assert join_all(store, NOW + 120) > 0
        assert segment_count(store) < 10
        assert list(store.log.read(after=0)) == before
        assert list(store.log.read(after=100)) == before[100:]


def test_few_small_segments_wait_for_more(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db", synchronous="NORMAL") as store:
        fill(store, 10)
        assert join_all(store, NOW + 120) == 0
        assert segment_count(store) == 10


def test_a_large_one_between_them_ends_a_run(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db", synchronous="NORMAL") as store:
        for _ in range(4):
            fill(store, READ_SEGMENTS // 4)
            fill(store, 1, 300_000)
        before = [batch for _, batch in store.log.read(after=0)]
        assert join_all(store, NOW + 120) == 4
        assert [batch for _, batch in store.log.read(after=0)] == before


def test_segments_that_retention_dropped_meanwhile_stay_dropped(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db", synchronous="NORMAL") as store:
        fill(store, ENOUGH_SEGMENTS)
        row = {"after": 0, "received_before": NOW + 60, "limit": READ_SEGMENTS}
        with store._readers.reading() as connection:
            run = connection.execute(joining._SQL["small_segments"], row).fetchall()
        store._writer.execute("delete from segment where first_offset = :at", {"at": 1}).result()

        store._joiner._exchange(run)

        assert segment_count(store) == ENOUGH_SEGMENTS - 1
        assert [offset for offset, _ in store.log.read(after=0)] == list(
            range(2, ENOUGH_SEGMENTS + 1)
        )


def test_more_producers_than_are_remembered_are_still_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "MAX_CACHED_PRODUCERS", 2)
    with SqliteStore(tmp_path / "x.db", synchronous="NORMAL") as store:
        batches = [LogBatch(f"p{n}", 1, "shop", NOW, b"x") for n in range(7)]

        assert store.log.append(batches) == list(range(1, 8))
        assert store.log.append(batches) == list(range(1, 8))
        assert store.log.last_offset() == 7
