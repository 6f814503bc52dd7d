"""The plain start and the plain success of a job that is already in the indexes, in one go."""

from math import log
from typing import Any

from tailback.core.ledger.finished import Finished
from tailback.core.ledger.history import COURSE, MAX_ATTEMPT, STAMPED, Names, pack_course
from tailback.core.ledger.job import RUNNING, WAITING, Job
from tailback.core.ledger.slices import Slice
from tailback.core.sketch import PER_LOG, SHIFT, SMALLEST_S


class Indexed:
    """The short way for the jobs of one source; its outcome is the same as that of `Life`."""

    __slots__ = ("_finished", "_jobs", "_names")

    def __init__(self, jobs: dict[str, Any], finished: Finished, names: Names) -> None:
        self._jobs = jobs
        self._finished = finished
        self._names = names

    def take(self, job: Job, event: Any) -> bool:
        """Take a plain start or success; False when it is not plain."""
        part = job.slice
        if job.history is not None or part is None or event.at < job.last_at:
            return False
        queue, first = event.queue, event.first_enqueued_at
        if (
            queue != part.queue
            or (event.job or queue) != part.job
            or event.tenant != job.tenant
            or (first is not None and first != job.enqueued_at)
            or event.root
            or event.error
            or event.max_attempts
        ):
            return False
        if job.phase == WAITING:
            return event.kind == "started" and self._begin(job, part, event)
        return job.phase == RUNNING and event.kind == "succeeded" and self._end(job, part, event)

    def _begin(self, job: Job, part: Slice, event: Any) -> bool:
        attempt = event.attempt or 0
        if attempt > MAX_ATTEMPT:
            return False
        at = event.at
        minute = part.minute if part.minute_at <= at < part.minute_end else part.minute_of(at)
        minute.started += 1
        waited = at - job.due
        minute.ready_wait[int(log(waited) * PER_LOG + SHIFT) if waited > SMALLEST_S else 0] += 1
        phases = part.phases
        phases[WAITING] -= 1
        phases[RUNNING] += 1
        part.running[job] = None
        job.phase = RUNNING
        job.last_at = at
        job.attempt = attempt
        job.run = (at, self._names.shared(event.worker), event.first_enqueued_at is not None)
        return True

    def _end(self, job: Job, part: Slice, event: Any) -> bool:
        at, ran = event.at, event.ran_for
        stamped = event.first_enqueued_at is not None
        enqueued_at, run = job.enqueued_at, job.run
        if (
            ran is None
            or (event.attempt or 0) != job.attempt
            or enqueued_at is None
            or run is None
            or stamped is not run[2]
        ):
            return False
        minute = part.minute if part.minute_at <= at < part.minute_end else part.minute_of(at)
        minute.completed += 1
        minute.run_ms += int(ran * 1000 + 0.5)
        minute.run[int(log(ran) * PER_LOG + SHIFT) if ran > SMALLEST_S else 0] += 1
        age = at - job.due
        minute.age[int(log(age) * PER_LOG + SHIFT) if age > SMALLEST_S else 0] += 1
        if part.last_success_at is None or at > part.last_success_at:
            part.last_success_at = at
        part.phases[RUNNING] -= 1
        del part.running[job]
        second = int(job.due)
        part.open.remove(second, job)
        if part.lates:
            part.uncount_late(second, job.tenant)
        number = self._names.number
        history = pack_course(
            STAMPED if stamped else COURSE, job.attempt, part.number, number(run[1]),
            number(job.tenant), enqueued_at, run[0], at, ran,
        )  # fmt: skip
        self._jobs[job.id] = history
        self._finished.add((job.id,), (history,))
        return True
