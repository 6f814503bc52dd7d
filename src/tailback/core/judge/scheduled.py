"""Rules about scheduled runs: one that did not come, came late, or meets the next one."""

from tailback.core.judge.absence import SHORTFALL_SHARE
from tailback.core.judge.baseline import Normal
from tailback.core.judge.finding import Finding, hold_s
from tailback.core.judge.runs import RunTrouble, grace_s
from tailback.core.judge.signals import Signals
from tailback.core.model import Lane

# A scheduled run that takes no longer than so many times the mean of this hour is a usual one.
USUAL_TIMES = 1.5


def schedule_missed(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find scheduled work that did not arrive at its time; it stays missing until it comes."""
    trouble = worst_run("missed", signals)
    if trouble is None:
        return None
    late, grace = signals.now - trouble.due_at, grace_s(lane.promise_s)
    return Finding("schedule", "late", late, grace, 0.0, sure=normal is not None)


def run_late(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a scheduled run that came late, as long as it goes on."""
    del normal
    trouble = worst_run("late", signals)
    if trouble is None:
        return None
    late, grace = trouble.at - trouble.due_at, grace_s(lane.promise_s)
    return Finding("run_late", "late", late, grace, 0.0, sure=False)


def runs_overlap(signals: Signals, normal: Normal | None, lane: Lane) -> Finding | None:
    """Find a scheduled run that goes on, longer than on a normal day, when the next is due."""
    trouble = worst_run("overlap", signals)
    if trouble is None:
        return None
    running, usual = signals.now - trouble.due_at, 0.0
    if normal is not None:
        usual = max(normal.running_s, USUAL_TIMES * (normal.run_mean_s or 0.0))
    if running <= usual:
        return None
    return Finding("overlap", "late", running, usual, hold_s(lane.promise_s), sure=False)


def worst_run(kind: str, signals: Signals) -> RunTrouble | None:
    """Return the oldest trouble of this kind with scheduled runs."""
    found = [one for one in signals.runs if one.kind == kind]
    return min(found, key=lambda one: one.due_at, default=None)


def needed_of(normal: Normal | None) -> float:
    """Return how many jobs make a declared run: a batch counts by its usual size."""
    usual = normal.due_hour_low if normal and normal.alike else 0.0
    return max(1.0, SHORTFALL_SHARE * usual)
