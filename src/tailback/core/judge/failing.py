"""Why jobs of a lane keep failing: the reasons of those that have not recovered."""

from collections.abc import Callable, Mapping, Reversible
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tailback.core.ledger import Ledger
from tailback.core.ledger.failing import ReasonStat
from tailback.core.ledger.job import DEAD, Job
from tailback.core.ledger.slices import Slice

TEN_MINUTES_S = 600.0
# A job that died is news for a quarter of an hour; after that it is a dead job to be dealt with.
DEAD_IS_NEWS_S = 900.0
LOOK_AT_FAILING = 300
# A reason is over when it was quiet for this long, and for three times its usual gap.
OVER_S = 120.0
OVER_GAPS = 3.0

Explain = Callable[[Mapping[str, Any]], str]


@dataclass(slots=True)
class FailingReason:
    """Jobs that keep failing for one reason and have not recovered.

    `jobs` failed at least twice, or died within the last quarter of an hour, unless jobs of their
    type succeed again and the reason comes no more; `recovered_10m` had
    failed for the same reason and then succeeded within ten minutes; `since` is when the oldest
    of them was first due. With `more`, there are more than the `jobs` that were looked at.
    `sentence` is the reason in words. `most_tried` is the job with most `attempts`, and
    `retried_since` when the oldest was first due, both of jobs that are not dead.
    """

    reason: str
    jobs: int
    dead: int = 0
    recovered_10m: int = 0
    since: float | None = None
    status: int | None = None
    tenants: frozenset[str] = frozenset()
    job_types: frozenset[str] = frozenset()
    first_error: Mapping[str, Any] = field(default_factory=dict)
    more: bool = False
    sentence: str | None = None
    attempts: int = 0
    most_tried: str | None = None
    retried_since: float | None = None


class _Failing:
    """What is collected of one reason over the job types of a lane."""

    __slots__ = (
        "attempts", "dead", "error", "jobs", "more", "most_tried", "recovered", "retried_since",
        "since", "tenants", "types",
    )  # fmt: skip

    def __init__(self) -> None:
        self.jobs = self.dead = self.recovered = 0
        self.error = 0
        self.more = False
        self.since: float | None = None
        self.attempts = 0
        self.most_tried: str | None = None
        self.retried_since: float | None = None
        self.tenants: set[str] = set()
        self.types: set[str] = set()

    def add(self, job: Job, dead_since: float) -> None:
        """Count a failing job, unless it died before `dead_since`: that is no news."""
        if job.phase == DEAD:
            if (job.ready_at or 0.0) < dead_since:
                return
            self.dead += 1
        else:
            self.retried_since = _earlier(self.retried_since, job.first_due)
            # A job that kills its worker comes back under the same number each time.
            tried = max(job.attempt, job.fails)
            if tried > self.attempts:
                self.attempts, self.most_tried = tried, job.id
        self.jobs += 1
        self.since = _earlier(self.since, job.first_due)
        if job.tenant is not None:
            self.tenants.add(job.tenant)
        if job.more is not None and not self.error:
            self.error = job.more.first_error


def _earlier(one: float | None, other: float) -> float:
    return other if one is None else min(one, other)


def failing_reasons(
    parts: list[Slice],
    ledger: Ledger,
    now: float,
    explain: Explain | None = None,
    dead_is_news_s: float = DEAD_IS_NEWS_S,
) -> tuple[FailingReason, ...]:
    """Return why jobs keep failing, the reason of most jobs first."""
    rows: dict[str, _Failing] = {}
    ten_ago = now - TEN_MINUTES_S
    for part in parts:
        for reason, jobs in part.failing.items():
            row = rows.setdefault(reason, _Failing())
            row.types.add(part.key.job)
            stat = part.reasons.get(reason)
            over = stat is not None and _is_over(stat, jobs, part.last_success_at or 0.0, now)
            dead_since = now if over else now - dead_is_news_s
            # The latest to fail come last; old dead jobs are not walked through for ever.
            for job in islice(reversed(jobs), LOOK_AT_FAILING):
                row.add(job, dead_since)
            row.more |= len(jobs) > LOOK_AT_FAILING
            if stat is not None:
                row.recovered += sum(n for at, n in stat.recovered.items() if at >= ten_ago)
    found = [_failing_reason(key, row, ledger, explain) for key, row in rows.items() if row.jobs]
    return tuple(sorted(found, key=lambda one: (-one.jobs, one.reason)))


def _is_over(stat: ReasonStat, jobs: Reversible[Job], last_success_at: float, now: float) -> bool:
    """Tell whether jobs succeed again and none has failed for the reason for long enough."""
    newest = next(iter(reversed(jobs)))
    last = max(stat.last_at, newest.ready_at or 0.0 if newest.phase == DEAD else 0.0)
    failed = sum(n for at, n in stat.minutes.items() if at > last - DEAD_IS_NEWS_S)
    gap = DEAD_IS_NEWS_S / max(1, failed)
    return last_success_at > last and now - last > max(OVER_S, OVER_GAPS * gap)


def _failing_reason(
    key: str, row: _Failing, ledger: Ledger, explain: Explain | None
) -> FailingReason:
    error = ledger.error(row.error) or {}
    return FailingReason(
        key,
        row.jobs,
        row.dead,
        row.recovered,
        row.since,
        error.get("status"),
        frozenset(row.tenants),
        frozenset(row.types),
        error,
        more=row.more and row.jobs >= LOOK_AT_FAILING,
        sentence=explain(error) if explain is not None and error else None,
        attempts=row.attempts,
        most_tried=row.most_tried,
        retried_since=row.retried_since,
    )
