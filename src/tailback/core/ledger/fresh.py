"""What came in the last moments, kept as mere events until enough have come or somebody asks.

Most jobs are enqueued, started and done within seconds, and what a web server and a worker tell
of one job comes in any order. So events are taken in together, job by job: a plain course goes
into counts and indexes in one go, with the same outcome as `Life` step by step. Every other
job is left to the thorough way.
"""

from collections.abc import Callable, Collection, Sequence
from math import log
from typing import Any

from tailback.core.ledger.finished import Finished
from tailback.core.ledger.history import CODES, COURSE, MAX_ATTEMPT, STAMPED, pack_course
from tailback.core.ledger.job import RUNNING, Job
from tailback.core.ledger.shared import SliceBook
from tailback.core.ledger.slices import Slice
from tailback.core.sketch import PER_LOG, SHIFT, SMALLEST_S

WHOLE = 3
Courses = list[list[Any]]
"""Of each job its `enqueued`, then `started` if it began, then `succeeded` if it is done."""


class Fresh:
    """The events of one source that were not taken in yet; `since` is when the first came."""

    __slots__ = ("_book", "_enter", "_finished", "_jobs", "_queues", "_source", "events", "since")

    def __init__(
        self,
        source: str,
        jobs: dict[str, Any],
        finished: Finished,
        book: SliceBook,
        enter: Callable[[Job, Slice], None],
    ) -> None:
        self._source = source
        self._jobs = jobs
        self._finished = finished
        self._book = book
        self._queues = book.queues(source)
        self._enter = enter
        self.events: list[Any] = []
        self.since = 0.0

    def fold(self, odd: Sequence[Collection[str]]) -> Courses:
        """Take in the plain courses of new jobs whose ids are in none of `odd`.

        Returns the events of every other job, each job's in the order of their own time.
        """
        by_job = _by_job(self.events)
        self.events = []
        jobs, odd = self._jobs, [ids for ids in odd if ids]
        # One visit to each slice for all of its jobs: what a visit touches is then still near.
        visits: dict[Slice, Courses] = {}
        rest = []
        for id_, told in by_job.items():
            known = id_ in jobs or (odd and any(id_ in ids for ids in odd))
            if known or not is_course(told):
                told.sort(key=_order)
                if known or not is_course(told):
                    rest.append(told)
                    continue
            part = self._part(told[0])
            if part in visits:
                visits[part].append(told)
            else:
                visits[part] = [told]
        by_job.clear()
        for part in list(visits):
            # Taken out, as events that go at once are freed while they are still near too.
            courses = visits.pop(part)
            self._count(part, courses)
            self._end(part, [told for told in courses if len(told) == WHOLE])
            self._begin(part, [told for told in courses if len(told) < WHOLE])
        return rest

    def _part(self, enqueue: Any) -> Slice:
        queue = enqueue.queue
        name = enqueue.job or queue
        try:
            return self._queues[queue][name]
        except KeyError:
            return self._book.add(self._source, queue, name)

    def _count(self, part: Slice, courses: Courses) -> None:
        """Count jobs that came, and their starts."""
        part.sees_enqueues = True
        names = self._book.shared.names
        known = names.hashes
        minute, low, high = part.minute, part.minute_at, part.minute_end
        for told in courses:
            at, tenant = told[0].at, told[0].tenant
            if not low <= at < high:
                minute = part.minute_of(at)
                low, high = part.minute_at, part.minute_end
            minute.arrivals += 1
            if tenant is not None:
                minute.tenants.hashes.add((known.get(tenant) or names.tenant(tenant))[1])
            if len(told) > 1:
                begun_at = told[1].at
                if not low <= begun_at < high:
                    minute = part.minute_of(begun_at)
                    low, high = part.minute_at, part.minute_end
                minute.started += 1
                time = begun_at - at
                key = int(log(time) * PER_LOG + SHIFT) if time > SMALLEST_S else 0
                minute.ready_wait[key] += 1

    def _end(self, part: Slice, courses: Courses) -> None:
        """Count successes, and keep the histories of these jobs."""
        number, numbers = self._book.shared.names.number, self._book.shared.names.numbers
        minute, low, high = part.minute, part.minute_at, part.minute_end
        last, place = part.last_success_at or 0.0, part.number
        histories = []
        for enqueue, start, success in courses:
            at, ran, worker = success.at, success.ran_for, start.worker
            if not low <= at < high:
                minute = part.minute_of(at)
                low, high = part.minute_at, part.minute_end
            minute.completed += 1
            minute.run_ms += int(ran * 1000 + 0.5)
            minute.run[int(log(ran) * PER_LOG + SHIFT) if ran > SMALLEST_S else 0] += 1
            age = at - enqueue.at
            minute.age[int(log(age) * PER_LOG + SHIFT) if age > SMALLEST_S else 0] += 1
            if at > last:  # noqa: PLR1730 - twice as fast, and done for every job
                last = at
            flags = COURSE if start.first_enqueued_at is None else STAMPED
            worker = numbers.get(worker) or number(worker)
            tenant = numbers.get(enqueue.tenant) or number(enqueue.tenant)
            packed = pack_course(
                flags, start.attempt or 0, place, worker, tenant, enqueue.at, start.at, at, ran
            )
            histories.append(packed)
        if courses:
            part.last_success_at = last
        ids = [told[0].id for told in courses]
        self._jobs.update(zip(ids, histories, strict=True))
        self._finished.add(ids, histories)

    def _begin(self, part: Slice, courses: Courses) -> None:
        """Put jobs that wait or run into the indexes."""
        shared = self._book.shared.names.shared
        for told in courses:
            enqueue = told[0]
            job = Job(enqueue.id, part, enqueue.at, shared(enqueue.tenant))
            if len(told) > 1:
                start = told[1]
                job.phase = RUNNING
                job.last_at = start.at
                job.attempt = start.attempt or 0
                job.run = (start.at, shared(start.worker), start.first_enqueued_at is not None)
            self._jobs[job.id] = job
            self._enter(job, part)


def _order(event: Any) -> tuple[float, int, int]:
    return (event.at, CODES[event.kind], event.attempt or 0)


def _by_job(events: list[Any]) -> dict[str, list[Any]]:
    told: dict[str, list[Any]] = {}
    for event in events:
        id_ = event.id
        if id_ in told:
            told[id_].append(event)
        else:
            told[id_] = [event]
    return told


def is_course(told: list[Any]) -> bool:
    """Return whether events are a plain enqueue, then a plain start, then a plain success.

    The first of them alone, or the first two, are one as well.
    """
    enqueue = told[0]
    at, due, first = enqueue.at, enqueue.due_at, enqueue.first_enqueued_at
    if (
        enqueue.kind != "enqueued"
        or len(told) > WHOLE
        or (due is not None and due > at)
        or (first is not None and first != at)
        or enqueue.attempt
        or enqueue.max_attempts
        or enqueue.root
        or enqueue.error
        or enqueue.drill
    ):
        return False
    if len(told) == 1:
        return True
    start = told[1]
    if start.kind != "started" or not _goes_on(enqueue, enqueue, start):
        return False
    if len(told) < WHOLE:
        return True
    success = told[2]
    return (
        success.kind == "succeeded"
        and success.ran_for is not None
        and success.attempt == start.attempt
        and (success.first_enqueued_at is None) is (start.first_enqueued_at is None)
        and _goes_on(enqueue, start, success)
    )


def _goes_on(enqueue: Any, before: Any, event: Any) -> bool:
    first = event.first_enqueued_at
    return not (
        event.at < before.at
        or event.queue != enqueue.queue
        or event.job != enqueue.job
        or event.tenant != enqueue.tenant
        or (first is not None and first != enqueue.at)
        or event.root
        or event.error
        or event.drill
        or event.max_attempts
        or (event.attempt or 0) > MAX_ATTEMPT
    )
