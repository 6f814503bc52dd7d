"""One slice (source, queue, job type): its unfinished jobs in order of age, and its counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import heappop, heappush
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING

from tailback.core.ledger.failing import MAX_REASONS, OTHER_REASON
from tailback.core.ledger.tenants import Late, TenantCount
from tailback.core.rollups import MINUTE_S, Minute, PastMinute, SliceKey
from tailback.core.sketch import duration_of

if TYPE_CHECKING:
    from tailback.core.ledger.failing import ReasonStat
    from tailback.core.ledger.job import Job

RECENT_MINUTES = 180
CROWD = 2_000
UNLISTED_S = 14 * 86_400.0
"""As long as ended jobs are kept."""
_NOTHING = PastMinute()


class SecondIndex:
    """Jobs by the second since which something holds, oldest second first.

    Jobs arrive in any order, and bursts put any number into one second: one is held bare, a few
    in a list, many in a set.
    """

    __slots__ = ("heap", "seconds")

    FEW = 8

    def __init__(self) -> None:
        self.seconds: dict[int, Job | list[Job] | set[Job]] = {}
        self.heap: list[int] = []

    def add(self, second: int, job: Job) -> None:
        """Put a job under a second."""
        seconds = self.seconds
        held = seconds.get(second)
        if held is None:
            seconds[second] = job
            heap = self.heap
            heappush(heap, second)
            if len(heap) > 2 * len(seconds) + 64:
                # Behind a second that stays, those that left would pile up.
                self.heap = sorted(seconds)
        elif isinstance(held, set):
            held.add(job)
        elif isinstance(held, list):
            held.append(job)
            if len(held) > self.FEW:
                self.seconds[second] = set(held)
        else:
            self.seconds[second] = [held, job]

    def put_in_order(self) -> None:
        """Find the order anew, after seconds were put in directly."""
        self.heap = sorted(self.seconds)

    def remove(self, second: int, job: Job) -> None:
        """Take a job away from the second under which it was put."""
        held = self.seconds[second]
        if isinstance(held, (set, list)):
            held.remove(job)
            if held:
                return
        del self.seconds[second]

    def first(self) -> int | None:
        """Return the oldest second that holds a job."""
        heap, seconds = self.heap, self.seconds
        while heap and heap[0] not in seconds:
            heappop(heap)
        return heap[0] if heap else None

    def at(self, second: int) -> Collection[Job]:
        """Return the jobs of one second, in no order."""
        held = self.seconds.get(second)
        if held is None:
            return ()
        return held if isinstance(held, (set, list)) else (held,)

    def ordered(self) -> Iterator[int]:
        """Yield the seconds that hold jobs, oldest first."""
        self.first()
        # Walks the heap as a tree, so that looking at a few does not sort them all.
        heap, seconds = self.heap, self.seconds
        front = [(heap[0], 0)] if heap else []
        previous = None
        while front:
            second, place = heappop(front)
            for child in (2 * place + 1, 2 * place + 2):
                if child < len(heap):
                    heappush(front, (heap[child], child))
            if second != previous and second in seconds:
                yield second
            previous = second


class Slice:
    """The unfinished jobs and the recent minutes of one job type in one queue."""

    __slots__ = (
        "dead",
        "failing",
        "failing_tenants",
        "job",
        "key",
        "last_success_at",
        "lates",
        "minute",
        "minute_at",
        "minute_end",
        "number",
        "open",
        "pending",
        "pending_reasons",
        "phases",
        "queue",
        "reasons",
        "recent",
        "running",
        "sees_enqueues",
        "touched",
        "unlisted",
        "unlisted_at",
    )

    def __init__(self, key: SliceKey, number: int, touched: set[Slice]) -> None:
        self.key = key
        self.queue, self.job = key.queue, key.job
        self.number = number
        self.touched = touched
        self.open = SecondIndex()
        self.phases = [0] * 8
        self.running: dict[Job, None] = {}
        self.dead: dict[str, Job] = {}
        self.failing: dict[str, dict[Job, None]] = {}
        self.failing_tenants = TenantCount()
        self.reasons: dict[str, ReasonStat] = {}
        self.lates: dict[str, Late] = {}
        self.last_success_at: float | None = None
        self.sees_enqueues = False
        # Dead jobs that were let go because their source has too many, and when the last was.
        self.unlisted = 0
        self.unlisted_at: float | None = None
        self.pending: dict[int, Minute] = {}
        self.pending_reasons: dict[tuple[int, str], int] = {}
        self.recent: dict[int, PastMinute] = {}
        self.minute_at = self.minute_end = -1
        self.minute = Minute()

    @property
    def named(self) -> bool:
        """Return whether the job type is known; otherwise the queue's name stands for it."""
        return self.key.job != self.key.queue

    @property
    def unfinished(self) -> int:
        """Return how many jobs are unfinished."""
        return sum(self.phases)

    def fails(self, reason: str, job: Job) -> None:
        """Note a job that keeps failing; beyond so many reasons the rest share one."""
        if reason not in self.failing and len(self.failing) >= MAX_REASONS:
            reason = OTHER_REASON
        self.failing.setdefault(reason, {})[job] = None
        self.failing_tenants.add(job.tenant)

    def works_again(self, reason: str, job: Job) -> None:
        """Undo `fails`."""
        if job not in self.failing.get(reason, ()):
            reason = OTHER_REASON
        jobs = self.failing[reason]
        del jobs[job]
        if not jobs:
            del self.failing[reason]
        self.failing_tenants.remove(job.tenant)

    def minute_of(self, at: float) -> Minute:
        """Return the counts, not yet delivered, of the minute that holds the moment `at`."""
        if self.minute_at <= at < self.minute_end:
            return self.minute
        number = int(at) // MINUTE_S * MINUTE_S
        minute = self.pending.get(number)
        if minute is None:
            minute = self.pending[number] = Minute()
            self.touched.add(self)
        self.minute_at, self.minute_end, self.minute = number, number + MINUTE_S, minute
        return minute

    def deliver(self) -> tuple[dict[int, Minute], dict[tuple[int, str], int]]:
        """Hand over what was counted since the last call, and remember it as recent."""
        minutes, reasons = self.pending, self.pending_reasons
        self.pending, self.pending_reasons = {}, {}
        self.minute_at = self.minute_end = -1
        for number, minute in minutes.items():
            minute.tenants.shrink()
            kept = self.recent.get(number)
            if kept is None:
                kept = self.recent[number] = PastMinute()
            kept.add(minute)
        self._forget_minutes()
        return minutes, reasons

    def _forget_minutes(self) -> None:
        if len(self.recent) > RECENT_MINUTES:
            oldest = max(self.recent) - RECENT_MINUTES * MINUTE_S
            for number in [number for number in self.recent if number <= oldest]:
                del self.recent[number]

    def greatest_age_since(self, minute: int) -> float | None:
        """Return the greatest age, in seconds within 2 %, at a success from a minute on."""
        found = [
            one.greatest_age
            for minutes in (self.recent, self.pending)
            for number, one in minutes.items()
            if number >= minute and one.greatest_age is not None
        ]
        return duration_of(max(found)) if found else None

    def count_minutes(self, name: str, first: int, last: int) -> list[int]:
        """Return one of the counts for each minute from `first` to `last`, both included."""
        # Every lane is asked for hours of minutes at every look, so no loop of Python over them.
        count = attrgetter(name)
        minutes = range(first, last + MINUTE_S, MINUTE_S)
        counts: list[int] = list(map(count, map(self.recent.get, minutes, repeat(_NOTHING))))
        for number, minute in self.pending.items():
            if number in minutes:
                counts[minutes.index(number)] += count(minute)
        return counts

    def late(self, reader: str, upto: int) -> Late:
        """Return the jobs that were first due up to the second `upto`, for one reader.

        The reader's second moves along with every call, so each job is looked at once.
        """
        late = self.lates.get(reader)
        if late is None:
            late = self.lates[reader] = Late()
        for second in self._between(late.upto, upto):
            for job in self.open.at(second):
                late.add(job.tenant)
        for second in self._between(upto, late.upto):
            for job in self.open.at(second):
                late.remove(job.tenant)
        late.upto = upto
        return late

    def count_late(self, second: int, tenant: str | None) -> None:
        """Count a job that came, for every reader to whom it is late."""
        for late in self.lates.values():
            if second <= late.upto:
                late.add(tenant)

    def uncount_late(self, second: int, tenant: str | None) -> None:
        """Take back a job that left."""
        for late in self.lates.values():
            if second <= late.upto:
                late.remove(tenant)

    def _between(self, low: int, high: int) -> Iterator[int]:
        if high - low < len(self.open.seconds):
            yield from (second for second in range(low + 1, high + 1))
        else:
            yield from (second for second in self.open.seconds if low < second <= high)

    def unlisted_by(self, now: float) -> int:
        """Return how many dead jobs were let go and can still be found by a search."""
        at = self.unlisted_at
        return self.unlisted if at is not None and now - at <= UNLISTED_S else 0

    def oldest(self, limit: int) -> list[Job]:
        """Return up to `limit` unfinished jobs that were first due earliest, oldest first."""
        found: list[Job] = []
        for second in self.open.ordered():
            found += sorted(self.open.at(second), key=_age_order)
            if len(found) >= limit:
                break
        return found[:limit]

    def oldest_dues(self, limit: int) -> list[float]:
        """Return the first-due moments of the oldest unfinished jobs, oldest first.

        In a second that holds thousands of jobs the second itself stands for each.
        """
        dues: list[float] = []
        for second in self.open.ordered():
            held = self.open.at(second)
            if len(held) > CROWD:
                dues += [float(second)] * limit
            else:
                dues += sorted(job.first_due for job in held)
            if len(dues) >= limit:
                break
        return dues[:limit]


def _age_order(job: Job) -> tuple[float, str]:
    return (job.first_due, job.id)
