"""The rules: each looks at one lane at one moment and returns a finding or nothing.

`P` below is the promise: how long until a customer notices. Thresholds are fractions of it, held
against what is normal at this hour, so that a known nightly peak stays quiet and half of the
promise is left to act. A rule must hold for a tenth of the promise, at most a minute.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from tailback.core.judge.baseline import Normal
from tailback.core.judge.failing import FailingReason
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane

Kind = Literal["late", "failing", "blind"]

# Below this many arrivals an hour one late job is already the whole story.
FEW_PER_HOUR = 12.0
# With this many expected arrivals, none at all has a chance of one in a million under a Poisson
# process; every arrival opens a new chance, so a busy day has thousands of them.
SILENT_EXPECTED = 14.0
SILENT_SURE = 2.0
SILENT_MIN_S = 180.0
COLD_SILENT_EXPECTED = 25.0
COLD_SILENT_MAX_S = 1800.0
# A batch that did not come: so much was expected in an hour, and so little of it came.
SHORTFALL_EXPECTED = 30.0
SHORTFALL_SHARE = 0.15
SHORTFALL_WAIT_S = 1800.0
OUTCOME_SHARE = 0.7
OUTCOME_SIGMAS = 3.7
OUTCOME_MARGIN = 4.0
# So many jobs thrown away within ten minutes, and more than were done, are no cancelled few.
THROWN_AWAY = 5
DEPLOY_MUTE_S = 300.0
LONGEST_HOLD_S = 60.0
BLIND_HOLD_S = 120.0
SCHEDULE_GRACE_S = 1800.0
# Arrivals are remembered for three hours, so a missed time is news for that long.
SCHEDULE_LOOK_S = 10_000.0
RATE_LIMITED = 429
# A lane has recovered when nothing in it is older than this share of its promise.
RECOVERED_SHARE = 0.8
STILL_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that holds now; `value` against `threshold` in the rule's own unit.

    It counts once it has held for `hold_s`; `held_s` is for how long it must have held already,
    by its own numbers. `sure` says that the evidence is strong enough to wake somebody.
    """

    rule: str
    kind: Kind
    value: float
    threshold: float
    hold_s: float
    sure: bool = True
    held_s: float = 0.0


def hold_s(promise_s: float) -> float:
    """Return how long a rule must hold before it counts, seconds."""
    return min(LONGEST_HOLD_S, 0.1 * promise_s)


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
    return signals.arrivals_10m <= FEW_PER_HOUR / 6


def rising_age(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find work that gets late: the third-oldest job, or the oldest where few jobs come.

    What has fired does not end and begin again with every job that gets done: it lasts until the
    oldest of all is clearly younger.
    """
    few, fired = is_few(signals, normal), "age" in signals.firing
    known = None if normal is None else (normal.oldest_s if few else normal.third_s)
    threshold = age_threshold(lane.promise_s, known)
    if fired:
        threshold *= STILL_SHARE
    age = signals.oldest_s if few or fired else signals.third_s
    if age is None or age <= threshold or (not fired and _clears_in_time(signals, lane, age)):
        return None
    return _too_old("age", age, threshold, lane)


def is_young(signals: Signals, normal: Normal | None, lane: Lane) -> bool:
    """Tell whether the oldest job is well inside the promise again, or as old as is normal."""
    usual = normal.oldest_s if normal else 0.0
    return (signals.oldest_s or 0.0) < max(RECOVERED_SHARE * lane.promise_s, usual)


def _too_old(rule: str, age: float, threshold: float, lane: Lane, kind: Kind = "late") -> Finding:
    # An age grows by a second a second: what is far above the threshold crossed it long ago.
    return Finding(
        rule, kind, age, threshold, hold_s(lane.promise_s), held_s=max(0.0, age - threshold)
    )


def _clears_in_time(signals: Signals, lane: Lane, age: float) -> bool:
    """Tell whether what waits will be done well before anyone notices, at the speed of now."""
    if not signals.done_per_s or signals.waiting is None or age > 0.5 * lane.promise_s:
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
    return _too_old("straggler", signals.oldest_s, threshold, lane)


def repeated_failure(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find jobs that keep failing for one reason and do not recover."""
    worst = worst_reason(signals)
    if worst is None:
        return None
    few = is_few(signals, normal)
    usual = normal.failing if normal else 0.0
    threshold = max(1.0, usual) if few else max(3.0, usual + 2.0)
    if worst.jobs < threshold or worst.recovered_10m > 0.5 * worst.jobs:
        return None
    return Finding("failing", "failing", worst.jobs, threshold, hold_s(lane.promise_s))


def worst_reason(signals: Signals) -> FailingReason | None:
    """Return the reason for which most jobs keep failing."""
    return max(signals.failing, key=lambda reason: reason.jobs, default=None)


def tried_too_often(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a job that has been tried more often than its lane allows."""
    del normal
    most = most_tried(signals)
    if lane.max_attempts is None or most is None or most.attempts <= lane.max_attempts:
        return None
    hold = hold_s(lane.promise_s)
    return Finding("attempts", "failing", most.attempts, lane.max_attempts, hold)


def retried_too_long(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a job that has been tried again and again for longer than its lane allows."""
    del normal
    if lane.max_retry_age_s is None:
        return None
    since = [one.retried_since for one in signals.failing if one.retried_since is not None]
    age = signals.now - min(since, default=signals.now)
    if age <= lane.max_retry_age_s:
        return None
    return _too_old("retry_age", age, lane.max_retry_age_s, lane, kind="failing")


def most_tried(signals: Signals) -> FailingReason | None:
    """Return the reason that holds the job with most attempts."""
    return max(signals.failing, key=lambda reason: reason.attempts, default=None)


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
    found = _too_old("running", running, threshold, lane)
    return replace(found, sure=others_wait or is_few(signals, normal))


def killer_job(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a job whose worker died under it at least twice."""
    del normal
    if signals.poison is None or signals.poison.more is None:
        return None
    losses = signals.poison.more.losses
    return Finding("poison", "failing", losses, 2.0, hold_s(lane.promise_s))


def workers_gone(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find work that waits while nobody takes it, outside the minutes after a deploy."""
    if signals.workers != 0 or not (signals.unfinished or signals.waiting):
        return None
    if signals.deploy is not None and signals.now - signals.deploy[0] < DEPLOY_MUTE_S:
        return None
    if normal is None and (signals.oldest_s or 0.0) < 0.2 * lane.promise_s:
        return None
    return Finding("workers", "late", 0.0, 1.0, hold_s(lane.promise_s))


def silence(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a producer that fell silent: at this hour no arrival for so long is implausible."""
    del lane
    gap = signals.gap_s
    if gap is None or gap < SILENT_MIN_S or signals.recent_arrivals_h is None:
        return None
    if normal is None or not normal.alike:
        rate, needed = signals.recent_arrivals_h, COLD_SILENT_EXPECTED
        if gap > COLD_SILENT_MAX_S:
            return None
    else:
        low = normal.arrivals_low_h * normal.share
        rate, needed = min(low, signals.recent_arrivals_h), SILENT_EXPECTED
    expected = rate * gap / 3600.0
    if expected <= needed:
        return None
    return Finding("silence", "late", gap, needed, 0.0, sure=expected > SILENT_SURE * needed)


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


def schedule_missed(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find declared work that did not arrive after its time; a batch counts by its usual size.

    It stays missing until it comes.
    """
    due = signals.schedule_due_at
    if due is None or signals.arrived_since_due is None:
        return None
    grace = min(SCHEDULE_GRACE_S, 0.2 * lane.promise_s)
    late = signals.now - due
    if late < grace or (late > SCHEDULE_LOOK_S and not signals.schedule_missed):
        return None
    usual = normal.due_hour_low if normal and normal.alike else 0.0
    needed = max(1.0, SHORTFALL_SHARE * usual)
    if signals.arrived_since_due >= needed:
        return None
    return Finding("schedule", "late", late, grace, 0.0, sure=normal is not None)


def outcome_missing(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find work that ends without its result: an upstream goes on, this lane does not follow."""
    del normal
    began, done = signals.upstream, signals.followed
    if lane.expects is None or not began or done is None:
        return None
    # So few would come about once in ten thousand times if all were well.
    most = done + OUTCOME_SIGMAS * (done + 1.0) ** 0.5 + OUTCOME_MARGIN
    expected = OUTCOME_SHARE * lane.expects.ratio * began
    if most >= expected:
        return None
    return Finding("outcome", "late", done, began, hold_s(lane.promise_s))


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


def not_promoted(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find scheduled jobs whose time has come and that nobody moves to the queue."""
    del normal
    if not signals.overdue_scheduled or signals.scheduler_alive is not False:
        return None
    return Finding("scheduler", "late", signals.overdue_scheduled, 0.0, hold_s(lane.promise_s))


def broker_full(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a broker that refuses new jobs, until there is clearly room again."""
    del normal
    full = signals.redis_full
    if full is None or not (full.refuses or ("full" in signals.firing and not full.evicts)):
        return None
    return Finding("full", "late", full.used, full.limit, hold_s(lane.promise_s))


def cannot_see(now: float, blind_since: float) -> Finding:
    """Return the finding that nothing of a lane is measured any more."""
    blind = max(0.0, now - blind_since)
    return Finding("blind", "blind", blind, 0.0, BLIND_HOLD_S, sure=False)


RULES: tuple[Callable[[Signals, Normal | None, Lane], Finding | None], ...] = (
    rising_age,
    repeated_failure,
    killer_job,
    tried_too_often,
    retried_too_long,
    workers_gone,
    long_runner,
    straggler,
    not_promoted,
    silence,
    shortfall,
    schedule_missed,
    outcome_missing,
    vanishing,
    thrown_away,
    broker_full,
)
