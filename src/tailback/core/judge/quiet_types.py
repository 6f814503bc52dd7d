"""Which job type of a mixed lane does not come any more, while the others go on."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace

from tailback.core.judge.baseline import Baseline, Hour
from tailback.core.judge.pace import rate_before
from tailback.core.judge.signals import SilentType
from tailback.core.ledger.slices import Slice
from tailback.core.rollups import MINUTE_S

HOUR_S = 3600
# Fewer expected arrivals, at the pace of the last hours, are not worth a look at the past.
WORTH_A_LOOK = 10.0

# In a lane of more job types, one that does not come is nothing special.
MANY_TYPES = 50
KEEP_MINUTES = 180

PastOf = Callable[[str, float], Iterable[tuple[int, Hour]]]


class TypeGaps:
    """For how long job types of a lane have not come; looked at once a minute."""

    __slots__ = ("_minute", "_quiet")

    def __init__(self) -> None:
        self._minute = 0
        # Since when, and how many an hour came before.
        self._quiet: dict[str, tuple[int, float]] = {}

    def look(self, parts: list[Slice], minute: int) -> None:
        """Note which job types have not come up to `minute`, and how many came before."""
        self._minute = minute
        if not 1 < len(parts) <= MANY_TYPES:
            self._quiet.clear()
            return
        for part in parts:
            job = part.key.job
            if any(part.count_minutes("arrivals", minute - 2 * MINUTE_S, minute)):
                self._quiet.pop(job, None)
            elif job not in self._quiet:
                self._quiet[job] = _last_seen(part, minute)

    def known(self) -> list[SilentType]:
        """Return the types that have not come for three minutes or more."""
        now = self._minute
        return [SilentType(job, now - at, rate_h) for job, (at, rate_h) in self._quiet.items()]


class QuietTypes:
    """Holds the silence of job types against their own past, which is read when it matters."""

    __slots__ = ("_is_holiday", "_past", "_past_of", "_zone")

    def __init__(
        self, zone: dt.tzinfo, past_of: PastOf, is_holiday: Callable[[dt.date], bool]
    ) -> None:
        """`past_of` returns the past hours `(start, hour)` of one job type of the lane."""
        self._zone = zone
        self._past_of = past_of
        self._is_holiday = is_holiday
        # What was read of a type, and in which hour.
        self._past: dict[str, tuple[int, Baseline]] = {}

    def most_missed(self, gaps: Iterable[SilentType], now: float) -> SilentType | None:
        """Return the type of which most should have come since it was last seen."""
        found = []
        for gap in gaps:
            recent = gap.recent_h * gap.gap_s / HOUR_S
            if recent > WORTH_A_LOOK:
                usual = self._baseline(gap.job, now).expected(now - gap.gap_s, now)
                found.append(replace(gap, expected=min(recent, usual)))
        return max(found, key=lambda gap: gap.expected, default=None)

    def _baseline(self, job: str, now: float) -> Baseline:
        hour = int(now // HOUR_S)
        read_in, baseline = self._past.get(job, (-1, None))
        if baseline is None or read_in != hour:
            baseline = Baseline(self._zone, self._is_holiday)
            baseline.load(self._past_of(job, now))
            self._past[job] = (hour, baseline)
        return baseline


def _last_seen(part: Slice, minute: int) -> tuple[int, float]:
    """Return the end of the minute in which a job type came last, and how many an hour before."""
    first = minute - (KEEP_MINUTES - 1) * MINUTE_S
    arrivals = part.count_minutes("arrivals", first, minute)
    last = max((at for at, came in enumerate(arrivals) if came), default=0)
    ends = first + (last + 1) * MINUTE_S

    def came(start: int, end: int) -> int:
        return sum(arrivals[max(0, (start - first) // MINUTE_S) : (end - first) // MINUTE_S])

    return ends, rate_before(came, ends)
