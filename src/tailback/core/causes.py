"""What several lanes suffer from together: one root cause is one alert.

Causes are ordered: what comes first explains what comes after it. A broker that is gone makes
workers silent and lanes late, never the other way round.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tailback.core.judge.signals import Signals
from tailback.core.judge.verdict import Judgement
from tailback.core.model import Lane

Kind = Literal["monitor", "broker", "full", "scheduler", "workers", "reason"]
PREFIX = "cause:"
ITSELF = "cause:monitor:itself"
"""Stands for a lane in the episode about Tailback itself, which is of no lanes."""
# In causal order, with how many lanes must share it before it is more than a lane's own trouble.
LEAST: dict[Kind, int] = {
    "monitor": 2, "broker": 2, "full": 2, "scheduler": 2, "workers": 2, "reason": 3,
}  # fmt: skip
# The verdicts of a lane that the cause explains.
EXPLAINS: dict[Kind, frozenset[str]] = {
    "monitor": frozenset({"cannot_see", "not_measured"}),
    "broker": frozenset({"cannot_see", "not_measured"}),
    "full": frozenset({"broker_full"}),
    "scheduler": frozenset({"not_promoted"}),
    "workers": frozenset({"workers_gone", "nobody_consumes"}),
    "reason": frozenset({"failing_repeatedly", "rate_limited"}),
}
BLINDING = frozenset({"monitor", "broker"})


@dataclass(frozen=True, slots=True)
class Cause:
    """What is broken; `scope` is a source, or the key of a reason, or "" for Tailback itself."""

    kind: Kind
    scope: str

    @property
    def key(self) -> str:
        """Return what stands for a lane in the episode of this cause."""
        return f"{PREFIX}{self.kind}:{self.scope}"

    def explains(self, verdict_cause: str) -> bool:
        """Tell whether a lane with this cause of its verdict may suffer from it."""
        return verdict_cause in EXPLAINS[self.kind]

    def covers(self, lane: Lane) -> bool:
        """Tell whether it explains whatever else happens to a lane: late after a blind time."""
        return self.kind == "monitor" or (self.kind == "broker" and lane.source == self.scope)


def cause_of(key: str) -> Cause:
    """Return the cause of an episode's key."""
    found, _, scope = key.removeprefix(PREFIX).partition(":")
    kind = next(kind for kind in LEAST if kind == found)
    return Cause(kind, scope)


def shared(lanes: Iterable[tuple[Lane, Judgement, Signals]]) -> dict[Cause, list[str]]:
    """Return the keys of the lanes under each cause that enough of them share, in causal order.

    A lane counts when it has the condition, whether it alerts already or not, so that the first
    alert of many is that of their cause.
    """
    found: dict[Cause, list[str]] = {}
    sources, seen = set(), False
    for lane, judgement, signals in lanes:
        sources.add(lane.source)
        seen = seen or not judgement.blind
        for cause in _conditions(lane, judgement, signals):
            found.setdefault(cause, []).append(lane.key)
    if len(sources) > 1 and not seen:
        found[Cause("monitor", "")] = [key for keys in found.values() for key in keys]
    order = list(LEAST)
    enough = [cause for cause, keys in found.items() if len(keys) >= LEAST[cause.kind]]
    enough.sort(key=lambda cause: order.index(cause.kind))
    return {cause: found[cause] for cause in enough}


def _conditions(lane: Lane, judgement: Judgement, signals: Signals) -> list[Cause]:
    if judgement.blind:
        return [Cause("broker", lane.source)]
    causes = []
    if signals.redis_full is not None and signals.redis_full.refuses:
        causes.append(Cause("full", lane.source))
    if signals.overdue_scheduled and signals.scheduler_alive is False:
        causes.append(Cause("scheduler", lane.source))
    nobody = signals.workers == 0 or judgement.verdict.cause == "nobody_consumes"
    if nobody and (signals.unfinished or signals.waiting):
        causes.append(Cause("workers", lane.source))
    if judgement.reason is not None:
        causes.append(Cause("reason", judgement.reason.reason))
    return causes
