"""Rules about jobs that are tried again and again and do not recover."""

from tailback.core.judge.baseline import Normal
from tailback.core.judge.failing import FailingReason
from tailback.core.judge.finding import Finding, hold_s, too_old
from tailback.core.judge.lateness import is_few
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane


def worst_reason(signals: Signals) -> FailingReason | None:
    """Return the reason for which most jobs keep failing."""
    return max(signals.failing, key=lambda reason: reason.jobs, default=None)


def most_tried(signals: Signals) -> FailingReason | None:
    """Return the reason that holds the job with most attempts."""
    return max(signals.failing, key=lambda reason: reason.attempts, default=None)


def repeated_failure(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find jobs that keep failing for one reason and do not recover."""
    worst = worst_reason(signals)
    if worst is None:
        return None
    few = lane.pinged or is_few(signals, normal)
    usual = normal.failing if normal else 0.0
    threshold = max(1.0, usual) if few else max(3.0, usual + 2.0)
    if worst.jobs < threshold or worst.recovered_10m > 0.5 * worst.jobs:
        return None
    return Finding("failing", "failing", worst.jobs, threshold, hold_s(lane.promise_s))


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
    return too_old("retry_age", age, lane.max_retry_age_s, lane, kind="failing")


def killer_job(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a job whose worker died under it at least twice."""
    del normal
    if signals.poison is None or signals.poison.more is None:
        return None
    losses = signals.poison.more.losses
    return Finding("poison", "failing", losses, 2.0, hold_s(lane.promise_s))
