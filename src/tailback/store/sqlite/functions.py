"""Sketches inside SQL: `merge_…` adds two, `sum_…` adds a whole group. NULL is an empty sketch."""

import sqlite3

from tailback.core.sketch import DistinctSketch, DurationSketch
from tailback.store import blobs


def register(connection: sqlite3.Connection) -> None:
    """Teach a connection the functions."""
    connection.create_function("merge_durations", 2, blobs.merge_durations, deterministic=True)
    connection.create_function("merge_distinct", 2, blobs.merge_distinct, deterministic=True)
    # The published type of an aggregate knows integers only.
    connection.create_aggregate("sum_durations", 1, _SumDurations)  # type: ignore[arg-type]
    connection.create_aggregate("sum_distinct", 1, _SumDistinct)  # type: ignore[arg-type]


class _SumDurations:
    """Leaves the only sketch of a group packed: most groups of a chart are one minute."""

    def __init__(self) -> None:
        self._first: bytes | None = None
        self._sum: DurationSketch | None = None

    def step(self, blob: bytes | None, /) -> None:
        if blob is None:
            return
        if self._first is None:
            self._first = blob
            return
        if self._sum is None:
            self._sum = blobs.unpack_durations(self._first)
        self._sum.merge(blobs.unpack_durations(blob))

    def finalize(self) -> bytes | None:
        return self._first if self._sum is None else blobs.pack_durations(self._sum)


class _SumDistinct:
    """As `_SumDurations`, for accounts."""

    def __init__(self) -> None:
        self._first: bytes | None = None
        self._sum: DistinctSketch | None = None

    def step(self, blob: bytes | None, /) -> None:
        if blob is None or blob == self._first:
            return
        if self._first is None:
            self._first = blob
            return
        if self._sum is None:
            self._sum = blobs.unpack_distinct(self._first)
        self._sum.merge(blobs.unpack_distinct(blob))

    def finalize(self) -> bytes | None:
        return self._first if self._sum is None else blobs.pack_distinct(self._sum)
