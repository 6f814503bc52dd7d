"""Blocks of ended jobs and notes about reasons are kept, replaced and forgotten."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.store.ended import EndedBlock, ReasonNote
from tailback.store.sqlite.store import SqliteStore

DAY_S = 86_400.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "tailback.db", synchronous="NORMAL") as opened:
        yield opened


def block(number: int, upto: int, ended_to: float = 100.0, body: bytes = b"body") -> EndedBlock:
    return EndedBlock(
        id=number, upto=upto, ended_to=ended_to, terms=b"t", ids=b"i", keys=b"k", body=body
    )


def test_blocks_come_back_newest_first_in_pieces(store: SqliteStore) -> None:
    store.ended.put([block(1, 5), block(2, 9)])
    store.ended.put([block(3, 12)])

    assert (store.ended.kept_upto(), store.ended.last_id()) == (12, 3)
    assert [row[0] for row in store.ended.keys_before(4, 2)] == [3, 2]
    assert store.ended.keys_before(2, 2) == [(1, b"t", b"k")]
    assert store.ended.ids_before(3, 9) == [(2, b"i"), (1, b"i")]
    assert store.ended.block(2) == (2, b"t", b"k", b"body")
    assert store.ended.block(7) is None


def test_a_block_that_grew_replaces_what_it_was(store: SqliteStore) -> None:
    store.ended.put([block(1, 5)])
    store.ended.put([block(1, 8, body=b"more")])

    assert store.ended.kept_upto() == 8
    assert store.ended.block(1) == (1, b"t", b"k", b"more")


def test_old_blocks_are_forgotten_but_never_how_far_all_is_kept(store: SqliteStore) -> None:
    store.ended.put([block(1, 5), block(2, 9)])

    while store.prune(100.0 + 15 * DAY_S):
        pass

    assert store.ended.block(1) is None
    assert store.ended.kept_upto() == 9


def test_of_each_reason_the_earliest_and_the_latest_moment_stay(store: SqliteStore) -> None:
    store.reason_notes.note([ReasonNote("disk-full", 50.0, 60.0, None, b"{}")])
    store.reason_notes.note([ReasonNote("disk-full", 55.0, 90.0, 88.0, None)])
    store.reason_notes.note([ReasonNote("disk-full", 70.0, 80.0, None, b"[]")])
    store.reason_notes.note([])

    assert store.reason_notes.all() == [ReasonNote("disk-full", 50.0, 90.0, 88.0, b"{}")]


def test_reasons_not_seen_for_long_are_forgotten(store: SqliteStore) -> None:
    store.reason_notes.note([ReasonNote("disk-full", 50.0, 60.0, None, None)])

    while store.prune(60.0 + 401 * DAY_S):
        pass

    assert store.reason_notes.all() == []
