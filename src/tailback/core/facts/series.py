"""What happened in a lane minute by minute, up to the present, incomplete one."""

from dataclasses import dataclass

from tailback.core.facts.sight import Sight
from tailback.core.facts.unknown import latest
from tailback.core.rollups import MINUTE_S

SERIES_MINUTES = 90
HOUR_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Done:
    """What finished: per minute, in the last minutes, and for how long a counter was watched."""

    series: tuple[int | None, ...] | None
    last_5m: int | None
    last_10m: int | None
    least_5m: int
    least_10m: int
    watched_s: float | None


def series_of(sight: Sight, name: str, minutes: int = SERIES_MINUTES) -> tuple[int, ...] | None:
    """Return how often something happened in each minute, None while hooks are not heard."""
    if not sight.hooked:
        return None
    first = sight.last_minute - (minutes - 1) * MINUTE_S
    columns = [part.count_minutes(name, first, sight.last_minute) for part in sight.parts]
    if len(columns) == 1:
        return tuple(columns[0])
    return tuple(map(sum, zip(*columns, strict=True))) if columns else (0,) * minutes


def done_of(sight: Sight) -> Done:
    """Return what finished, by a counter of the broker where hooks know nothing better."""
    if sight.counted is not None:
        first = sight.last_minute - (SERIES_MINUTES - 1) * MINUTE_S
        return Done(
            sight.counted.series(first, sight.last_minute),
            sight.counted.done_in(sight.now, 300.0),
            sight.counted.done_in(sight.now, 600.0),
            sight.counted.done_at_least(sight.now, 300.0),
            sight.counted.done_at_least(sight.now, 600.0),
            sight.counted.watched_s(sight.now),
        )
    series = series_of(sight, "completed")
    if series is None:
        return Done(None, None, None, 0, 0, None)
    last_5m, last_10m = sum(series[-5:]), sum(series[-10:])
    return Done(series, last_5m, last_10m, last_5m, last_10m, None)


def last_success_of(sight: Sight) -> tuple[float | None, float | None]:
    """Return after when and until when the last success was."""
    mine = latest(part.last_success_at for part in sight.parts)
    if sight.readings is None or sight.lane.jobs or sight.readings.counted.between is None:
        return mine, mine
    after, until = sight.readings.counted.between
    return (mine, mine) if mine is not None and mine >= after else (after, until)


def last_hour(series: tuple[int, ...] | None) -> int | None:
    return None if series is None else sum(series[-HOUR_MINUTES:])
