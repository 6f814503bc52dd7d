"""Rules about work that gets late.

Thresholds are fractions of the promise, held against what is normal at this hour, so that a known
nightly peak stays quiet and half of the promise is left to act.
"""

from dataclasses import replace

from tailback.core.judge.baseline import Normal
from tailback.core.judge.finding import Finding, too_old
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane

# Below this many arrivals an hour one late job is already the whole story.
FEW_PER_HOUR = 12.0
# A lane has recovered when nothing in it is older than this share of its promise.
RECOVERED_SHARE = 0.8
STILL_SHARE = 0.7


def age_threshold(promise_s: float, normal_s: float | None) -> float:
    """Return the age in seconds above which a lane is late.

    Never under a fifth of the promise, never over half of it unless a normal day is like that. On
    a first day, without history, it is half of the promise.
    """
    if normal_s is None:
        return 0.5 * promise_s
    floor, ceiling = 0.2 * promise_s, 0.5 * promise_s
    wanted = min(max(1.5 * normal_s + 30.0, floor), ceiling)
    return max(wanted, min(1.25 * normal_s, 0.9 * promise_s))


def is_few(signals: Signals, normal: Normal | None) -> bool:
    """Tell whether so few jobs come, or so little is known of them, that one late job matters."""
    if not signals.counts_arrivals:
        return True
    if normal is not None and normal.alike:
        return normal.arrivals_h < FEW_PER_HOUR
    return signals.arrivals_1h <= FEW_PER_HOUR


def is_young(signals: Signals, normal: Normal | None, lane: Lane) -> bool:
    """Tell whether the oldest job is well inside the promise again, or as old as is normal."""
    usual = normal.oldest_s if normal else 0.0
    return (signals.oldest_s or 0.0) < max(RECOVERED_SHARE * lane.promise_s, usual)


def rising_age(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find work that gets late: the third-oldest job, or the oldest where few jobs come.

    What runs since it came and keeps nothing else waiting may take half of the promise.
    What has fired does not end and begin again with every job that gets done: it lasts until the
    oldest of all is clearly younger.
    """
    few, fired = is_few(signals, normal), "age" in signals.firing
    known = None if normal is None else (normal.oldest_s if few else normal.third_s)
    threshold = age_threshold(lane.promise_s, known)
    if fired:
        threshold *= STILL_SHARE
    age = signals.oldest_s if few or fired else signals.third_s
    if age is None or age <= threshold:
        return None
    if not fired and age <= 0.5 * lane.promise_s:
        idle = signals.oldest_idle_s if few else signals.third_idle_s
        only_runs_long = (idle or 0.0) <= threshold
        if only_runs_long or _clears_in_time(signals, lane, age):
            return None
    return too_old("age", age, threshold, lane)


def _clears_in_time(signals: Signals, lane: Lane, age: float) -> bool:
    """Tell whether what waits will be done well before anyone notices, at the speed of now."""
    if not signals.done_per_s or signals.waiting is None:
        return False
    return age + signals.waiting / signals.done_per_s < 0.6 * lane.promise_s


def straggler(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a single job that customers already notice while all others go on."""
    if signals.oldest_s is None:
        return None
    usual = normal.oldest_s if normal else 0.0
    threshold = max(lane.promise_s, 1.5 * usual)
    if signals.oldest_s <= threshold:
        return None
    return too_old("straggler", signals.oldest_s, threshold, lane)


def long_runner(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a job that runs far too long: frozen, or one that blocks a worker.

    As long as the others go on it wakes nobody.
    """
    running = signals.longest_running_s
    if running is None:
        return None
    usual = normal.running_s if normal else 0.0
    threshold = max(0.5 * lane.promise_s, min(3.0 * usual, lane.promise_s))
    if running <= threshold:
        return None
    others_wait = (signals.third_s or 0.0) > 0.2 * lane.promise_s or not signals.completed_5m
    found = too_old("running", running, threshold, lane)
    return replace(found, sure=others_wait or is_few(signals, normal))
