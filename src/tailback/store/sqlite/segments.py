"""How batches become compressed rows of the log, and come back."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import zstandard

from tailback.store.base import LogBatch, Offset
from tailback.store.errors import StoreCorruptError
from tailback.store.sql import statements
from tailback.store.sqlite.writer import Stored

MAX_SEGMENT_BYTES = 4 * 1024 * 1024
MAX_CACHED_PRODUCERS = 20_000
ZSTD_LEVEL = 1

_SQL = statements("log")
_encode = msgspec.msgpack.Encoder().encode
_Row = tuple[str | None, int, str, float, bytes]
_decoder = msgspec.msgpack.Decoder(list[_Row])


class SegmentAppender:
    """Gives offsets, recognises repeated batches, writes segments; for the writer's thread."""

    def __init__(self) -> None:
        self._producers: dict[tuple[str, str], tuple[int, int]] = {}

    def forget(self) -> None:
        self._producers.clear()

    def append(
        self, connection: sqlite3.Connection, batches: Sequence[LogBatch]
    ) -> tuple[list[Offset], Stored]:
        """Store the new batches in the open transaction; return all offsets, and the new ones."""
        # Read inside the transaction, so that the file rules and not a memory of it.
        first = offset = connection.execute(_SQL["next_offset"]).fetchone()[0]
        offsets: list[Offset] = []
        stored: Stored = []
        for batch in batches:
            known = self._recognise(connection, batch, offset)
            offsets.append(offset if known is None else known)
            if known is None:
                stored.append((offset, batch))
                offset += 1
        if offset > first:
            for part in _parts(stored):
                connection.execute(_SQL["add_segment"], pack(part))
            connection.execute(_SQL["advance"], {"name": "next", "at_offset": offset})
        return offsets, stored

    def _recognise(
        self, connection: sqlite3.Connection, batch: LogBatch, offset: Offset
    ) -> Offset | None:
        """Return the offset of a repeated batch; note a new one as accepted at `offset`."""
        if batch.producer is None:
            return None
        producer = self._producer(
            connection, batch.source, batch.producer, int(batch.received_at // 3600)
        )
        row = {"producer": producer, "seq": batch.seq, "at_offset": offset}
        if connection.execute(_SQL["accept"], row).rowcount == 1:
            return None
        known: Offset = connection.execute(_SQL["accepted_at"], row).fetchone()[0]
        return known

    def _producer(self, connection: sqlite3.Connection, source: str, name: str, hour: int) -> int:
        known, seen_hour = self._producers.get((source, name), (0, -1))
        if seen_hour >= hour:
            return known
        row = connection.execute(
            _SQL["see_producer"], {"source": source, "name": name, "hour": hour}
        ).fetchone()
        if len(self._producers) >= MAX_CACHED_PRODUCERS:
            self._producers.clear()
        self._producers[source, name] = (row[0], hour)
        return int(row[0])


def pack(part: Stored) -> dict[str, Any]:
    """Return batches with consecutive offsets as one row."""
    rows: list[_Row] = [(b.producer, b.seq, b.source, b.received_at, b.payload) for _, b in part]
    raw = _encode(rows)
    times = [batch.received_at for _, batch in part]
    return {
        "first_offset": part[0][0],
        "last_offset": part[-1][0],
        "received_from": min(times),
        "received_to": max(times),
        "bytes": len(raw),
        "blob": zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True).compress(raw),
    }


def unpack(
    first_offset: Offset, last_offset: Offset, size: int, blob: bytes
) -> Iterator[tuple[Offset, LogBatch]]:
    """Yield the batches of one segment; StoreCorruptError when it is not what was written."""
    try:
        raw = zstandard.ZstdDecompressor().decompress(blob, max_output_size=size)
        rows = _decoder.decode(raw)
    except (zstandard.ZstdError, msgspec.MsgspecError) as error:
        raise _damaged(first_offset, last_offset, str(error)) from error
    if len(rows) != last_offset - first_offset + 1:
        raise _damaged(first_offset, last_offset, f"it holds {len(rows)} batches")
    for offset, row in enumerate(rows, first_offset):
        yield offset, LogBatch(*row)


def _damaged(first_offset: Offset, last_offset: Offset, why: str) -> StoreCorruptError:
    return StoreCorruptError(
        f"The log's segment with offsets {first_offset} to {last_offset} is damaged ({why}). "
        "Restore a backup of the database."
    )


def _parts(stored: Stored) -> Iterator[Stored]:
    """Cut what one transaction stores into segments of a bounded size, for bounded reading."""
    part: Stored = []
    size = 0
    for entry in stored:
        if part and size + len(entry[1].payload) > MAX_SEGMENT_BYTES:
            yield part
            part, size = [], 0
        part.append(entry)
        size += len(entry[1].payload)
    if part:
        yield part
