"""The story of a problem that is over: what showed up first, who knew when, what it cost. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from tailback.core.judge.finding import hold_s
from tailback.core.judge.lateness import age_threshold
from tailback.core.review import FirstSignal
from tailback.core.rollups import MINUTE_S
from tailback.core.sketch import DurationSketch, duration_of

DEPLOY_BEFORE_S = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class WhatIf:
    """When the alert would have come had the promise been `promise_s`, before it really did."""

    promise_s: float
    earlier_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything found out about one problem of one lane; times are Unix seconds.

    `alerted_at` None: nobody was told. `notice_at` is when, as seen at the opening, the first
    customer would notice. `accounts` None: not known. `reason` names what `signals` call the
    reason. `replayed` says that its events went through the real chain again with other promises;
    without, `what_if` is judged `by_ages`, the oldest age of each minute, where those are known.
    `too_many` tells that there are events, more than are replayed.
    """

    episode: str
    lane: str
    name: str
    promise_s: float
    opened_at: float
    alerted_at: float | None
    acknowledged_at: float | None
    acknowledged_by: str | None
    complained_at: float | None
    resolved_at: float | None
    notice_at: float | None
    worst_age_s: float
    jobs_late: int
    accounts: int | None
    accounts_exact: bool | None
    reason: str | None = None
    signals: tuple[FirstSignal, ...] = ()
    deploys: tuple[tuple[float, str], ...] = ()
    replayed: bool = False
    by_ages: bool = False
    too_many: bool = False
    what_if: tuple[WhatIf, ...] = ()

    @property
    def lead_s(self) -> float | None:
        """Return how long before the first customer would notice somebody was told."""
        if self.notice_at is None or self.alerted_at is None:
            return None
        return self.notice_at - self.alerted_at


def jobs_late(ages: DurationSketch, promise_s: float) -> int:
    """Return how many finished jobs were older than the promise."""
    return sum(number for key, number in ages.items() if duration_of(key) > promise_s)


def alerted_by_ages(ages: Sequence[tuple[float, float | None]], promise_s: float) -> float | None:
    """Return when a promise would have alerted at the latest, by the oldest age of each minute.

    `ages` are (start of the minute, seconds), up to the alert that really came; the age must be
    above half of the promise from then on, as on a first day.
    """
    begun: float | None = None
    for at, age_s in ages:
        if age_s is not None and age_s > age_threshold(promise_s, None):
            begun = at if begun is None else begun
        elif age_s is not None:
            begun = None
    return None if begun is None else begun + MINUTE_S + hold_s(promise_s)


def earlier(alerts: Sequence[tuple[float, float | None]]) -> tuple[WhatIf, ...]:
    """Return what would have come earlier; `alerts` are (promise, alert), the real one first."""
    (_, real), *others = alerts
    if real is None:
        return ()
    found = [WhatIf(promise, real - at) for promise, at in others if at is not None and at < real]
    return tuple(found)
