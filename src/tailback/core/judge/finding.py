"""What a rule finds: one thing that is wrong with a lane, and for how long it must hold."""

from dataclasses import dataclass
from typing import Literal

from tailback.core.model import Lane

Kind = Literal["late", "failing", "blind"]
LONGEST_HOLD_S = 60.0


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


def too_old(rule: str, age: float, threshold: float, lane: Lane, kind: Kind = "late") -> Finding:
    """Return the finding that something is older than it may be, seconds."""
    # An age grows by a second a second: what is far above the threshold crossed it long ago.
    return Finding(
        rule, kind, age, threshold, hold_s(lane.promise_s), held_s=max(0.0, age - threshold)
    )
