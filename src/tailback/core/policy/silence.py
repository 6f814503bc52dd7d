"""Planned quiet times: an episode goes on in them, but nobody is told until they end."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """One lane is quiet in [starts_at, ends_at), Unix seconds."""

    lane: str
    starts_at: float
    ends_at: float


def silenced_until(silences: Iterable[Quiet], lane: str, now: float) -> float | None:
    """Return when the lane stops being quiet, None when it is not quiet now.

    Silences that follow each other without a gap are one.
    """
    own = sorted((q for q in silences if q.lane == lane), key=lambda quiet: quiet.starts_at)
    until = None
    for quiet in own:
        if quiet.starts_at <= (now if until is None else until) and quiet.ends_at > now:
            until = max(quiet.ends_at, until or 0.0)
    return until
