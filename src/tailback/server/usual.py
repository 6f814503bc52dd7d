"""What was normal at each hour of a range, from the two weeks before it."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from tailback.core.judge.baseline import Baseline, Hour, Normal
from tailback.core.rollups import Minute
from tailback.server.view import LaneView
from tailback.store.base import RollupStore

DAY_S = 86400
BEFORE_S = 15 * DAY_S
MAX_RANGE_S = 8 * DAY_S


def usual_of(
    rollups: RollupStore, view: LaneView, zone: str, first: int, last: int
) -> Callable[[float], Normal | None]:
    """Return what says what is normal at a moment; nothing is known in very long ranges."""
    if last - first > MAX_RANGE_S:
        return lambda _at: None
    begin = (first - BEFORE_S) // 3600 * 3600
    points = rollups.counts(
        view.source, view.queue, view.jobs or None, windows=[(begin, last)], step_s=3600
    )
    baseline = Baseline(ZoneInfo(zone))
    baseline.load([(point.at, _hour(point.minute)) for point in points])
    return baseline.normal


def _hour(minute: Minute) -> Hour:
    return Hour(
        arrivals=minute.arrivals,
        completed=minute.completed,
        failed=minute.failed,
        oldest_s=minute.oldest_age_s or 0.0,
        third_s=minute.oldest_age_s or 0.0,
    )
