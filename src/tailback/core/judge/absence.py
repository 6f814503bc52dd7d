"""Rules about work that does not arrive, vanishes, or ends without its result."""

import math

from tailback.core.judge.baseline import Normal
from tailback.core.judge.finding import Finding, hold_s
from tailback.core.judge.following import Followed
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane

# With this many expected arrivals, none at all has a chance of one in a million under a Poisson
# process; every arrival opens a new chance, so a busy day has thousands of them.
SILENT_EXPECTED = 14.0
SILENT_SURE = 2.0
SILENT_MIN_S = 180.0
ENOUGH_GAPS = 30
COLD_SILENT_EXPECTED = 25.0
COLD_SILENT_MAX_S = 1800.0
# A batch that did not come: so much was expected in an hour, and so little of it came.
SHORTFALL_EXPECTED = 30.0
SHORTFALL_SHARE = 0.15
SHORTFALL_WAIT_S = 1800.0
OUTCOME_HOLD = 0.2
# So many jobs thrown away within ten minutes, and more than were done, are no cancelled few.
THROWN_AWAY = 5


def silence(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a producer that fell silent: at this hour no arrival for so long is implausible."""
    del lane
    gap, recent = signals.gap_s, signals.recent_arrivals_h
    if gap is None or gap < SILENT_MIN_S or recent is None:
        return None
    expected, needed = recent * gap / 3600.0, SILENT_EXPECTED
    if normal is not None and normal.alike:
        expected = min(expected, normal.share * signals.expected_in_gap)
        expected = max(expected, normal.share * _beyond_longest(signals, recent, normal))
    elif gap <= COLD_SILENT_MAX_S:
        needed = COLD_SILENT_EXPECTED
    else:
        return None
    if expected <= needed:
        return None
    return Finding("silence", "late", gap, needed, 0.0, sure=expected > SILENT_SURE * needed)


def _beyond_longest(signals: Signals, recent_h: float, normal: Normal) -> float:
    """Return how many arrivals the gap stands for, beside the longest one of normal days.

    The longest of n gaps of a Poisson process lasts about ln(n) arrivals. What comes by the clock
    never has one of two, and is missed much sooner.
    """
    if not normal.gap_s or normal.gaps < ENOUGH_GAPS or not normal.arrivals_h or not recent_h:
        return 0.0
    # Hours that bring nothing are no part of it.
    gap_s = min(signals.gap_s or 0.0, 3600.0 * signals.expected_in_gap / normal.arrivals_h)
    slower = max(1.0, normal.arrivals_h / recent_h)
    return gap_s / (slower * max(normal.gap_s, 60.0)) * math.log(normal.gaps)


def silent_type(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a job type that nobody enqueues any more while the others go on."""
    del normal, lane
    silent = signals.silent_type
    if silent is None or silent.expected <= SILENT_EXPECTED:
        return None
    sure = silent.expected > SILENT_SURE * SILENT_EXPECTED
    return Finding("silent_type", "late", silent.gap_s, SILENT_EXPECTED, 0.0, sure=sure)


def shortfall(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a batch that did not come: the hour that ended lately brought almost nothing."""
    del lane
    if normal is None or not normal.alike or signals.now % 3600 < SHORTFALL_WAIT_S:
        return None
    # What comes at night as one batch does not tell a holiday by the quiet hours before.
    expected = normal.last_hour_low * (1.0 if normal.batch else normal.share)
    came = signals.came_since_last_hour
    if expected < SHORTFALL_EXPECTED or came > SHORTFALL_SHARE * expected:
        return None
    return Finding("shortfall", "late", came, expected, 0.0, sure=False)


def outcome_missing(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find work that ends without its result: an upstream goes on, this lane does not follow.

    Whole minutes in a row say so; the short hold is for counters that arrive one after the other.
    """
    del normal
    began, done = signals.upstream, signals.followed
    if lane.expects is None or not began or done is None:
        return None
    if not Followed(began, done, signals.now - signals.followed_s).falls_short(lane.expects.ratio):
        return None
    return Finding("outcome", "late", done, began, OUTCOME_HOLD * hold_s(lane.promise_s))


def vanishing(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find jobs that left the broker without having ended."""
    del normal
    if not signals.vanished:
        return None
    return Finding("vanished", "late", signals.vanished, 0.0, hold_s(lane.promise_s), sure=False)


def thrown_away(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a lane, or one of its job types, that throws away more than it does.

    Revoked, expired, unknown, purged: whatever is not done and will not be.
    """
    usual = normal.discarded_h if normal else 0.0
    least = max(float(THROWN_AWAY), 2.0 * usual / 6)
    thrown, threshold = signals.discarded_10m, max(least, signals.completed_5m)
    if thrown < threshold and signals.thrown is not None:
        kind = signals.thrown
        thrown, threshold = kind.discarded_10m, max(least, kind.completed_10m)
    if thrown < threshold:
        return None
    return Finding("discarded", "late", thrown, threshold, hold_s(lane.promise_s), sure=False)
