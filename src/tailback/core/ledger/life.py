"""What each event does to a job: the one definition of a job's life.

Events of one job are taken in the order of their own time. Whatever order they arrive in, the
ledger replays a job's history through these steps, so the same events always end the same way.
A life ends by success, discard or death; an `enqueued` later than that begins another one, and
a dead job lives again when it is started or enqueued.
"""

from typing import Protocol

from tailback.core.ledger.history import DEA, DIS, ENQ, FAI, LOS, RET, STA, SUC, Entry
from tailback.core.ledger.job import (
    DEAD,
    DISCARDED,
    DONE,
    FAILED,
    LOST,
    NEW,
    RETRYING,
    RETRYING_DUE,
    RUNNING,
    SCHEDULED,
    WAITING,
    Job,
)
from tailback.core.ledger.slices import Slice

# Two clocks disagree by less than this; a stamp and an event that close mean the same moment.
SAME_MOMENT_S = 1.0
# A worker's clock may run ahead of the producer's: an enqueue this soon after the end of a life
# that had none belongs to that life.
LATE_ENQUEUE_S = 5.0
REMEMBER_FAILURES = 8


class Tally(Protocol):
    """What counts the steps of a life; every call names the slice of the event itself."""

    def arrived(self, slice_no: int, at: float) -> None:
        """Count a new life."""

    def started(self, slice_no: int, at: float, waited: float | None) -> None:
        """Count the start of an attempt that had been ready for `waited` seconds."""

    def failed(self, slice_no: int, at: float, ran: float | None, error: int) -> None:
        """Count a failed attempt."""

    def retried(self, slice_no: int, at: float) -> None:
        """Count a failure that announced another attempt."""

    def lost(self, slice_no: int, at: float, error: int) -> None:
        """Count an attempt whose worker died."""

    def completed(self, slice_no: int, at: float, ran: float | None, age: float) -> None:
        """Count a success and how old the job was."""

    def recovered(self, slice_no: int, at: float, error: int) -> None:
        """Count a success of a job that had failed with `error` first."""

    def dead(self, slice_no: int, at: float) -> None:
        """Count a job given up."""

    def discarded(self, slice_no: int, at: float) -> None:
        """Count a job that will never run."""


class Life:
    """The steps of the jobs of one source; `redelivers` tells whether lost jobs run again."""

    __slots__ = ("redelivers", "slices", "tally")

    def __init__(self, slices: list[Slice], tally: Tally, redelivers: bool) -> None:
        self.slices = slices
        self.tally = tally
        self.redelivers = redelivers

    def step(self, job: Job, entry: Entry) -> None:
        """Take one event that is not earlier than those already taken."""
        if job.phase >= DEAD and job.phase != NEW and not self._begins_again(job, entry):
            self._after_end(job, entry)
        else:
            self._note_names(job, entry)
            self._note_first(job, entry)
            _STEPS[entry.code](self, job, entry)
        job.last_at = entry.at

    def _begins_again(self, job: Job, entry: Entry) -> bool:
        ended = job.ready_at or 0.0
        if entry.at <= ended:
            return False
        if entry.code == ENQ:
            if job.enqueued_at is None and entry.at <= ended + LATE_ENQUEUE_S:
                return False
        elif job.phase != DEAD or entry.code not in (STA, SUC, DIS):
            return False
        elif entry.code != STA:
            # A success or a discard settles a dead job without another life.
            _STEPS[entry.code](self, job, entry)
            return False
        floor = job.more.floor if job.more else None
        job.more = None
        job.extra.floor = ended if floor is None else max(floor, ended)
        job.phase = NEW
        job.enqueued_at = job.first = job.ready_at = job.run = None
        job.attempt = 0
        return True

    def _after_end(self, job: Job, entry: Entry) -> None:
        if entry.code == ENQ:
            # Only a life without an enqueue comes here; any other would have begun again.
            job.enqueued_at = entry.at
            self.tally.arrived(entry.slice_no, entry.at)
        elif entry.code == STA:
            self._count_start(job, entry, None)
        elif entry.code == LOS:
            self.tally.lost(entry.slice_no, entry.at, entry.error)
        elif entry.code in (RET, FAI, DEA):
            self._count_failure(job, entry)

    def _note_names(self, job: Job, entry: Entry) -> None:
        said = self.slices[entry.slice_no]
        if job.slice is None or said.named or not job.slice.named:
            job.slice = said
        if entry.tenant is not None and (job.tenant is None or job.phase == NEW):
            job.tenant = entry.tenant
        if entry.root is not None and entry.root != job.id and job.extra.root is None:
            job.extra.root = entry.root
        if entry.max_attempts:
            job.extra.max_attempts = entry.max_attempts

    def _note_first(self, job: Job, entry: Entry) -> None:
        stamp = entry.first
        if stamp is not None and job.more is not None and job.more.floor is not None:
            stamp = stamp if stamp > job.more.floor else None
        if entry.code == ENQ:
            stamp = entry.at if stamp is None else min(stamp, entry.at)
        if stamp is None:
            if job.first is None:
                job.first = job.due = entry.at
        elif not job.known or job.first is None:
            if entry.code != ENQ:
                job.extra.stamped = True
            job.first = job.due = stamp
        elif stamp < job.first:
            eta = job.due if job.due > job.first else None
            near = job.enqueued_at is not None and job.enqueued_at - stamp <= SAME_MOMENT_S
            job.first = stamp
            job.due = eta if near and eta is not None else stamp

    def enqueued(self, job: Job, entry: Entry) -> None:
        """Make the job wait, unless it is already running."""
        at = entry.at
        due = entry.due if entry.due is not None and entry.due > at else None
        if job.enqueued_at is None:
            job.enqueued_at = at
            self.tally.arrived(entry.slice_no, at)
            first = job.first if job.first is not None else at
            if due is not None and at - first <= SAME_MOMENT_S and entry.attempt <= 1:
                job.due = due
        if job.phase == RUNNING or (job.phase == WAITING and due is None):
            return
        job.phase = WAITING if due is None else RETRYING if job.fails else SCHEDULED
        job.ready_at = at if due is None else due

    def started(self, job: Job, entry: Entry) -> None:
        """Begin an attempt; the start of an earlier attempt that comes late is only counted."""
        if entry.attempt and entry.attempt < job.attempt:
            self._count_start(job, entry, None)
            return
        waited = None
        if job.phase != RUNNING and job.ready_at is not None:
            waited = max(0.0, entry.at - job.ready_at)
        self._count_start(job, entry, waited)
        job.phase = RUNNING
        job.run = (entry.at, entry.worker, False)
        job.attempt = max(job.attempt, entry.attempt)

    def _count_start(self, job: Job, entry: Entry, waited: float | None) -> None:
        self.tally.started(entry.slice_no, entry.at, waited)
        if job.more is not None and job.more.failures:
            if entry.attempt:
                job.more.failures.pop(entry.attempt, None)
            else:
                job.more.failures.clear()

    def _count_failure(self, job: Job, entry: Entry) -> None:
        failures = job.extra.failures
        # Two reports of one failure: the same attempt, which did not begin again in between.
        before = failures.get(entry.attempt) if entry.attempt else None
        if before is None:
            self.tally.failed(entry.slice_no, entry.at, _ran(job, entry), entry.error)
            job.extra.fails += 1
        if entry.code == RET and before != RET:
            self.tally.retried(entry.slice_no, entry.at)
        if entry.attempt:
            failures[entry.attempt] = entry.code
            if len(failures) > REMEMBER_FAILURES:
                del failures[min(failures)]
        job.extra.last_failed_at = entry.at
        self._keep_error(job, entry)

    def _keep_error(self, job: Job, entry: Entry) -> None:
        if not entry.error:
            return
        more = job.extra
        if not more.first_error or 0 < entry.attempt < more.first_error_attempt:
            more.first_error, more.first_error_attempt = entry.error, entry.attempt
        more.last_error = entry.error

    def failed(self, job: Job, entry: Entry) -> None:
        """End an attempt; a late report of an earlier attempt leaves the present one alone."""
        self._count_failure(job, entry)
        if entry.attempt and entry.attempt < job.attempt:
            return
        job.attempt = max(job.attempt, entry.attempt)
        job.run = None
        if entry.code == RET:
            job.phase = RETRYING
            job.ready_at = entry.at if entry.due is None else max(entry.at, entry.due)
        else:
            job.phase = FAILED
            job.ready_at = entry.at

    def died(self, job: Job, entry: Entry) -> None:
        """End the job without success."""
        self._count_failure(job, entry)
        self.tally.dead(entry.slice_no, entry.at)
        self._end(job, DEAD, entry.at)

    def lost(self, job: Job, entry: Entry) -> None:
        """Take the job from its dead worker; where nothing redelivers it, it is dead."""
        self.tally.lost(entry.slice_no, entry.at, entry.error)
        self._keep_error(job, entry)
        job.extra.losses += 1
        if job.phase in (RETRYING, RETRYING_DUE, FAILED) or 0 < entry.attempt < job.attempt:
            return
        if self.redelivers:
            job.phase = LOST
            job.ready_at = entry.at
            job.run = None
        else:
            self.tally.dead(entry.slice_no, entry.at)
            self._end(job, DEAD, entry.at)

    def succeeded(self, job: Job, entry: Entry) -> None:
        """End the job well."""
        ran = _ran(job, entry)
        self.tally.completed(entry.slice_no, entry.at, ran, max(0.0, entry.at - job.due))
        if job.fails and job.more is not None and job.more.first_error:
            self.tally.recovered(entry.slice_no, entry.at, job.more.first_error)
        self._end(job, DONE, entry.at)

    def discarded(self, job: Job, entry: Entry) -> None:
        """End the job without running it."""
        self.tally.discarded(entry.slice_no, entry.at)
        self._end(job, DISCARDED, entry.at)

    def _end(self, job: Job, phase: int, at: float) -> None:
        job.phase = phase
        job.ready_at = at
        job.run = None


def _ran(job: Job, entry: Entry) -> float | None:
    """Return how long the attempt that ended ran, seconds."""
    if entry.ran is not None:
        return entry.ran
    late = 0 < entry.attempt < job.attempt
    if job.started_at is None or late:
        return None
    return max(0.0, entry.at - job.started_at)


_STEPS = {
    ENQ: Life.enqueued,
    STA: Life.started,
    RET: Life.failed,
    FAI: Life.failed,
    LOS: Life.lost,
    SUC: Life.succeeded,
    DEA: Life.died,
    DIS: Life.discarded,
}
