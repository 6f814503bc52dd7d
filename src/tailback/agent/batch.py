"""Encoded events on their way: one batch, and the bounded store of batches not yet accepted."""

import json
import zlib
from collections import deque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH_OVERHEAD_BYTES = 256
_GZIP_WBITS = 31


class Batch:
    """Events as JSON text, with the number that makes a second sending of it harmless.

    `dropped` is how many events were lost before this batch and are reported by it.
    """

    __slots__ = ("_events", "_packed", "count", "dropped", "seq", "workers")

    def __init__(
        self, *, seq: int, events: bytes, count: int, dropped: int, workers: bytes = b"[]"
    ) -> None:
        self.seq = seq
        self.count = count
        self.dropped = dropped
        self.workers = workers
        self._events = events
        self._packed = False

    @property
    def size(self) -> int:
        """Bytes that this batch holds in memory."""
        return len(self._events) + len(self.workers) + BATCH_OVERHEAD_BYTES

    @property
    def events(self) -> bytes:
        """The events as comma-separated JSON objects."""
        return zlib.decompress(self._events) if self._packed else self._events

    def pack(self) -> None:
        """Make it small for a longer stay."""
        if not self._packed:
            self._events = zlib.compress(self._events, 1)
            self._packed = True

    def body(self, head: "dict[str, object]", sent_at: float) -> bytes:
        """Return the gzip body of the request; `head` holds what is the same in all batches."""
        told = {**head, "seq": self.seq, "sent_at": sent_at, "dropped": self.dropped}
        start = json.dumps(told).encode()[:-1]
        parts = (start, b',"events":[', self.events, b'],"workers":', self.workers, b"}")
        # In one call: each gives the interpreter's lock away, and a busy app gives it back late.
        return zlib.compress(b"".join(parts), 1, _GZIP_WBITS)

    def halves(self, seqs: "Sequence[int]") -> "tuple[Batch, Batch]":
        """Split a batch that is too large for the server; one of one event cannot be split."""
        events = [json.dumps(event) for event in json.loads(b"[" + self.events + b"]")]
        middle = len(events) // 2
        first, second = events[:middle], events[middle:]
        return (
            Batch(
                seq=seqs[0],
                events=",".join(first).encode(),
                count=len(first),
                dropped=self.dropped,
                workers=self.workers,
            ),
            Batch(seq=seqs[1], events=",".join(second).encode(), count=len(second), dropped=0),
        )


class Spool:
    """Batches that the server has not accepted yet, oldest first, never above `limit` bytes."""

    __slots__ = ("_batches", "bytes", "limit", "lost")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self.lost = 0
        self._batches: deque[Batch] = deque()

    def __len__(self) -> int:
        return len(self._batches)

    def add(self, batch: Batch) -> None:
        """Put a new batch last; the oldest leave when there is no room."""
        self._batches.append(batch)
        self.bytes += batch.size
        self._shrink()

    def put_back(self, *batches: Batch) -> None:
        """Put batches that could not be delivered first again, small, in their order."""
        for batch in reversed(batches):
            batch.pack()
            self._batches.appendleft(batch)
            self.bytes += batch.size
        self._shrink()

    def take(self) -> Batch:
        """Take the oldest batch out; raises IndexError when there is none."""
        batch = self._batches.popleft()
        self.bytes -= batch.size
        return batch

    def give_up(self, batch: Batch) -> None:
        """Count a batch that will never arrive, with the losses that it was to report."""
        self.lost += batch.count + batch.dropped

    def take_lost(self) -> int:
        """Return how many events were lost since the last call."""
        lost, self.lost = self.lost, 0
        return lost

    def _shrink(self) -> None:
        if self.bytes > self.limit:
            self._pack()
        while self.bytes > self.limit and self._batches:
            self.give_up(self.take())

    def _pack(self) -> None:
        for batch in self._batches:
            self.bytes -= batch.size
            batch.pack()
            self.bytes += batch.size
