"""The job types of a lane."""

from dataclasses import dataclass

from tailback.core.facts.sight import Sight
from tailback.core.ledger.job import (
    FAILED,
    LOST,
    RETRYING,
    RETRYING_DUE,
    RUNNING,
    SCHEDULED_DUE,
    WAITING,
)
from tailback.core.ledger.slices import Slice
from tailback.core.ledger.tenants import Late
from tailback.core.rollups import MINUTE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTypeFacts:
    """One job type of a lane: unfinished jobs now, and what happened in the last ten minutes."""

    job: str
    oldest_due_at: float | None
    waiting: int
    running: int
    retrying: int
    failing: int
    dead: int
    overdue: int
    arrivals_10m: int
    completions_10m: int
    failed_10m: int
    last_success_at: float | None


def job_type_of(sight: Sight, part: Slice, late: Late, due: float | None) -> JobTypeFacts:
    """Return what happens with one job type; `due` is its oldest job's first due, if any."""
    first = sight.last_minute - 9 * MINUTE_S
    counts = [
        sum(part.count_minutes(name, first, sight.last_minute))
        for name in ("arrivals", "completed", "failed")
    ]
    phases = part.phases
    return JobTypeFacts(
        job=part.key.job,
        oldest_due_at=due if due is not None and due <= sight.now else None,
        waiting=phases[WAITING] + phases[SCHEDULED_DUE] + phases[LOST],
        running=phases[RUNNING],
        retrying=phases[RETRYING] + phases[RETRYING_DUE] + phases[FAILED],
        failing=sum(len(jobs) for jobs in part.failing.values()),
        dead=len(part.dead),
        overdue=late.jobs,
        arrivals_10m=counts[0],
        completions_10m=counts[1],
        failed_10m=counts[2],
        last_success_at=part.last_success_at,
    )
