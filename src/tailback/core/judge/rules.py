"""The rules: each looks at one lane at one moment and returns a finding or nothing."""

from collections.abc import Callable

from tailback.core.judge.absence import (
    outcome_missing,
    shortfall,
    silence,
    silent_type,
    thrown_away,
    vanishing,
)
from tailback.core.judge.baseline import Normal
from tailback.core.judge.finding import Finding
from tailback.core.judge.lateness import long_runner, rising_age, straggler
from tailback.core.judge.retries import (
    killer_job,
    repeated_failure,
    retried_too_long,
    tried_too_often,
)
from tailback.core.judge.scheduled import run_late, runs_overlap, schedule_missed
from tailback.core.judge.service import broker_full, not_promoted, workers_gone
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane

BLIND_HOLD_S = 120.0


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
    silent_type,
    shortfall,
    schedule_missed,
    run_late,
    runs_overlap,
    outcome_missing,
    vanishing,
    thrown_away,
    broker_full,
)
