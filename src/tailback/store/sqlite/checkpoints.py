"""The ledger's checkpoints on SQLite, in parts and with a checksum."""

import hashlib
import logging
import sqlite3

import zstandard

from tailback.store.base import Checkpoint, Offset
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.writer import Writer

PART_BYTES = 1024 * 1024

_SQL = statements("checkpoints")
_log = logging.getLogger(__name__)


class SqliteCheckpoints:
    """Keeps the two newest checkpoints."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def save(self, upto: Offset, blob: bytes, *, now: float) -> None:
        """Keep `blob` as the state after `upto`; accepted batches go on being stored meanwhile.

        Raises ValueError when the rollups are not committed up to `upto`: a restart from such a
        checkpoint would never count what lies between.
        """
        packed = zstandard.ZstdCompressor(level=1).compress(blob)
        parts = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
        self._writer.call(lambda connection: _begin(connection, upto)).result()
        for number, part in enumerate(parts):
            row = {"at_offset": upto, "part": number, "blob": part}
            # The next part waits for this one: batches of others go in between.
            self._writer.execute(_SQL["add_part"], row, cost=len(part)).result()
        header = {
            "at_offset": upto,
            "saved_at": now,
            "parts": len(parts),
            "bytes": len(blob),
            "sha256": hashlib.sha256(packed).digest(),
        }
        self._writer.call(lambda connection: _finish(connection, header)).result()

    def latest(self) -> Checkpoint | None:
        """Return the newest checkpoint that reads back whole, or None when there is none."""
        with self._readers.reading() as connection:
            headers = connection.execute(_SQL["newest_first"]).fetchall()
        for at_offset, saved_at, parts, size, digest in headers:
            blob = self._read(at_offset, parts, size, digest)
            if blob is not None:
                return Checkpoint(at_offset, saved_at, blob)
            _log.error(
                "checkpoint is damaged, falling back to an older one", extra={"offset": at_offset}
            )
        return None

    def _read(self, at_offset: Offset, parts: int, size: int, digest: bytes) -> bytes | None:
        with self._readers.reading() as connection:
            found = [row[0] for row in connection.execute(_SQL["parts"], {"at_offset": at_offset})]
        packed = b"".join(found)
        if len(found) != parts or hashlib.sha256(packed).digest() != digest:
            return None
        return zstandard.ZstdDecompressor().decompress(packed, max_output_size=size)


def _begin(connection: sqlite3.Connection, upto: Offset) -> None:
    applied = connection.execute(_SQL["applied"]).fetchone()[0]
    if upto > applied:
        raise ValueError(
            f"checkpoint at offset {upto} refused: the rollups reach {applied} only; "
            "commit them first"
        )
    connection.execute(_SQL["drop_header"], {"at_offset": upto})
    connection.execute(_SQL["clear_parts"], {"at_offset": upto})


def _finish(connection: sqlite3.Connection, header: dict[str, object]) -> None:
    connection.execute(_SQL["finish"], header)
    connection.execute(_SQL["drop_old"])
    connection.execute(_SQL["drop_orphans"])
