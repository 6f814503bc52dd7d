"""Dead and poison jobs of the ledger, and how failing jobs are tried again."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import NamedTuple

import msgspec

from tailback.core import wording_failures
from tailback.core.ledger import Ledger
from tailback.core.ledger.history import FAI, RET, Entry
from tailback.core.ledger.job import DEAD, Job
from tailback.core.model import Lane
from tailback.core.problem_jobs import Poison, RetryCourse, poison_cause, retry_advice
from tailback.core.rollups import SliceKey
from tailback.server.search.query import Query, is_in
from tailback.server.search.rows import Rows
from tailback.server.search.view import JobRow

LOST_WORKER = "lost worker"
LOOK_AT = 30
LOOK_AT_SLICES = 500


class ProblemRow(JobRow, frozen=True, kw_only=True):
    """A dead or poison job; `poison` says why it is poison: lost, attempts or retry_age."""

    poison: Poison | None
    payload_bytes: int | None = None


class AdviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What to change in the retries of one job type; `id` is a job that shows it."""

    kind: str
    sentence: str
    lane: str | None
    source: str
    queue: str
    job: str
    id: str
    attempts: int
    age_s: float
    delay_s: float | None


class ReasonCount(NamedTuple):
    """How many of the jobs failed first for one reason."""

    key: str
    sentence: str
    jobs: int


@dataclass(slots=True)
class Problems:
    """The dead and poison jobs of one look, the newest first; rows are made when asked for.

    `unlisted` are dead jobs of the same queues that were let go, as their source has too many.
    """

    jobs: list[Job]
    sayer: Rows
    now: float
    query: Query
    unlisted: int = 0

    def rows(self, start: int, stop: int) -> list[ProblemRow]:
        """Return the rows of a part of the jobs."""
        return [
            ProblemRow(**msgspec.structs.asdict(self.sayer.live(job)), poison=self.poison(job))
            for job in self.jobs[start:stop]
        ]

    def reasons(self) -> list[ReasonCount]:
        """Return why they failed first, the reason of most jobs first."""
        counts: Counter[str] = Counter()
        sentences: dict[str, str] = {}
        examples = {job.more.first_error: job for job in self.jobs if job.more is not None}
        errors = Counter(job.more.first_error for job in self.jobs if job.more is not None)
        for error, jobs in errors.most_common():
            key, sentence = self.sayer.reason_of(examples[error])
            if key is not None:
                counts[key] += jobs
                sentences.setdefault(key, sentence or key)
        return [ReasonCount(key, sentences[key], jobs) for key, jobs in counts.most_common()]

    def poison(self, job: Job) -> Poison | None:
        """Return why a job is poison."""
        return poison_of(job, self.sayer, self.now)


def may_be_problem(job: Job) -> bool:
    """Return whether a job can be dead or poison; a quick look."""
    return job.phase == DEAD or (job.more is not None and (job.fails + job.more.losses) > 0)


def poison_of(job: Job, sayer: Rows, now: float) -> Poison | None:
    """Return why a job is poison, None when it is not."""
    lane = sayer.lane_of(job)
    losses = job.more.losses if job.more is not None else 0
    crashed = job.fails if sayer.bucket_of(job) == LOST_WORKER else 0
    ended = job.ready_at if job.phase == DEAD and job.ready_at is not None else now
    return poison_cause(
        losses=losses,
        crashes=crashed,
        attempts=job.fails,
        age_s=max(0.0, ended - job.first_due),
        max_attempts=_least(job.max_attempts, lane.max_attempts if lane is not None else None),
        max_retry_age_s=lane.max_retry_age_s if lane is not None else None,
    )


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


Course = tuple[SliceKey, list[tuple[Job, list[Entry]]]]


def failing_courses(
    ledger: Ledger, takes: Callable[[str, str, str], bool] | None = None
) -> list[Course]:
    """Return those failing jobs of each slice that were tried most often, with their events.

    `takes` says of which (source, queue, job type).
    """
    found: list[Course] = []
    for part in ledger.shared.slices:
        wanted = takes is None or takes(*part.key)
        if part.failing and wanted and len(found) < LOOK_AT_SLICES:
            jobs = (job for held in part.failing.values() for job in held)
            most = nlargest(LOOK_AT, jobs, key=lambda job: job.fails)
            desk = ledger.desk(part.key.source)
            found.append((part.key, [(job, desk.history_of(job)) for job in most]))
    return found


def advice_rows(courses: Sequence[Course], lanes: Sequence[Lane], now: float) -> list[AdviceRow]:
    """Return what to change in the retries of every job type."""
    return [row for key, jobs in courses for row in _advice(key, jobs, lanes, now)]


def _advice(
    key: SliceKey, jobs: Sequence[tuple[Job, list[Entry]]], lanes: Sequence[Lane], now: float
) -> Iterator[AdviceRow]:
    told = [
        RetryCourse(
            job.id,
            job.fails,
            max(0.0, now - job.first_due),
            [step.due - step.at for step in steps if step.code == RET and step.due is not None]
            + [0.0 for step in steps if step.code == RET and step.due is None],
            job.phase == DEAD
            or job.max_attempts is not None
            or any(step.code == FAI for step in steps),
        )
        for job, steps in jobs
    ]
    lane = next((lane.key for lane in lanes if is_in(lane, *key)), None)
    for one in retry_advice(told):
        yield AdviceRow(
            kind=one.kind,
            sentence=wording_failures.retry_advice(one.kind, key.job, one.attempts, one.delay_s),
            lane=lane,
            source=key.source,
            queue=key.queue,
            job=key.job,
            id=one.id,
            attempts=one.attempts,
            age_s=round(one.age_s, 3),
            delay_s=one.delay_s,
        )
