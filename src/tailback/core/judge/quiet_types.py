"""Which job type of a mixed lane does not come any more, while the others go on."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace

from tailback.core.judge.baseline import Baseline, Hour
from tailback.core.judge.signals import SilentType

HOUR_S = 3600
# Fewer expected arrivals, at the pace of the last hours, are not worth a look at the past.
WORTH_A_LOOK = 10.0

PastOf = Callable[[str, float], Iterable[tuple[int, Hour]]]


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
