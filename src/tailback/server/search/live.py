"""Searches the unfinished and the dead jobs of the ledger."""

from collections.abc import Iterator, Sequence
from heapq import nsmallest

from tailback.core.ledger import Ledger
from tailback.core.ledger.history import STA, Entry
from tailback.core.ledger.job import DEAD, PHASE_WORDS, Job
from tailback.core.ledger.slices import Slice
from tailback.server.search.query import Query

Place = tuple[float, str, str]
"""Where a job stands in the order: the newest first, then by source and id."""


def gather(ledger: Ledger, query: Query) -> list[Job]:
    """Return the jobs that may match, in no order; on the ledger's thread, so only a quick look.

    The jobs themselves are read later, elsewhere: what changes meanwhile is shown as it is then.
    """
    job_id, state = query.exact.get("id"), query.exact.get("state")
    phases = frozenset(
        phase for phase in range(DEAD + 1) if state is None or PHASE_WORDS[phase] == state
    )
    if not phases:
        return []
    if job_id is not None:
        found = [desk.find(job_id) for desk in ledger.desks.values()]
        jobs: Iterator[Job] = (job for job in found if job is not None and job.slice is not None)
        return [job for job in jobs if job.phase in phases and _takes(query, job)]
    gathered: list[Job] = []
    for source, queue in ledger.queues():
        for part in ledger.slices(source, queue):
            if query.takes(*part.key):
                gathered += _of_slice(part, phases, query.exact.get("tenant"))
    return gathered


def _takes(query: Query, job: Job) -> bool:
    tenant = query.exact.get("tenant")
    return (
        job.slice is not None
        and query.takes(*job.slice.key)
        and (tenant is None or job.tenant == tenant)
    )


def _of_slice(part: Slice, phases: frozenset[int], tenant: str | None) -> list[Job]:
    jobs: list[Job] = list(part.dead.values()) if DEAD in phases else []
    if any(part.phases[phase] for phase in phases - {DEAD}):
        for held in part.open.seconds.values():
            if isinstance(held, Job):
                jobs.append(held)
            else:
                jobs += held
    if len(phases) <= DEAD:
        jobs = [job for job in jobs if job.phase in phases]
    return jobs if tenant is None else [job for job in jobs if job.tenant == tenant]


def place_of(job: Job) -> Place:
    """Return where a job stands in the order."""
    return (-job.first_due, job.slice.key.source if job.slice is not None else "", job.id)


class Matcher:
    """Tells whether a job has what is searched for in its errors, its worker and its names."""

    def __init__(self, query: Query, ledger: Ledger) -> None:
        """Search by `query` in the errors that the ledger knows."""
        self._ledger = ledger
        self._worker = query.exact.get("worker")
        self._wanted = query.reasons
        self._error = query.exact.get("error", "").lower()
        self._words = query.words
        errors = ledger.shared.errors
        self._errors, self._reasons = errors.errors, errors.reasons
        self._texts: dict[int, str] = {}

    def page(self, jobs: Sequence[Job], after: Place | None, limit: int) -> list[Job]:
        """Return the first matching jobs after a place, the newest first."""
        rest = (job for job in jobs if after is None or place_of(job) > after)
        return nsmallest(limit, filter(self.matches, rest), key=place_of)

    def matches(self, job: Job) -> bool:
        """Return whether a job is searched for."""
        if self._worker is not None and last_worker(self._ledger, job) != self._worker:
            return False
        first = job.more.first_error if job.more is not None else 0
        if self._wanted and (not first or self._reasons[first] not in self._wanted):
            return False
        if not self._error and not self._words:
            return True
        last = job.more.last_error if job.more is not None else 0
        errors = f"{self._text(first)} {self._text(last)}"
        if self._error not in errors:
            return False
        name = job.slice.key.job if job.slice is not None else ""
        text = f"{job.id} {name} {job.tenant or ''}".lower()
        return all(word in text or word in errors for word in self._words)

    def _text(self, number: int) -> str:
        """Return what an error and its reason say, in small letters."""
        text = self._texts.get(number)
        if text is None:
            error = self._errors[number]
            said = (error.get("type"), error.get("message"), self._reasons[number])
            text = self._texts[number] = " ".join(str(part or "") for part in said).lower()
        return text


def last_worker(ledger: Ledger, job: Job) -> str | None:
    """Return the worker that runs a job, or ran it last."""
    if job.worker is not None or job.history is None:
        return job.worker
    ran = [step.worker for step in steps_of(ledger, job) if step.code == STA and step.worker]
    return ran[-1] if ran else None


def steps_of(ledger: Ledger, job: Job) -> list[Entry]:
    """Return the events of a job; reads only, so any thread may ask."""
    if job.slice is None:
        return []
    return ledger.desk(job.slice.key.source).history_of(job)
