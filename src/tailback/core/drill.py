"""A drill: a harmless problem that is pushed through the real path until a person answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

JOB = "tailback.drill"
LIVES_S = 600.0
PREFIX = "drill:"
SEEN_WITHIN_S = 120.0
SENT_WITHIN_S = 120.0
ANSWERED_WITHIN_S = 900.0
HANGS_AFTER_S = 5.0

Mode = Literal["fail", "hang"]
Link = Literal["worker", "channel", "answer"]
_FAILED = frozenset({"failed", "dead", "retrying"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How far a drill is: Unix seconds, None where it is not; a rule drill needs no worker."""

    mode: Mode
    enqueued_at: float | None
    told_at: float | None = None
    sent_at: float | None = None


def noticed(mode: Mode, events: Iterable[tuple[str, float]], now: float) -> bool:
    """Tell whether the hook in a real worker has reported the trouble: (kind, at) per event."""
    known = list(events)
    if mode == "fail":
        return any(kind in _FAILED for kind, _at in known)
    begun = [at for kind, at in known if kind == "started"]
    return bool(begun) and now - min(begun) >= HANGS_AFTER_S


def broken_link(stand: Stand, now: float) -> Link | None:
    """Return the link of the chain that took too long, None while none has."""
    if stand.told_at is None:
        begun = stand.enqueued_at
        return "worker" if begun is not None and now - begun > SEEN_WITHIN_S else None
    if stand.sent_at is None:
        return "channel" if now - stand.told_at > SENT_WITHIN_S else None
    return "answer" if now - stand.sent_at > ANSWERED_WITHIN_S else None
