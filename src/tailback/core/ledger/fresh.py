"""Jobs of the last moments, kept as the events that told of them.

Most jobs are enqueued, started and done within seconds. Such a job is not built at all: its
events are held in the map by id until somebody looks or enough have come, and then taken in one
go, with the same outcome as `Life` step by step. Whatever is not this plain course is refused
here and taken there.
"""

from collections.abc import Callable
from math import log
from typing import Any

from tailback.core.ledger.finished import Finished
from tailback.core.ledger.history import MAX_ATTEMPT, pack_course
from tailback.core.ledger.job import RUNNING, Job
from tailback.core.ledger.shared import SliceBook
from tailback.core.ledger.slices import Slice
from tailback.core.sketch import PER_LOG, SHIFT, SMALLEST_S


class Fresh:
    """The fresh jobs of one source.

    In the map a fresh job is its `enqueued` event, a pair of that and `started`, or a triple with
    `succeeded`. `begun` lists the first events in the order of arrival.
    """

    __slots__ = ("_book", "_enter", "_finished", "_jobs", "_names", "_queues", "_source", "begun")

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
        self._names = book.shared.names
        self.begun: list[Any] = []

    # -- taking events

    def arrive(self, event: Any) -> bool:
        """Take the plain enqueue of an unknown job; False when it is not plain."""
        at, due, first = event.at, event.due_at, event.first_enqueued_at
        if (
            (due is not None and due > at)
            or (first is not None and first != at)
            or event.attempt
            or event.max_attempts
            or event.root
            or event.error
        ):
            return False
        self._jobs[event.id] = event
        self.begun.append(event)
        return True

    def go_on(self, held: Any, event: Any) -> bool:
        """Take the plain start or success of a fresh job; False when it is not plain."""
        if held.__class__ is tuple:
            if len(held) > 2 or event.kind != "succeeded":  # noqa: PLR2004 - a pair is running
                return False
            enqueue, start = held
            if (
                event.at < start.at
                or event.ran_for is None
                or event.attempt != start.attempt
                or (event.first_enqueued_at is None) is not (start.first_enqueued_at is None)
            ):
                return False
            told: tuple[Any, ...] = (enqueue, start, event)
        else:
            enqueue = held
            if event.kind != "started" or event.at < enqueue.at:
                return False
            told = (enqueue, event)
        first = event.first_enqueued_at
        if (
            event.queue != enqueue.queue
            or event.job != enqueue.job
            or event.tenant != enqueue.tenant
            or (first is not None and first != enqueue.at)
            or event.root
            or event.error
            or event.max_attempts
            or (event.attempt or 0) > MAX_ATTEMPT
        ):
            return False
        self._jobs[event.id] = told
        return True

    # -- taking them in

    def fold(self) -> None:
        """Take in every fresh job."""
        jobs, begun = self._jobs, self.begun
        self.begun = []
        # One visit to each slice for all of its jobs: what a visit touches is then still near.
        visits: dict[Slice, list[Any]] = {}
        for enqueue in begun:
            held = jobs.get(enqueue.id)
            # What was settled since is not held as events any more.
            if held is enqueue or (held.__class__ is tuple and held[0] is enqueue):
                part = self._part(enqueue)
                try:
                    visits[part].append(held)
                except KeyError:
                    visits[part] = [held]
        for part, several in visits.items():
            for held in several:
                self._settle(part, held)

    def settle(self, held: Any) -> None:
        """Take in one fresh job."""
        self._settle(self._part(held[0] if held.__class__ is tuple else held), held)

    def _part(self, enqueue: Any) -> Slice:
        queue = enqueue.queue
        name = enqueue.job or queue
        try:
            return self._queues[queue][name]
        except KeyError:
            return self._book.add(self._source, queue, name)

    def _settle(self, part: Slice, held: Any) -> None:
        enqueue = held[0] if held.__class__ is tuple else held
        at = enqueue.at
        minute = part.minute if part.minute_at <= at < part.minute_end else part.minute_of(at)
        minute.arrivals += 1
        part.sees_enqueues = True
        tenant, tenant_no = enqueue.tenant, 0
        if tenant is not None:
            known = self._names.hashes.get(tenant)
            tenant, hashed, tenant_no = self._names.tenant(tenant) if known is None else known
            minute.tenants.hashes.add(hashed)
        if held is enqueue:
            self._settle_waiting(part, enqueue, tenant)
            return
        start = held[1]
        begun_at = start.at
        if not part.minute_at <= begun_at < part.minute_end:
            minute = part.minute_of(begun_at)
        minute.started += 1
        waited = begun_at - at
        minute.ready_wait[int(log(waited) * PER_LOG + SHIFT) if waited > SMALLEST_S else 0] += 1
        if len(held) == 2:  # noqa: PLR2004 - a pair is running
            self._settle_running(part, held, tenant)
        else:
            self._settle_done(part, held, tenant_no)

    def _settle_waiting(self, part: Slice, enqueue: Any, tenant: str | None) -> None:
        job = self._jobs[enqueue.id] = Job(enqueue.id, part, enqueue.at, tenant)
        self._enter(job, part)

    def _settle_running(self, part: Slice, held: Any, tenant: str | None) -> None:
        enqueue, start = held
        job = self._jobs[enqueue.id] = Job(enqueue.id, part, enqueue.at, tenant)
        job.phase = RUNNING
        job.last_at = start.at
        job.attempt = start.attempt or 0
        worker = self._names.shared(start.worker)
        job.run = (start.at, worker, start.first_enqueued_at is not None)
        self._enter(job, part)

    def _settle_done(self, part: Slice, held: Any, tenant_no: int) -> None:
        enqueue, start, success = held
        at, ran = success.at, success.ran_for
        minute = part.minute if part.minute_at <= at < part.minute_end else part.minute_of(at)
        minute.completed += 1
        minute.run_ms += int(ran * 1000 + 0.5)
        minute.run[int(log(ran) * PER_LOG + SHIFT) if ran > SMALLEST_S else 0] += 1
        age = at - enqueue.at
        minute.age[int(log(age) * PER_LOG + SHIFT) if age > SMALLEST_S else 0] += 1
        if part.last_success_at is None or at > part.last_success_at:
            part.last_success_at = at
        number = self._names.number
        history = pack_course(
            part.number, tenant_no, enqueue.at, start.at, start.attempt or 0,
            number(start.worker), at, ran, start.first_enqueued_at is not None,
        )  # fmt: skip
        id = enqueue.id  # noqa: A001
        self._jobs[id] = history
        self._finished.add(id, history)
