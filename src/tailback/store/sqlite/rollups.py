"""Counts per minute, hour, slice and reason on SQLite."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

from tailback.core.rollups import COUNTS, Deltas, Minute, SliceKey
from tailback.store import blobs
from tailback.store.base import Offset, Point, ReasonCount
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.writer import Writer
from tailback.store.text import storable

DELTA_BYTES = 2_000
"""What one minute of one slice costs in memory while it is queued, about."""

_SQL = statements("rollups")


class SqliteRollups:
    """What was counted, and up to which offset."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def commit(self, upto: Offset, deltas: Deltas) -> None:
        """Add the deltas and set `committed_upto`, both or neither; durable on return."""
        self.submit(upto, deltas).result()

    def submit(self, upto: Offset, deltas: Deltas) -> Future[None]:
        """As `commit` without waiting; leave `deltas` alone until the future resolves."""
        cost = DELTA_BYTES * len(deltas.minutes) + 200 * len(deltas.reasons)
        return self._writer.call(lambda connection: _add(connection, upto, deltas), cost=cost)

    def committed_upto(self) -> Offset:
        """Return the offset up to which everything is counted, 0 at first."""
        with self._readers.reading() as connection:
            return int(connection.execute(_SQL["applied"]).fetchone()[0])

    def slices(self, source: str | None = None, queue: str | None = None) -> list[SliceKey]:
        """Return every slice that was ever counted, of one source or queue when given."""
        with self._readers.reading() as connection:
            wanted = {"source": source, "queue": queue}
            return [SliceKey(*row) for row in connection.execute(_SQL["all_slices"], wanted)]

    def series(
        self,
        source: str,
        queue: str,
        jobs: Sequence[str] | None,
        *,
        from_: int,
        to: int,
        step_s: int,
    ) -> list[Point]:
        """Return the sums with sketches per step of `step_s` seconds, counted from `from_`."""
        with self._readers.reading() as connection:
            wanted = _slices(connection, source, queue, jobs)
            row = {"slices": wanted, "from": from_, "to": to, "step": step_s}
            return [
                Point(found[0], _minute(found[1:]))
                for found in connection.execute(_SQL["series"], row)
            ]

    def counts(
        self,
        source: str,
        queue: str,
        jobs: Sequence[str] | None,
        *,
        windows: Sequence[tuple[int, int]],
        step_s: int,
    ) -> list[Point]:
        """Return the sums without sketches in several windows, per multiple of `step_s`."""
        with self._readers.reading() as connection:
            wanted = _slices(connection, source, queue, jobs)
            row = {"slices": wanted, "windows": json.dumps(windows), "step": step_s}
            return [
                Point(found[0], Minute.of(found[1:-1], found[-1]))
                for found in connection.execute(_SQL["counts"], row)
            ]

    def overview(self, *, from_: int, to: int) -> dict[SliceKey, Minute]:
        """Return the sums without sketches of every slice, from unfolded minutes only."""
        with self._readers.reading() as connection:
            rows = connection.execute(_SQL["overview"], {"from": from_, "to": to})
            return {SliceKey(*row[:3]): Minute.of(row[3:-1], row[-1]) for row in rows}

    def reasons(self, *, until: int) -> list[ReasonCount]:
        """Return what failed in the seven days before `until`, most of the last hour first."""
        with self._readers.reading() as connection:
            return [
                ReasonCount(*row)
                for row in connection.execute(_SQL["reason_counts"], {"until": until})
            ]

    def reasons_of(
        self, source: str, queue: str, jobs: Sequence[str] | None, *, until: int
    ) -> list[ReasonCount]:
        """As `reasons`, of one lane."""
        with self._readers.reading() as connection:
            row = {"slices": _slices(connection, source, queue, jobs), "until": until}
            return [
                ReasonCount(*found) for found in connection.execute(_SQL["reason_counts_of"], row)
            ]

    def reason_series(
        self,
        source: str,
        queue: str,
        jobs: Sequence[str] | None,
        reason: str,
        *,
        from_: int,
        to: int,
        step_s: int,
    ) -> list[tuple[int, int]]:
        """Return (start of the step, failed attempts) of one reason."""
        with self._readers.reading() as connection:
            row = {
                "slices": _slices(connection, source, queue, jobs),
                "key": storable(reason),
                "from": from_,
                "to": to,
                "step": step_s,
            }
            return connection.execute(_SQL["reason_series"], row).fetchall()


def _add(connection: sqlite3.Connection, upto: Offset, deltas: Deltas) -> None:
    applied = connection.execute(_SQL["applied"]).fetchone()[0]
    if upto < applied or (upto == applied and not _only_ages(deltas)):
        raise ValueError(
            f"deltas up to offset {upto} refused: everything up to {applied} is counted already"
        )
    slices: dict[tuple[str, str, str], int] = {}
    connection.executemany(
        _SQL["add_minute"],
        [
            _row(_slice(connection, slices, key[:3]), key.minute, minute)
            for key, minute in deltas.minutes.items()
        ],
    )
    reasons = {key.reason: _reason(connection, storable(key.reason)) for key in deltas.reasons}
    connection.executemany(
        _SQL["add_reason_minute"],
        [
            {
                "at": key.minute,
                "slice": _slice(connection, slices, key[:3]),
                "reason": reasons[key.reason],
                "failed": count,
            }
            for key, count in deltas.reasons.items()
        ],
    )
    connection.execute(_SQL["apply"], {"upto": upto})


def _only_ages(deltas: Deltas) -> bool:
    """Return whether adding the deltas a second time would change nothing."""
    return not deltas.reasons and all(minute == _age(minute) for minute in deltas.minutes.values())


def _age(minute: Minute) -> Minute:
    return Minute.of([0] * len(COUNTS), minute.oldest_age_s)


def _slice(
    connection: sqlite3.Connection,
    known: dict[tuple[str, str, str], int],
    key: tuple[str, str, str],
) -> int:
    number = known.get(key)
    if number is None:
        row = dict(zip(("source", "queue", "job"), map(storable, key), strict=True))
        found = connection.execute(_SQL["slice_id"], row).fetchone()
        number = known[key] = int(
            (found or connection.execute(_SQL["add_slice"], row).fetchone())[0]
        )
    return number


def _reason(connection: sqlite3.Connection, key: str) -> int:
    found = connection.execute(_SQL["reason_id"], {"key": key}).fetchone()
    return int((found or connection.execute(_SQL["add_reason"], {"key": key}).fetchone())[0])


def _slices(
    connection: sqlite3.Connection, source: str, queue: str, jobs: Iterable[str] | None
) -> str:
    """Return the numbers of a lane's slices as a JSON list."""
    row = {
        "source": storable(source),
        "queue": storable(queue),
        "jobs": None if jobs is None else json.dumps([storable(job) for job in jobs]),
    }
    return json.dumps([found[0] for found in connection.execute(_SQL["slices_of"], row)])


def _row(slice_: int, at: int, minute: Minute) -> dict[str, Any]:
    """Return the row of a minute; an empty sketch is NULL, most minutes have some."""
    row: dict[str, Any] = dict(zip(COUNTS, minute.counts, strict=True))
    row["slice"] = slice_
    row["at"] = at
    row["oldest_age_s"] = minute.oldest_age_s
    row["run"] = blobs.pack_durations(minute.run)
    row["ready_wait"] = blobs.pack_durations(minute.ready_wait)
    row["age"] = blobs.pack_durations(minute.age)
    row["tenants"] = blobs.pack_distinct(minute.tenants)
    return row


def _minute(row: Sequence[Any]) -> Minute:
    """Read a row of counts, greatest age and four sketches."""
    *counts, oldest, run, ready_wait, age, tenants = row
    minute = Minute.of(counts, oldest)
    minute.run = blobs.unpack_durations(run)
    minute.ready_wait = blobs.unpack_durations(ready_wait)
    minute.age = blobs.unpack_durations(age)
    minute.tenants = blobs.unpack_distinct(tenants)
    return minute
