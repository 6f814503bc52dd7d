"""Joins the many small segments of quiet hours into few large ones.

A commit a second leaves 86,400 rows a day that compress badly one by one. The blobs are joined
outside the writer's thread; only the exchange of rows happens in it.
"""

import sqlite3
from typing import Any

from tailback.store.base import Offset
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.segments import pack, unpack
from tailback.store.sqlite.writer import Stored, Writer

SETTLED_AFTER_S = 60.0
READ_SEGMENTS = 256
ENOUGH_SEGMENTS = 64
ENOUGH_BYTES = 1024 * 1024

_SQL = statements("retention")
_LOG_SQL = statements("log")

_Row = tuple[Offset, Offset, float, float, int, bytes]


class Joiner:
    """Makes small segments larger, one run of neighbours per call."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers
        self._cursor: Offset = 0

    def join(self, now: float) -> bool:
        """Join one run of small segments older than a minute; False when there is none."""
        row = {
            "after": self._cursor,
            "received_before": now - SETTLED_AFTER_S,
            "limit": READ_SEGMENTS,
        }
        with self._readers.reading() as connection:
            found: list[_Row] = connection.execute(_SQL["small_segments"], row).fetchall()
        run = _run(found)
        if len(found) < READ_SEGMENTS and not _worth_it(run):
            self._cursor = 0  # the young ones grow on; look at all again the next time
            return False
        self._cursor = run[-1][1]
        if _worth_it(run):
            self._exchange(run)
        return True

    def _exchange(self, run: list[_Row]) -> None:
        batches: Stored = []
        for first, last, _, _, size, blob in run:
            batches.extend(unpack(first, last, size, blob))
        joined = pack(batches)

        def exchange(connection: sqlite3.Connection) -> None:
            # Retention may have dropped some of them meanwhile: then the others stay as they are.
            connection.execute("savepoint exchange")
            if connection.execute(_SQL["drop_joined"], joined).rowcount != len(run):
                connection.execute("rollback to exchange")
            else:
                connection.execute(_LOG_SQL["add_segment"], joined)
            connection.execute("release exchange")

        self._writer.call(exchange, cost=len(joined["blob"])).result()


def _run(found: list[_Row]) -> list[_Row]:
    """Return the first neighbours whose offsets follow each other, as many as make one segment."""
    run: list[Any] = []
    size = 0
    for row in found:
        if run and (row[0] != run[-1][1] + 1 or size >= ENOUGH_BYTES):
            break
        run.append(row)
        size += row[4]
    return run


def _worth_it(run: list[_Row]) -> bool:
    """Return whether joining pays: a segment is rewritten a few times in its life at most."""
    size = sum(row[4] for row in run)
    return len(run) > 1 and (len(run) >= ENOUGH_SEGMENTS or size >= ENOUGH_BYTES)
