"""A quick look at everything that fails, to be read in peace elsewhere."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tailback.core.ledger.job import DEAD, Job
from tailback.core.ledger.slices import Slice
from tailback.core.ledger.tenants import TenantCount
from tailback.core.rollups import SliceKey

LATELY_S = 1_800.0
HOUR_S = 3_600.0


@dataclass(slots=True)
class FailingLook:
    """One reason in one slice; times are Unix seconds.

    `jobs` are unfinished jobs that failed at least twice and dead ones, `recovered` the jobs that
    succeeded in the last half hour after they had failed for this reason.
    """

    key: str
    place: SliceKey
    jobs: list[Job]
    first_at: float | None = None
    last_at: float | None = None
    last_retry_at: float | None = None
    first_error: Mapping[str, Any] | None = None
    recovered: int = 0
    failed_1h: int = 0
    """Failed attempts of the last hour, also those that are not counted in the store yet."""


@dataclass(slots=True)
class Affected:
    """The accounts behind some failing jobs."""

    dead: int = 0
    unfinished: int = 0
    tenants: TenantCount = field(default_factory=TenantCount)


def look_at_failing(
    slices: Iterable[Slice], errors: list[Mapping[str, Any]], now: float
) -> list[FailingLook]:
    """Return what fails in these slices; on the ledger's thread, so nothing is counted yet."""
    found = []
    for part in slices:
        for key in {**part.reasons, **part.failing}:
            look = FailingLook(key, part.key, list(part.failing.get(key, ())))
            stat = part.reasons.get(key)
            if stat is not None:
                look.first_at = stat.first_error_at if stat.first_error else None
                look.last_at = stat.last_at or None
                look.last_retry_at = stat.last_retry_at
                look.first_error = errors[stat.first_error] if stat.first_error else None
                look.failed_1h = sum(
                    count for minute, count in stat.minutes.items() if minute > now - HOUR_S
                )
                look.recovered = sum(
                    count for minute, count in stat.recovered.items() if minute > now - LATELY_S
                )
            found.append(look)
    return found


def affected(jobs: Iterable[Job]) -> Affected:
    """Count dead and unfinished jobs and their accounts."""
    counted = Affected()
    for job in jobs:
        if job.phase == DEAD:
            counted.dead += 1
        elif job.phase < DEAD:
            counted.unfinished += 1
        else:
            continue  # it ended since the look
        counted.tenants.add(job.tenant)
    return counted
