"""What the server needs from a storage engine, as protocols and the rows that cross them.

**How a restart goes on.** The log holds every accepted batch under a dense, growing offset; the
rollups say up to which offset they have counted (`RollupStore.committed_upto`, N); a checkpoint
holds the ledger as it was at its own offset (C ≤ N, the store refuses any other). The server
restores the newest checkpoint, then replays `EventLog.read(after=C)` through the ledger to the
end. The deltas of offsets ≤ N are dropped, because they are counted already; those after N are
committed as usual. So nothing accepted is lost and nothing is counted twice, wherever it stopped.

Times are Unix seconds (UTC). `None` means "not known", never zero.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from tailback.core.rollups import Deltas, Minute, SliceKey

Offset = int
"""The place of one batch in the log: 1 is the first ever accepted, 0 is before everything."""

Listener = Callable[[Sequence[tuple[Offset, "LogBatch"]]], None]


@dataclass(frozen=True, slots=True)
class LogBatch:
    """One accepted batch, as the log keeps it.

    (source, producer, seq) names it: a repeated name is not stored again. `producer` None means
    that the sender gave none, so the batch is always stored. `payload` is opaque to the store.
    """

    producer: str | None
    seq: int
    source: str
    received_at: float
    payload: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The ledger as it was after `offset`; `blob` is what `Ledger.checkpoint()` returned."""

    offset: Offset
    saved_at: float
    blob: bytes


class EventLog(Protocol):
    """The durable order of accepted batches."""

    def submit(self, batch: LogBatch) -> Future[Offset]:
        """Queue a batch; the future resolves to its offset after the commit, never before.

        Raises StoreBusy, with `retry_after_s`, when too much is queued already.
        """
        ...

    def append(self, batches: Sequence[LogBatch]) -> list[Offset]:
        """Store the batches and return their offsets when they are durable."""
        ...

    def read(self, after: Offset) -> Iterator[tuple[Offset, LogBatch]]:
        """Yield every kept batch with a larger offset, in order, each once."""
        ...

    def since(self, received_at: float) -> Offset:
        """Return an offset after which lies all that was received since then, and little else."""
        ...

    def last_offset(self) -> Offset:
        """Return the largest offset ever given, 0 for an empty log."""
        ...

    def follow(self, listener: Listener) -> None:
        """Call `listener` after each commit with the batches newly stored, in offset order.

        Repeated batches are not among them. It runs on the writer's thread: it must only hand
        them over, and must not wait for the store.
        """
        ...


class CheckpointStore(Protocol):
    """The two newest checkpoints of the ledger."""

    def save(self, upto: Offset, blob: bytes, *, now: float) -> None:
        """Keep `blob` as the state after `upto`; ValueError when that is not committed yet."""
        ...

    def latest(self) -> Checkpoint | None:
        """Return the newest checkpoint that reads back whole; a damaged one is passed over."""
        ...


@dataclass(frozen=True, slots=True)
class Point:
    """What was counted from `at` (Unix second) for one step; `minute` holds the sums."""

    at: int
    minute: Minute


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How often one reason made attempts of one slice fail, in four windows up to now."""

    source: str
    queue: str
    job: str
    reason: str
    last_1h: int
    last_3h: int
    last_24h: int
    last_7d: int


class RollupStore(Protocol):
    """What was counted, per minute and per hour.

    `jobs` None means every job type of the queue. Ranges are [from_, to) in Unix seconds, a point
    is named by the start of its step; where minutes were folded into hours, a whole hour counts at
    its start. A bucket without a row is absent: nothing was counted there.
    """

    def commit(self, upto: Offset, deltas: Deltas) -> None:
        """Add the deltas and set `committed_upto`, both or neither.

        Raises ValueError when everything up to `upto` is counted already, except for deltas that
        hold nothing but `oldest_age_s`: those come from looking and not from the log, and taking
        the greater age twice changes nothing.
        """
        ...

    def submit(self, upto: Offset, deltas: Deltas) -> Future[None]:
        """As `commit` without waiting; leave `deltas` alone until the future resolves."""
        ...

    def committed_upto(self) -> Offset:
        """Return the offset up to which everything is counted, 0 at first."""
        ...

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
        """Return the sums with sketches per step."""
        ...

    def counts(
        self,
        source: str,
        queue: str,
        jobs: Sequence[str] | None,
        *,
        windows: Sequence[tuple[int, int]],
        step_s: int,
    ) -> list[Point]:
        """Return the sums without sketches in several windows, such as one hour of past days."""
        ...

    def overview(self, *, from_: int, to: int) -> dict[SliceKey, Minute]:
        """Return the sums without sketches of every slice, from unfolded minutes only."""
        ...

    def reasons(self, *, until: int) -> list[ReasonCount]:
        """Return what failed in the seven days before `until`, most of the last hour first."""
        ...

    def reasons_of(
        self, source: str, queue: str, jobs: Sequence[str] | None, *, until: int
    ) -> list[ReasonCount]:
        """As `reasons`, of one lane."""
        ...

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
        ...

    def slices(self, source: str | None = None, queue: str | None = None) -> list[SliceKey]:
        """Return every slice that is counted, of one source or queue when given."""
        ...
