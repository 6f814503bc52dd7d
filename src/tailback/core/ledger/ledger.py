"""The ledger: every unfinished job of every source, since when it is due, and what went wrong."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tailback.core.events import Event, WorkerBeat
from tailback.core.ledger import checkpoint
from tailback.core.ledger.desk import Desk
from tailback.core.ledger.ended import Row, ended_rows
from tailback.core.ledger.failing import Classify, Errors, masked_reason
from tailback.core.ledger.failing_look import FailingLook, look_at_failing
from tailback.core.ledger.job import DEAD, PHASE_WORDS, Job
from tailback.core.ledger.shared import Shared, SliceBook
from tailback.core.ledger.slices import Slice
from tailback.core.ledger.tenants import TenantCount
from tailback.core.ledger.vanished import Readings
from tailback.core.ledger.workers import WorkersView
from tailback.core.model import QueueReading
from tailback.core.rollups import Deltas, MinuteKey, ReasonMinuteKey

LOST_ERROR = {"type": "tailback.LostWorker", "message": "the worker died while it ran this job"}


def always(source: str) -> bool:
    """Say that every source redelivers the jobs of a dead worker."""
    return bool(source) or True


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """What the ledger knows of one job; times are Unix seconds, unknown is None."""

    source: str
    queue: str
    job: str
    id: str
    state: str
    first_enqueued_at: float | None
    first_due_at: float
    ready_at: float | None
    started_at: float | None
    attempt: int | None
    max_attempts: int | None
    fails: int
    losses: int
    tenant: str | None
    worker: str | None
    root: str | None
    reason: str | None
    first_error: dict[str, Any] | None
    latest_error: dict[str, Any] | None
    last_failed_at: float | None


class Ledger:
    """All jobs of all sources, fed by events in any order.

    `classify` names the reason of an error; `redelivers` tells whether a source runs the jobs of
    a dead worker again. Nothing here reads a clock: time comes with every call.
    """

    def __init__(
        self,
        *,
        classify: Classify = masked_reason,
        redelivers: Callable[[str], bool] = always,
    ) -> None:
        self.shared = Shared(Errors(classify))
        self.book = SliceBook(self.shared)
        self.desks: dict[str, Desk] = {}
        self._redelivers = redelivers

    def desk(self, source: str) -> Desk:
        """Return the jobs of one source, begun on first sight."""
        desk = self.desks.get(source)
        if desk is None:
            desk = Desk(source, self.shared, self.book, self._redelivers(source))
            self.desks[source] = desk
        return desk

    # -- what comes in

    def apply(self, source: str, events: Sequence[Any], received_at: float) -> None:
        """Take events of a source (`Event` or anything with its attributes), in any order."""
        self.desk(source).apply(events, received_at)

    def heartbeat(self, source: str, workers: Sequence[WorkerBeat], received_at: float) -> None:
        """Take the beats of workers of a source."""
        desk = self.desk(source)
        desk.heard(received_at)
        if workers:
            desk.workers.beat(workers, received_at)
            desk.beats_at = received_at

    def set_workers(self, source: str, queue: str, alive: int, at: float) -> None:
        """Say how many workers of a queue live, where no worker says so itself."""
        desk = self.desk(source)
        desk.heard(at)
        desk.workers.scripted[queue] = (at, alive)

    def take_reading(self, reading: QueueReading) -> None:
        """Take a probe's look at a queue, to notice jobs that vanished from the broker."""
        desk = self.desk(reading.source)
        kept = desk.readings.get(reading.queue)
        if kept is None:
            kept = desk.readings[reading.queue] = Readings()
        kept.take(reading)

    def listen(self, since: float) -> None:
        """Note since when events and beats are listened to: silence before proves nothing."""
        for desk in self.desks.values():
            desk.workers.listening_since = since

    def lose_sight(self, source: str, queue: str) -> None:
        """Note that a queue cannot be looked at: a counter may begin anew before the next look."""
        kept = self.desk(source).readings.get(queue)
        if kept is not None and kept.counted.last is not None:
            kept.counted.take(kept.counted.last[0], None)

    def acknowledge(self, source: str, ids: Iterable[str]) -> int:
        """Stop counting dead jobs that somebody has taken care of; returns how many."""
        return self.desk(source).acknowledge(ids)

    def regroup(self, classify: Classify) -> None:
        """Group failures by another `classify` from now on, also the jobs that failed already.

        What was counted stays counted under the reason it had.
        """
        self._fold()
        if not self.shared.errors.classify_anew(classify):
            return
        for part in self.shared.slices:
            jobs = [job for held in part.failing.values() for job in held]
            part.failing, part.failing_tenants = {}, TenantCount()
            for job in jobs:
                part.fails(self.desk(part.key.source).index.failing_reason(job) or "", job)

    # -- what goes out

    def derive_lost(self, now: float, listening_since: float = 0.0) -> list[tuple[str, Event]]:
        """Return a `lost` event for each job whose worker died or dropped it; applies nothing.

        Silence before `listening_since` (when this server began to listen) proves nothing.
        """
        found = []
        self._fold()
        for source, desk in self.desks.items():
            running = (job for part in self.book.of_source(source) for job in part.running)
            lost = desk.workers.lost(list(running), now, listening_since)
            found += [(source, _lost_event(job, now)) for job in lost]
        return found

    def observe(self, now: float) -> None:
        """Note in the present minute how old the oldest unfinished job of each slice is."""
        self._fold()
        for part in self.shared.slices:
            second = part.open.first()
            if second is not None and second <= now:
                oldest = part.oldest_dues(1)[0]
                minute = part.minute_of(now)
                minute.oldest_age_s = max(now - oldest, minute.oldest_age_s or 0.0)

    def take_deltas(self) -> Deltas:
        """Return what was counted since the last call."""
        self._fold()
        deltas = Deltas()
        for part in self.shared.touched:
            minutes, reasons = part.deliver()
            for number, minute in minutes.items():
                deltas.minutes[MinuteKey(*part.key, number)] = minute
            for (number, reason), count in reasons.items():
                if count:
                    deltas.reasons[ReasonMinuteKey(*part.key, number, reason)] = count
        self.shared.touched.clear()
        return deltas

    def take_ended(self) -> list[tuple[str, list[tuple[str, bytes]]]]:
        """Return the jobs that ended since the last call: (source, [(id, history), …])."""
        self._fold()
        taken = [(source, desk.finished.take_new()) for source, desk in self.desks.items()]
        return [(source, ended) for source, ended in taken if ended]

    def ended(self, source: str, jobs: Iterable[tuple[str, bytes]]) -> list[Row]:
        """Return what ids and histories of ended jobs tell; reads only, so any thread may ask."""
        rebuilt = self.desks[source].rebuilt
        return ended_rows(jobs, self.shared.slices, self.shared.names, rebuilt)

    # -- questions

    @property
    def overflowed(self) -> bool:
        """Return whether there were too many slices, so that some share one."""
        return self.book.overflowed

    def queues(self) -> list[tuple[str, str]]:
        """Return every (source, queue) that was seen."""
        return [
            (source, queue) for source, queues in self.book.by_source.items() for queue in queues
        ]

    def slices(self, source: str, queue: str, jobs: tuple[str, ...] = ()) -> list[Slice]:
        """Return the slices of a queue, or of some job types in it."""
        self.desk(source).fold()
        return self.book.of_queue(source, queue, jobs)

    def workers(self, source: str, queue: str, now: float) -> WorkersView:
        """Return who works on a queue now."""
        return self.desk(source).workers.view(queue, now)

    def heard_at(self, source: str) -> float | None:
        """Return when a source last reported anything through its agents."""
        desk = self.desks.get(source)
        return None if desk is None else desk.heard_at

    def failing(self, now: float) -> list[FailingLook]:
        """Return what fails in every slice, to be read in peace elsewhere."""
        self._fold()
        return look_at_failing(self.shared.slices, self.shared.errors.errors, now)

    def error(self, number: int) -> Mapping[str, Any] | None:
        """Return an error by the number under which slices keep it."""
        return self.shared.errors.errors[number] if number else None

    def job(self, source: str, id: str) -> JobView | None:  # noqa: A002
        """Return what is known of an unfinished, dead or lately finished job."""
        desk = self.desks.get(source)
        job = desk.find(id) if desk is not None else None
        return None if job is None else self._view(job)

    def oldest(self, source: str, queue: str, jobs: tuple[str, ...], limit: int) -> list[JobView]:
        """Return the unfinished jobs that were first due earliest, oldest first."""
        found = [job for part in self.slices(source, queue, jobs) for job in part.oldest(limit)]
        found.sort(key=lambda job: (job.first_due, job.id))
        return [self._view(job) for job in found[:limit]]

    def dead(self, source: str, queue: str, jobs: tuple[str, ...], limit: int) -> list[JobView]:
        """Return dead jobs, the latest first."""
        found = [job for part in self.slices(source, queue, jobs) for job in part.dead.values()]
        found.sort(key=lambda job: (-(job.ready_at or 0.0), job.id))
        return [self._view(job) for job in found[:limit]]

    def drill(self, id: str) -> list[tuple[str, Event]]:  # noqa: A002
        """Return the events of a drill job, which no age and no count ever sees, by source."""
        self._fold()
        return [
            (source, event)
            for source, desk in self.desks.items()
            for event in desk.drills.get(id, ())
        ]

    # -- stop and go

    def checkpoint(self) -> bytes:
        """Return the whole state as bytes."""
        self._fold()
        return checkpoint.write(self.shared, self.book, self.desks)

    @classmethod
    def restore(
        cls,
        blob: bytes,
        *,
        classify: Classify = masked_reason,
        redelivers: Callable[[str], bool] = always,
    ) -> Self:
        """Return the ledger that `checkpoint` wrote; raises `CheckpointError`."""
        ledger = cls(classify=classify, redelivers=redelivers)
        checkpoint.read(blob, ledger.shared, ledger.book, ledger.desk)
        return ledger

    def open_jobs(self) -> int:
        """Return how many jobs are unfinished."""
        self._fold()
        return sum(part.unfinished for part in self.shared.slices)

    def unfinished(self) -> Iterator[tuple[str, Job]]:
        """Yield every unfinished job with its source."""
        self._fold()
        for source, desk in self.desks.items():
            for job in desk.jobs.values():
                if isinstance(job, Job) and job.phase < DEAD:
                    yield source, job

    def _fold(self) -> None:
        """Take in what the sources hold as mere events."""
        for desk in self.desks.values():
            desk.fold()

    def _view(self, job: Job) -> JobView:
        more, errors = job.more, self.shared.errors
        first = more.first_error if more is not None else 0
        latest = more.last_error if more is not None else 0
        key = job.slice.key if job.slice is not None else ("", "", "")
        return JobView(
            source=key[0],
            queue=key[1],
            job=key[2],
            id=job.id,
            state=PHASE_WORDS[job.phase],
            first_enqueued_at=job.first if job.known else None,
            first_due_at=job.first_due,
            ready_at=job.ready_at,
            started_at=job.started_at,
            attempt=job.attempt or None,
            max_attempts=job.max_attempts,
            fails=job.fails,
            losses=job.losses,
            tenant=job.tenant,
            worker=job.worker,
            root=more.root if more is not None else None,
            reason=errors.reasons[first] if first else None,
            first_error=dict(errors.errors[first]) if first else None,
            latest_error=dict(errors.errors[latest]) if latest else None,
            last_failed_at=more.last_failed_at if more is not None else None,
        )


def _lost_event(job: Job, now: float) -> Event:
    _, queue, name = job.slice.key if job.slice is not None else ("", "", "")
    return Event(
        "lost", now, job.id, queue, name,
        attempt=job.attempt or None, tenant=job.tenant, worker=job.worker, error=LOST_ERROR,
    )  # fmt: skip
