"""From what stands in Redis to one reading of one queue; no I/O.

All times here are the broker's; `make_reading` moves them to the clock of the one who looks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tailback.core.model import OldestSource, QueueReading
from tailback.systems.celery.memory import Loop, Memory
from tailback.systems.celery.message import Message

# Below this the difference of two clocks is the time that the answer took.
SKEW_S = 2.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A message where it was found; `since` is when it was there at least.

    `taken` means that a worker has it: prefetched, holding it for its time, or (`acks_late`)
    running it.
    """

    message: Message
    since: float
    taken: bool = False


@dataclass(slots=True)
class RawQueue:
    """What was found of one queue: its list lengths, a sample of them, and what workers took.

    `sampled` counts the messages of the lists that were read; `all_taken_read` tells whether
    every message in the hands of workers was.
    """

    queue: str
    length: int = 0
    sampled: int = 0
    placed: list[Placed] = field(default_factory=list)
    all_taken_read: bool = True


@dataclass(slots=True)
class Counts:
    """How many messages of a queue are in which state."""

    ready: int = 0
    scheduled: int = 0
    retrying: int = 0
    no_work: int = 0

    def add(self, message: Message, now: float) -> None:
        """Count one message."""
        if not message.is_work:
            self.no_work += 1
        elif message.retries:
            self.retrying += 1
        elif message.later(now):
            self.scheduled += 1
        else:
            self.ready += 1

    def scaled(self, times: float) -> "Counts":
        """Return the same shares of a larger number."""
        parts = (self.ready, self.scheduled, self.retrying, self.no_work)
        return Counts(*(round(part * times) for part in parts))


@dataclass(slots=True)
class Ages:
    """The oldest first-due times met so far, and how they are known."""

    oldest: float | None = None
    stamped: bool = False
    all_stamped: bool = True
    by_job: dict[str, float] = field(default_factory=dict)

    def add(self, job: str | None, due: float, *, stamped: bool) -> None:
        """Take one unfinished job that is due."""
        self.all_stamped = self.all_stamped and stamped
        if self.oldest is None or due < self.oldest:
            self.oldest, self.stamped = due, stamped
        if job is not None:
            self.by_job[job] = min(due, self.by_job.get(job, due))

    def source(self, *, complete: bool) -> OldestSource | None:
        """Return how the oldest is known; "first_seen" is "at least"."""
        if self.oldest is None:
            return None
        if not self.stamped:
            return "first_seen"
        return "stamp" if complete else "sample"


def make_reading(
    source: str,
    raw: RawQueue,
    memory: Memory,
    taken_at: float,
    broker_now: float,
    server_notes: Sequence[str] = (),
) -> QueueReading:
    """Add everything up; `server_notes` are about the whole server."""
    ages = Ages()
    for placed in raw.placed:
        _age(ages, placed, raw.queue, memory, broker_now)
    gone = memory.between_attempts(raw.queue, broker_now)
    for loop in gone:
        ages.add(loop.job, loop.due, stamped=loop.stamped)
    listed, taken = _count(raw, broker_now)
    complete = raw.sampled >= raw.length and raw.all_taken_read and not gone
    shift = _shift(taken_at, broker_now)
    return QueueReading(
        source=source,
        queue=raw.queue,
        taken_at=taken_at,
        broker_now=broker_now,
        waiting=max(0, raw.length - listed.scheduled - listed.retrying - listed.no_work)
        + taken.ready,
        oldest_due_at=None if ages.oldest is None else min(ages.oldest + shift, taken_at),
        oldest_source=ages.source(complete=complete),
        ready_wait=_ready_wait(raw, broker_now),
        retrying=listed.retrying + taken.retrying + len(gone) if raw.all_taken_read else None,
        scheduled=listed.scheduled + taken.scheduled if raw.all_taken_read else None,
        overdue_scheduled=sum(_overdue(placed, broker_now) for placed in raw.placed),
        notes=(*server_notes, *_notes(raw, gone)),
        oldest_by_job={job: min(due + shift, taken_at) for job, due in ages.by_job.items()},
        sees_all=complete and all(placed.message.job is not None for placed in raw.placed),
    )


def _shift(taken_at: float, broker_now: float) -> float:
    skew = taken_at - broker_now
    return skew if abs(skew) > SKEW_S else 0.0


def _age(ages: Ages, placed: Placed, queue: str, memory: Memory, now: float) -> None:
    message = placed.message
    if not message.is_work:
        return
    seen = memory.first_seen(message.id, min(placed.since, now))
    stamped = message.due is not None and not message.guessed
    if message.due is not None:
        due = message.due if stamped else min(message.due, seen)
    elif message.eta is not None and not message.retries:
        due = message.eta
    else:
        due = seen
    if message.retries and message.id is not None:
        memory.looping(queue, message.id, Loop(message.job, due, stamped, now))
    # Clocks of producers differ: a moment of the future is late by nothing yet, unless it is an
    # ETA, which is not late at all.
    if message.retries or not message.later(now):
        ages.add(message.job, min(due, now), stamped=stamped)


def _count(raw: RawQueue, now: float) -> tuple[Counts, Counts]:
    """Return what the lists hold (estimated from the sample when they are long), and workers."""
    listed, taken = Counts(), Counts()
    for placed in raw.placed:
        (taken if placed.taken else listed).add(placed.message, now)
    if 0 < raw.sampled < raw.length:
        listed = listed.scaled(raw.length / raw.sampled)
    return listed, taken


def _overdue(placed: Placed, now: float) -> bool:
    """Return whether its time has come without it being started.

    A retry in a list is merely waiting; in the hands of a worker it should have started.
    """
    message = placed.message
    if message.eta is None or message.eta > now or not message.is_work:
        return False
    return placed.taken or not message.retries


def _ready_wait(raw: RawQueue, now: float) -> float | None:
    """Return how long the longest waiting message of the lists could have been taken."""
    longest: float | None = None
    for placed in raw.placed:
        message = placed.message
        if placed.taken or message.later(now) or not message.is_work:
            continue
        known = message.due is not None and not message.retries and not message.guessed
        since = message.due if known and message.due is not None else placed.since
        waited = max(0.0, now - max(since, message.eta or 0.0))
        longest = waited if longest is None else max(waited, longest)
    return longest


def _notes(raw: RawQueue, gone: Sequence[Loop]) -> Iterator[str]:
    taken = sum(placed.taken for placed in raw.placed)
    if taken:
        yield f"held-by-workers={taken}"
    if gone:
        yield f"between-attempts={len(gone)}"
    if raw.sampled < raw.length:
        yield f"sampled={raw.sampled}"
    if not raw.all_taken_read:
        yield "held-by-workers-partly-read"
