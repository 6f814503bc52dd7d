"""How many jobs of a lane are in which state: the broker's counts win over the ledger's."""

from collections.abc import Iterable

from tailback.core.facts.sight import Sight
from tailback.core.ledger.job import LOST, SCHEDULED_DUE, WAITING
from tailback.core.ledger.tenants import TenantCount

TOP_TENANTS = 10


def in_phases(sight: Sight, *phases: int) -> int:
    return sum(part.phases[phase] for part in sight.parts for phase in phases)


def number(sight: Sight, name: str, *phases: int) -> int | None:
    """Return the probe's count of this name, else the ledger's of these phases."""
    theirs = _theirs(sight, name)
    return sight.known(in_phases(sight, *phases)) if theirs is None else theirs


def backlog(sight: Sight, name: str, *phases: int) -> int | None:
    """Return a number that the ledger knows only where hooks see jobs being enqueued."""
    if _theirs(sight, name) is None and not any(part.sees_enqueues for part in sight.parts):
        return None
    return number(sight, name, *phases)


def waiting_of(sight: Sight) -> int | None:
    """Return how many jobs wait, also those that wait where a worker holds them."""
    phases = (WAITING, SCHEDULED_DUE, LOST)
    counted = backlog(sight, "waiting", *phases)
    reading = sight.reading
    if counted is None or reading is None or reading.running is not None or not sight.hooked:
        return counted
    # A broker that hides what workers hold does not count the jobs that wait there.
    return max(counted, in_phases(sight, *phases))


def dead_of(sight: Sight) -> int | None:
    theirs = _theirs(sight, "dead")
    mine = sight.known(sum(len(part.dead) for part in sight.parts))
    return mine if theirs is None else theirs


def workers_of(sight: Sight) -> int | None:
    if sight.workers.alive is not None:
        return sight.workers.alive
    return None if sight.reading is None else sight.reading.workers


def top_tenants(counts: Iterable[TenantCount]) -> tuple[tuple[str, int], ...]:
    """Return the accounts with most jobs and how many, at most ten."""
    jobs: dict[str, int] = {}
    for count in counts:
        for tenant, jobs_of in count.jobs.items():
            jobs[tenant] = jobs.get(tenant, 0) + jobs_of
    return tuple(sorted(jobs.items(), key=lambda one: (-one[1], one[0]))[:TOP_TENANTS])


def _theirs(sight: Sight, name: str) -> int | None:
    count: int | None = None if sight.whole is None else getattr(sight.whole, name)
    return count
