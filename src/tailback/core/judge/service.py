"""Rules about those who serve a lane: workers, the scheduler, the broker."""

from tailback.core.judge.baseline import Normal
from tailback.core.judge.finding import Finding, hold_s
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane

DEPLOY_MUTE_S = 300.0
# Workers that are replaced are back sooner.
WITHOUT_WORKERS_S = 150.0


def workers_gone(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find work that waits while nobody takes it, outside the minutes after a deploy."""
    del normal
    if signals.workers != 0 or not (signals.unfinished or signals.waiting):
        return None
    if signals.deploy is not None and signals.now - signals.deploy[0] < DEPLOY_MUTE_S:
        return None
    hold = min(WITHOUT_WORKERS_S, 0.2 * lane.promise_s)
    since = signals.workers_silent_since
    waited = 0.0 if since is None else min(signals.now - since, signals.oldest_s or 0.0)
    return Finding("workers", "late", 0.0, 1.0, hold, held_s=waited)


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
