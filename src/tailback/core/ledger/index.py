"""Where the jobs of one source are found: by id, age, state, failure and root."""

from collections.abc import Callable, Iterable
from typing import Any

from tailback.core.ledger.failing import Errors
from tailback.core.ledger.finished import Finished
from tailback.core.ledger.job import (
    DEAD,
    RETRYING,
    RETRYING_DUE,
    RUNNING,
    SCHEDULED,
    SCHEDULED_DUE,
    WAITING,
    Job,
)
from tailback.core.ledger.slices import SecondIndex, Slice

REPEATED = 2
SHARED_SECONDS = 4_096


class Index:
    """The jobs of one source in every order in which they are asked for.

    `jobs` holds by id an unfinished or dead job, or the history of one that ended; `dead` the ids
    of dead jobs in the order in which it was learned of them; `steps` by the id of a root when
    that was due, if known, and the ids of its unfinished steps. `find` returns any job by its id.
    """

    def __init__(self, errors: Errors, find: Callable[[str], Job | None]) -> None:
        self._errors = errors
        self._find = find
        self.jobs: dict[str, Any] = {}
        self.finished = Finished()
        self.coming = SecondIndex()
        self.dead: dict[str, None] = {}
        self.steps: dict[str, tuple[float | None, set[str]]] = {}
        self.seconds: dict[int, int] = {}

    def detach(self, job: Job) -> None:
        """Take a job out of every order, before it changes; it stays known by its id."""
        part = job.slice
        if part is None or self.jobs.get(job.id) is not job:
            return
        if job.phase == DEAD:
            del part.dead[job.id], self.dead[job.id]
        else:
            self._leave(job, part)
        reason = self.failing_reason(job)
        if reason is not None:
            part.works_again(reason, job)
        if job.more is not None and job.more.root is not None:
            self._forget_step(job.more.root, job.id)

    def _leave(self, job: Job, part: Slice) -> None:
        part.phases[job.phase] -= 1
        second = int(job.first_due)
        part.open.remove(second, job)
        if part.lates:
            part.uncount_late(second, job.tenant)
        if job.phase == RUNNING:
            del part.running[job]
        elif job.phase in (SCHEDULED, RETRYING):
            self.coming.remove(int(job.ready_at or 0), job)

    def attach(self, job: Job) -> None:
        """Put a job where it belongs now."""
        part = job.slice
        assert part is not None
        if job.phase > DEAD:
            self.end(job)
            self._root_known(job)
            return
        self.jobs[job.id] = job
        if job.more is not None and job.more.root is not None:
            self._join_root(job)
        if job.phase == DEAD:
            part.dead[job.id] = job
            self.dead[job.id] = None
        else:
            self.enter(job, part)
        reason = self.failing_reason(job)
        if reason is not None:
            part.fails(reason, job)
        self._root_known(job)

    def end(self, job: Job) -> None:
        """Keep only the history of a job."""
        history = self.jobs[job.id] = job.history or b""
        self.finished.add((job.id,), (history,))

    def _second(self, at: float) -> int:
        # Many slices hold jobs of the same second: one number for all of them.
        second = int(at)
        if len(self.seconds) > SHARED_SECONDS:
            self.seconds.clear()
        return self.seconds.setdefault(second, second)

    def enter(self, job: Job, part: Slice) -> None:
        """Put an unfinished job into the orders of its slice."""
        part.phases[job.phase] += 1
        second = self._second(job.first_due)
        part.open.add(second, job)
        if part.lates:
            part.count_late(second, job.tenant)
        if job.phase == RUNNING:
            part.running[job] = None
            if job.more is not None and job.fails:
                self._note_retry(job, part)
        elif job.phase in (SCHEDULED, RETRYING):
            self.coming.add(int(job.ready_at or 0), job)

    def failing_reason(self, job: Job) -> str | None:
        """Return why a job fails again and again, or died; None when it does neither."""
        if job.phase != DEAD and job.fails < REPEATED:
            return None
        error = job.more.first_error if job.more is not None else 0
        return self._errors.reasons[error]

    def _note_retry(self, job: Job, part: Slice) -> None:
        error = job.more.first_error if job.more is not None else 0
        stat = part.reasons.get(self._errors.reasons[error])
        if stat is not None and job.started_at is not None:
            stat.last_retry_at = max(job.started_at, stat.last_retry_at or 0.0)

    def put_waiting(self, rows: Iterable[tuple[str, Slice, float, str | None]]) -> None:
        """Put back jobs of which only the enqueue is known: id, slice, when, tenant.

        To be called before any reader moved along, so that no job is late to anybody yet.
        """
        jobs = self.jobs
        shared: dict[int, int] = {}
        parts: set[Slice] = set()
        for id, part, at, tenant in rows:  # noqa: A001
            job = jobs[id] = Job(id, part, at, tenant)
            part.phases[WAITING] += 1
            number = int(at)
            second = shared.setdefault(number, number)
            seconds = part.open.seconds
            if second in seconds:
                part.open.add(second, job)
            else:
                seconds[second] = job
            parts.add(part)
        for part in parts:
            part.open.put_in_order()

    def promote(self, now: float) -> None:
        """Let scheduled and retrying jobs whose moment has come be due."""
        while (second := self.coming.first()) is not None and second <= now:
            for job in list(self.coming.at(second)):
                if (job.ready_at or 0.0) <= now:
                    self._promote(second, job)
            if self.coming.first() == second:
                return

    def _promote(self, second: int, job: Job) -> None:
        self.coming.remove(second, job)
        phases = job.slice.phases if job.slice is not None else [0] * 8
        phases[job.phase] -= 1
        job.phase = SCHEDULED_DUE if job.phase == SCHEDULED else RETRYING_DUE
        phases[job.phase] += 1

    def _join_root(self, job: Job) -> None:
        more = job.extra
        root = more.root or ""
        due, ids = self.steps.get(root, (None, set()))
        if due is None:
            found = self._find(root)
            due = None if found is None else found.due
        if due is None:
            due = more.root_due
        ids.add(job.id)
        self.steps[root] = (due, ids)
        more.root_due = due

    def _forget_step(self, root: str, id: str) -> None:  # noqa: A002
        ids = self.steps[root][1]
        ids.remove(id)
        if not ids:
            del self.steps[root]

    def _root_known(self, job: Job) -> None:
        held = self.steps.get(job.id)
        if held is None or held[0] == job.due:
            return
        self.steps[job.id] = (job.due, held[1])
        for id in held[1]:  # noqa: A001
            self._age_step(self.jobs[id], job.due)

    def _age_step(self, step: Job, due: float) -> None:
        part = step.slice
        assert part is not None
        if step.phase == DEAD:
            step.extra.root_due = due
            return
        self._leave(step, part)
        step.extra.root_due = due
        self.enter(step, part)
