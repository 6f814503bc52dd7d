"""What is normal for a lane at this hour of this kind of day, learned from its last two weeks.

Sizes are kept per hour. For every past day of the same class (working day or weekend, local time)
the largest value around the hour is taken first and the median of those days then, so that a
nightly batch that peaks at 02:40 one day and 03:10 the next is still normal. Hours inside an
episode are left out.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

HOUR_S = 3600
KEEP_HOURS = 15 * 24
LOOK_BACK_DAYS = 14
ENOUGH_DAYS = 3
# Scales a median absolute deviation to a standard deviation of a normal distribution.
MAD_TO_SIGMA = 1.4826
SPREADS = 4.0
SATURDAY = 5
LEAST_SHARE = 0.05
# An hour that brings a batch: so many jobs, and hardly any in the hours beside it.
BATCH_JOBS = 30
BESIDE_BATCH = 0.1
LONGEST_SILENCE_HOURS = 24


@dataclass(slots=True)
class Hour:
    """One hour of one lane: sums of what happened, the largest of what was measured."""

    arrivals: int = 0
    completed: int = 0
    failed: int = 0
    discarded: int = 0
    run_s: float = 0.0
    oldest_s: float = 0.0
    third_s: float = 0.0
    running_s: float = 0.0
    failing: int = 0
    gap_s: float | None = None
    workers: int | None = None
    excluded: bool = False


NOTHING = Hour()


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """What this hour of a normal day looks like; `days` past days stand behind it.

    `oldest_s`, `third_s` and `running_s` are seconds that a normal day does not exceed, and
    `discarded_h` is a number of jobs an hour; `typical_s` is the median of the daily largest ages.
    `arrivals_h` and `completed_h` are per hour; `last_hour_low` and `due_hour_low` are low
    quarters of the hour before, and of it and this one. `gap_s` is the longest time without an
    arrival around this hour, of the `gaps` that were seen; None where too few days tell. `share`
    is how much of a normal day's work came in the last hours (at most 1): a holiday is known by
    it. `batch` says that the hour just before brings a batch of its own.
    Without `alike`, too few days of this class are known: other days tell how old work may get,
    and nothing tells how much must come.
    """

    days: int
    label: str
    typical_s: float
    oldest_s: float
    third_s: float
    running_s: float
    run_mean_s: float | None
    failing: float
    discarded_h: float
    arrivals_h: float
    last_hour_low: float
    due_hour_low: float
    completed_h: float
    workers: int | None
    share: float
    batch: bool
    gap_s: float | None = None
    gaps: int = 0
    alike: bool = True


def no_holidays(_day: dt.date) -> bool:
    """Say that no day is a holiday."""
    return False


class Baseline:
    """The hours of one lane; `zone` is where "the same hour" is meant."""

    __slots__ = ("_hours", "_is_holiday", "_lows", "_normal", "_normal_of", "_zone")

    def __init__(
        self, zone: dt.tzinfo, is_holiday: Callable[[dt.date], bool] = no_holidays
    ) -> None:
        self._zone = zone
        self._is_holiday = is_holiday
        self._hours: dict[int, Hour] = {}
        self._normal: Normal | None = None
        self._normal_of = -1
        self._lows: dict[int, float] = {}

    def hour(self, at: float) -> Hour:
        """Return the hour that `at` (Unix seconds) falls into, to be added to."""
        start = _start(at)
        found = self._hours.get(start)
        if found is None:
            found = self._hours[start] = Hour()
            if len(self._hours) > KEEP_HOURS + 24:
                oldest = start - KEEP_HOURS * HOUR_S
                self._hours = {at: hour for at, hour in self._hours.items() if at >= oldest}
        return found

    def hours(self) -> Iterable[tuple[int, Hour]]:
        """Return the known hours `(start, hour)`, for `load`."""
        return self._hours.items()

    def load(self, hours: Iterable[tuple[int, Hour]]) -> None:
        """Take over stored hours `(start, hour)`, as after a restart."""
        self._hours.update(hours)
        self._normal_of = -1
        self._lows.clear()

    def exclude(self, start: float, end: float) -> None:
        """Leave the hours from `start` to `end` out of what is normal: something was wrong."""
        for at in range(_start(start), int(end) + 1, HOUR_S):
            if at in self._hours:
                self._hours[at].excluded = True

    def normal(self, now: float) -> Normal | None:
        """Return what is normal now; None while fewer than three days are known."""
        start = _start(now)
        if self._normal_of != start:
            self._normal, self._normal_of = self._work_out(start), start
        return self._normal

    def _work_out(self, start: int) -> Normal | None:
        days, alike = self._days(start), True
        if len(days) < ENOUGH_DAYS:
            days, alike = self._days(start, any_class=True), False
        if len(days) < ENOUGH_DAYS:
            return None
        here = [day[1] for day in days]
        workers = [hour.workers for hour in here if hour.workers is not None]
        done = sum(hour.completed for hour in here)
        return Normal(
            days=len(days),
            label=self._label(start, alike=alike),
            typical_s=median(max(hour.oldest_s for hour in day) for day in days),
            oldest_s=_high([max(hour.oldest_s for hour in day) for day in days]),
            third_s=_high([max(hour.third_s for hour in day) for day in days]),
            running_s=_high([max(hour.running_s for hour in day) for day in days]),
            run_mean_s=sum(hour.run_s for hour in here) / done if done else None,
            failing=_high([max(hour.failing for hour in day) for day in days]),
            discarded_h=_high([max(hour.discarded for hour in day) for day in days]),
            arrivals_h=median(hour.arrivals for hour in here),
            last_hour_low=_low([day[0].arrivals for day in days]),
            due_hour_low=_low([day[0].arrivals + day[1].arrivals for day in days]),
            completed_h=median(hour.completed for hour in here),
            workers=int(median(workers)) if workers else None,
            share=self._share(start),
            batch=self._is_batch(start - HOUR_S),
            gap_s=_longest_gap(days),
            gaps=sum(hour.arrivals for day in days for hour in day),
            alike=alike,
        )

    def expected(self, since: float, now: float) -> float:
        """Return how many jobs come at least in a normal time as from `since` to `now`.

        An hour counts by the smaller low quarter of itself and the hour before, as the day may
        begin a little later; one that too few days tell of brings nothing.
        """
        found, start = 0.0, _start(now)
        first = max(_start(since), start - LONGEST_SILENCE_HOURS * HOUR_S)
        while start >= first:
            held_s = min(now, start + HOUR_S) - max(since, start)
            found += self._low_of(start) * held_s / HOUR_S
            start -= HOUR_S
        return found

    def _low_of(self, start: int) -> float:
        low = self._lows.get(start)
        if low is None:
            if len(self._lows) > LONGEST_SILENCE_HOURS:
                self._lows.clear()
            days = self._days(start)
            enough = len(days) >= ENOUGH_DAYS
            low = min(_low([day[i].arrivals for day in days]) for i in (0, 1)) if enough else 0.0
            self._lows[start] = low
        return low

    def _label(self, start: int, *, alike: bool) -> str:
        here = dt.datetime.fromtimestamp(start, self._zone)
        return here.strftime("%A %H:00") if alike else here.strftime("other days at %H:00")

    def _is_batch(self, start: int) -> bool:
        days = self._days(start)
        if len(days) < ENOUGH_DAYS:
            return False
        before, here, after = (median(day[i].arrivals for day in days) for i in range(3))
        return here >= BATCH_JOBS and max(before, after) <= BESIDE_BATCH * here

    def _share(self, start: int) -> float:
        share = 1.0
        for hours in (6, 2):
            came = usual = 1.0
            for at in range(start - hours * HOUR_S, start, HOUR_S):
                days = self._days(at)
                if len(days) >= ENOUGH_DAYS:
                    came += self._came(at)
                    usual += median(day[1].arrivals for day in days)
            share = min(share, came / usual)
        return max(LEAST_SHARE, share)

    def came_since_last_hour(self, now: float) -> int:
        """Return how many jobs came since the begin of the hour before this one.

        A batch may have come in the hour before that, as where clocks are set back.
        """
        start = _start(now)
        hours = 2 if self._is_batch(start - HOUR_S) else 1
        return sum(self._came(start - back * HOUR_S) for back in range(hours + 1))

    def _came(self, start: int) -> int:
        return self._hours.get(start, NOTHING).arrivals

    def _days(self, start: int, *, any_class: bool = False) -> list[tuple[Hour, Hour, Hour]]:
        """Return the hours before, at and after the same local hour of comparable past days."""
        here = dt.datetime.fromtimestamp(start, self._zone)
        holiday = self._is_holiday(here.date())
        first = min(self._hours, default=start)
        found = []
        for back in range(1, LOOK_BACK_DAYS + 1):
            # Wall-clock arithmetic on purpose: 09:00 stays 09:00 across daylight saving.
            then = here - dt.timedelta(days=back)
            at = _start(then.timestamp())
            same = (then.weekday() >= SATURDAY) == (here.weekday() >= SATURDAY)
            same = same and self._is_holiday(then.date()) == holiday
            if at < first or not (same or any_class):
                continue
            before, hour, after = (
                self._hours.get(at + offset, NOTHING) for offset in (-HOUR_S, 0, HOUR_S)
            )
            if not (before.excluded or hour.excluded or after.excluded):
                found.append((before, hour, after))
        return found


def _start(at: float) -> int:
    return int(at // HOUR_S) * HOUR_S


def _high(values: list[float] | list[int]) -> float:
    """Return what a normal day does not exceed: median plus four robust standard deviations."""
    middle = median(values)
    return middle + SPREADS * MAD_TO_SIGMA * median(abs(value - middle) for value in values)


def _longest_gap(days: list[tuple[Hour, Hour, Hour]]) -> float | None:
    daily = [
        max((hour.gap_s for hour in day if hour.gap_s is not None), default=None) for day in days
    ]
    known = [gap for gap in daily if gap is not None]
    return max(known) if len(known) >= ENOUGH_DAYS else None


def _low(values: list[int]) -> float:
    """Return the lower quartile."""
    return float(sorted(values)[(len(values) - 1) // 4])
