"""Numbers of which some are unknown: what is known decides, None only when nothing is."""

from collections.abc import Iterable


def latest(times: Iterable[float | None]) -> float | None:
    return max((time for time in times if time is not None), default=None)


def older(one: float | None, other: float | None) -> float | None:
    return min((time for time in (one, other) if time is not None), default=None)
