"""The weekly review: what drifted, why jobs fail, and what somebody should look at.

Pure: six weeks of daily numbers in, findings out. A week is seven local days; the last one given
is the week that is reviewed, the four before the two newest are what is usual. A rise of the age
in two weeks running comes by chance to every sixth lane, so it is only noted; it becomes an action
when its size says that it is real.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from tailback.core.drill import is_proven

WEEKS = 6
ENOUGH_DAYS = 3
ENOUGH_WEEKS = 2
MOST_ROWS = 8
# An action needs each of the two weeks above what is usual, the second clearly so.
STEP = 1.1
CLEARLY = 1.25
OF_PROMISE = 0.1
# Retries rise when a job is retried half as often again, and often enough to cost something.
RETRIES_RISE = 1.5
RETRIES_MORE = 0.05
RETRIES_LEAST = 20
# How an incident begins: far above the hours before it, and not for a moment only.
QUIET_SHARE = 2 / 3
SIGNAL_GAP = 3
SIGNAL_RISE = 3.0
SIGNAL_RETRIES = 3.0


@dataclass(frozen=True, slots=True)
class Week:
    """One week of one lane; `ages` are the greatest ages of its days in seconds, None unseen."""

    ages: tuple[float | None, ...]
    arrivals: int
    retried: int

    @property
    def age_s(self) -> float | None:
        """Return the median of the daily greatest ages; None with fewer than three days."""
        known = [age for age in self.ages if age is not None]
        return median(known) if len(known) >= ENOUGH_DAYS else None

    @property
    def retries_per_job(self) -> float | None:
        """Return retries per arriving job; None when nothing arrived."""
        return self.retried / self.arrivals if self.arrivals else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneWeeks:
    """A lane and its last weeks, the reviewed one last; `dead_now` is what lies there now."""

    lane: str
    name: str
    owner: str | None
    promise_s: float
    weeks: tuple[Week, ...]
    dead_now: int | None = None
    drilled_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneReview:
    """What the review says of one lane; ages in seconds, None where too few days are known.

    `rose` is two rises running, `drifts` that they are large enough to be assigned.
    """

    lane: str
    name: str
    owner: str | None
    promise_s: float
    ages: tuple[float | None, ...]
    worst_s: float | None
    usual_s: float | None
    rose: bool
    drifts: bool
    retries_per_job: float | None
    usual_retries_per_job: float | None
    retries_rise: bool
    dead_now: int | None
    unproven: bool


@dataclass(frozen=True, slots=True)
class ReasonWeek:
    """Failed attempts of one reason, in this week and the one before."""

    key: str
    sentence: str
    this_week: int
    week_before: int
    lanes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One minute before an incident.

    `retried` are failed attempts that are tried again, `finish_s` is how old half of the jobs were
    that finished, `for_reason` are attempts that failed for the reason that became the worst.
    """

    at: float
    retried: int
    oldest_age_s: float | None
    finish_s: float | None = None
    for_reason: int = 0


@dataclass(frozen=True, slots=True)
class FirstSignal:
    """What showed up first, and how long before the alert (seconds)."""

    what: str
    at: float
    before_alert_s: float


def review_lane(weeks: LaneWeeks, now: float) -> LaneReview:
    """Compare the last week of a lane with those before."""
    ages = tuple(week.age_s for week in weeks.weeks)
    this = weeks.weeks[-1]
    usual = _usual(ages)
    usual_retries = _usual(tuple(week.retries_per_job for week in weeks.weeks))
    return LaneReview(
        lane=weeks.lane,
        name=weeks.name,
        owner=weeks.owner,
        promise_s=weeks.promise_s,
        ages=ages,
        worst_s=max((age for age in this.ages if age is not None), default=None),
        usual_s=usual,
        rose=rose_twice(ages),
        drifts=drifts(ages, weeks.promise_s),
        retries_per_job=this.retries_per_job,
        usual_retries_per_job=usual_retries,
        retries_rise=_retries_rise(this, usual_retries),
        dead_now=weeks.dead_now,
        unproven=not is_proven(weeks.drilled_at, now),
    )


def _usual(values: Sequence[float | None]) -> float | None:
    """Return the median of the weeks before the two newest; None when too few are known."""
    known = [value for value in values[:-2] if value is not None]
    return median(known) if len(known) >= ENOUGH_WEEKS else None


def rose_twice(ages: Sequence[float | None]) -> bool:
    """Tell whether the age rose in two weeks running; says little alone."""
    if len(ages) < 3:  # noqa: PLR2004 - a rise needs a week before
        return False
    before, last, this = ages[-3:]
    return before is not None and last is not None and this is not None and before < last < this


def drifts(ages: Sequence[float | None], promise_s: float) -> bool:
    """Tell whether two rises are so large that somebody must look, against four weeks before."""
    usual = _usual(ages)
    if usual is None or ages[-1] is None or ages[-2] is None:
        return False
    last, this = ages[-2], ages[-1]
    rises = last > STEP * usual and this > STEP * last
    return rises and this > CLEARLY * usual and this > OF_PROMISE * promise_s


def _retries_rise(this: Week, usual: float | None) -> bool:
    share = this.retries_per_job
    if share is None or usual is None or this.retried < RETRIES_LEAST:
        return False
    return share > RETRIES_RISE * usual and share > usual + RETRIES_MORE


def top_reasons(reasons: Iterable[ReasonWeek]) -> list[ReasonWeek]:
    """Return the reasons that failed most this week."""
    counted = (reason for reason in reasons if reason.this_week > 0)
    return sorted(counted, key=lambda one: (-one.this_week, one.key))[:MOST_ROWS]


def signals_before(
    moments: Sequence[Moment], alert_at: float, promise_s: float
) -> list[FirstSignal]:
    """Find what rose before an alert and stayed so until it, the first one first.

    `moments` are the minutes of some hours up to the alert, in order; the first two thirds of
    them tell what was normal.
    """
    moments = [moment for moment in moments if moment.at <= alert_at]
    calm = moments[: int(len(moments) * QUIET_SHARE)]
    if not calm:
        return []
    least = SIGNAL_RETRIES - 1
    levels: dict[str, tuple[list[float | None], float]] = {
        "retries": ([m.retried for m in moments], least),
        "reason": ([m.for_reason for m in moments], least),
        "age": ([m.oldest_age_s for m in moments], OF_PROMISE * promise_s),
        "finish": ([m.finish_s for m in moments], OF_PROMISE * promise_s),
    }
    found = []
    for what, (values, at_least) in levels.items():
        known = [value for value in values[: len(calm)] if value is not None]
        level = max(at_least, SIGNAL_RISE * median(known) if known else 0.0)
        index = _began([(value or 0.0) > level for value in values])
        if index is not None:
            at = moments[index].at
            found.append(FirstSignal(what, at, max(0.0, alert_at - at)))
    return sorted(found, key=lambda signal: signal.at)


def first_signal(
    moments: Sequence[Moment], alert_at: float, promise_s: float
) -> FirstSignal | None:
    """Find what rose first before an alert, None: nothing did."""
    return next(iter(signals_before(moments, alert_at, promise_s)), None)


def _began(above: Sequence[bool]) -> int | None:
    """Return where the last run of True began that reaches the end, short gaps allowed."""
    began, gap = None, 0
    for index in range(len(above) - 1, -1, -1):
        if above[index]:
            began, gap = index, 0
        else:
            gap += 1
            if gap > SIGNAL_GAP:
                break
    return began
