"""The event log on SQLite."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace

from tailback.store.base import Listener, LogBatch, Offset
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.segments import unpack
from tailback.store.sqlite.writer import Writer
from tailback.store.text import storable

MAX_SEQ = 2**63 - 1
MAX_TIME = 32_503_680_000
"""The year 3000, in Unix seconds."""

_SQL = statements("log")


class SqliteLog:
    """Accepted batches in the order of their commit."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def submit(self, batch: LogBatch) -> Future[Offset]:
        """Queue a batch; the future resolves after its commit. Raises StoreBusyError when full."""
        return self._writer.submit(_checked(batch))

    def append(self, batches: Sequence[LogBatch]) -> list[Offset]:
        """Store the batches and return their offsets when they are durable."""
        return [future.result() for future in [self.submit(batch) for batch in batches]]

    def read(self, after: Offset) -> Iterator[tuple[Offset, LogBatch]]:
        """Yield every kept batch with a larger offset; no read stays open between two."""
        while True:
            with self._readers.reading() as connection:
                row = connection.execute(_SQL["segment_after"], {"after": after}).fetchone()
            if row is None:
                return
            for offset, batch in unpack(*row):
                if offset > after:
                    yield offset, batch
            after = row[1]

    def since(self, received_at: float) -> Offset:
        """Return an offset after which lies all that was received since then."""
        with self._readers.reading() as connection:
            row = connection.execute(_SQL["first_offset_since"], {"since": received_at}).fetchone()
        return self.last_offset() if row[0] is None else int(row[0]) - 1

    def last_offset(self) -> Offset:
        """Return the largest offset ever given, 0 for an empty log."""
        with self._readers.reading() as connection:
            return int(connection.execute(_SQL["next_offset"]).fetchone()[0]) - 1

    def follow(self, listener: Listener) -> None:
        """Call `listener` on the writer's thread after each commit with what is newly stored."""
        self._writer.follow(listener)


def _checked(batch: LogBatch) -> LogBatch:
    """Refuse what can never be stored before it shares a transaction with other batches."""
    if not 0 <= batch.seq <= MAX_SEQ:
        raise ValueError(f"seq must be between 0 and {MAX_SEQ}, not {batch.seq}")
    if not 0 <= batch.received_at <= MAX_TIME:  # false for NaN too
        raise ValueError(f"received_at must be Unix seconds before 3000, not {batch.received_at}")
    producer = batch.producer
    return replace(
        batch,
        producer=None if producer is None else storable(producer),
        source=storable(batch.source),
        payload=bytes(batch.payload),
    )
