"""The verdict, the cause and the sentence of scheduled runs and of heartbeats."""

from collections.abc import Callable, KeysView

from tailback.core import wording_runs as words
from tailback.core.judge.retries import worst_reason
from tailback.core.judge.runs import RunTrouble
from tailback.core.judge.scheduled import worst_run
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane, VerdictWord

# What else may be wrong while the first thing to say is that a run did not come.
BESIDE_MISSED = {
    *("schedule", "run_late", "overlap", "silence", "shortfall"),
    *("outcome", "vanished", "discarded"),
}
LONG = {"running", "overlap", "straggler"}

Said = tuple[VerdictWord, str, str]
Clock = Callable[[float], str] | None
Rules = KeysView[str]


def absent_run(signals: Signals, lane: Lane, rules: Rules, clock: Clock) -> Said | None:
    """Name a run that did not come or that told of its failure."""
    trouble, worst = worst_run("missed", signals), worst_reason(signals)
    if "schedule" in rules and trouble is not None and rules <= BESIDE_MISSED:
        return "missing", "schedule_missed", words.missed(trouble, clock, lane)
    if lane.pinged and "failing" in rules and worst is not None and worst.dead:
        return "stuck", "run_failed", words.failed(worst, clock, lane)
    return None


def present_run(signals: Signals, lane: Lane, rules: Rules, clock: Clock) -> Said | None:
    """Name a run that came late, meets the next one, or never told its end."""
    if signals.waiting:
        return None
    overlap, late = worst_run("overlap", signals), worst_run("late", signals)
    if "overlap" in rules and overlap is not None and not _is_past(overlap, signals.now):
        return "slow", "runs_overlap", words.overlap(overlap, clock, lane)
    running, quiet = signals.longest_running_s, not signals.completed_10m
    if signals.by_schedule and running is not None and quiet and rules & LONG:
        began = signals.now - running
        return "stuck", "run_silent", words.silent(began, signals.now, clock, lane)
    if "run_late" in rules and late is not None:
        return "slow", "started_late", words.late(late, clock, lane)
    return None


def _is_past(overlap: RunTrouble, now: float) -> bool:
    """Tell whether the run after the next is due as well: this is more than an overlap."""
    return now >= 2 * overlap.at - overlap.due_at
