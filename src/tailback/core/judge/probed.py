"""What a probe knows of a lane, as far as the rules read it."""

from tailback.core.facts import LaneFacts
from tailback.core.judge.signals import Signals
from tailback.core.redis_memory import noted

LONGEST_LOOK_S = 300.0
# A counter that was watched for less than this tells nothing about a standstill.
WATCHED_ENOUGH_S = 30.0


def from_facts(signals: Signals, facts: LaneFacts) -> Signals:
    """Let the probe's knowledge, which `facts` holds, stand where the ledger knows less."""
    _age_by_probe(signals, facts)
    signals.waiting, signals.running = facts.waiting, facts.running
    signals.retrying, signals.workers = facts.retrying, facts.workers
    signals.overdue_scheduled = facts.overdue_scheduled
    signals.paused, signals.scheduler_alive = facts.paused, facts.scheduler_alive
    signals.vanished = facts.vanished
    signals.redis_full = noted(facts.notes)
    signals.counts_arrivals = facts.arrivals is not None
    signals.last_success_at = facts.last_success_at
    if not signals.counts_arrivals:
        _count_by_probe(signals, facts)
        # What an application that fell silent said last is not the present.
        signals.failing, signals.poison, signals.job_types = (), None, ()
        signals.oldest_tenants = ()
        signals.longest_running_s = signals.gap_s = None
    return signals


def _age_by_probe(signals: Signals, facts: LaneFacts) -> None:
    told_s, due = signals.oldest_s, facts.oldest_due_at
    signals.oldest_s = signals.third_s = None
    if due is not None:
        third = facts.third_oldest_due_at
        signals.oldest_s = max(0.0, facts.now - due)
        signals.third_s = None if third is None else max(0.0, facts.now - third)
    elif not facts.oldest_known and facts.probe_fresh and (facts.waiting or facts.running):
        signals.unaged = True
        if facts.unmoved_since is not None:
            signals.oldest_s = max(0.0, facts.now - facts.unmoved_since)
    elif not facts.oldest_known:
        signals.blind_since = facts.measured_at if facts.measured_at is not None else 0.0
    if told_s is None or (signals.oldest_s or 0.0) > told_s + 1.0:
        # What only the probe knows of may wait as well as run.
        signals.oldest_idle_s, signals.third_idle_s = signals.oldest_s, signals.third_s


def _count_by_probe(signals: Signals, facts: LaneFacts) -> None:
    """Take what finished from a probe's counter, as far as it has been watched."""
    signals.watched_s = watched = facts.completions_watched_s
    signals.unchanged_since, signals.unmoved_since = facts.unchanged_since, facts.unmoved_since
    signals.counts_completions = watched is not None and watched >= WATCHED_ENOUGH_S
    signals.completed_5m = facts.completions_least_5m
    signals.done_per_s = facts.completions_least_5m / min(
        LONGEST_LOOK_S, watched or LONGEST_LOOK_S
    )
    signals.completed_10m = facts.completions_least_10m
