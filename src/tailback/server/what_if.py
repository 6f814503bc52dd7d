"""A problem again, with other promises: the kept events of its queue through the real chain."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tailback.core.model import Lane
from tailback.core.story import WhatIf, alerted_by_ages, earlier
from tailback.server.config import Config
from tailback.server.config.model import Server
from tailback.server.payload import decode
from tailback.server.replay import Line, Replay
from tailback.store.base import EventLog

BEFORE_S = 3600.0
ARRIVES_S = 60.0
MAX_EVENTS = 100_000
SHARES = (1.0, 0.5, 0.25)
_FIELDS = tuple(name for name in Line.__struct_fields__ if name not in ("alive", "name", "count"))


class TooManyError(Exception):
    """More events are kept than are replayed."""


def replayed(
    log: EventLog, lane: Lane, opened_at: float, time_zone: str
) -> tuple[WhatIf, ...] | None:
    """Return which shorter promises would have alerted earlier; None: no events are kept.

    Raises TooManyError.
    """
    lines = _lines(log, lane, opened_at)
    if not lines:
        return None
    alerts = []
    for share in SHARES:
        promise_s = lane.promise_s * share
        alerts.append((promise_s, _alert(lines, replace(lane, promise_s=promise_s), time_zone)))
    return earlier(alerts)


def by_ages(
    ages: Sequence[tuple[float, float | None]], promise_s: float, opened_at: float
) -> tuple[WhatIf, ...] | None:
    """Return the same by the oldest age of each minute before the alert; None: none is known."""
    if all(age_s is None for _, age_s in ages):
        return None
    shorter = [promise_s * share for share in SHARES[1:]]
    alerts = [(one, alerted_by_ages(ages, one)) for one in shorter]
    return earlier([(promise_s, opened_at), *alerts])


def _lines(log: EventLog, lane: Lane, opened_at: float) -> list[Any]:
    """Return the events of the lane's queue up to the alert."""
    since, lines = opened_at - BEFORE_S, []
    for _, batch in log.read(log.since(since)):
        if batch.received_at > opened_at + ARRIVES_S:
            break
        if batch.source != lane.source or batch.received_at < since:
            continue
        lines += [
            Line(**{name: getattr(event, name) for name in _FIELDS})
            for event in decode(batch.payload).events
            if event.queue == lane.queue and not event.drill
        ]
        if len(lines) > MAX_EVENTS:
            raise TooManyError
    return sorted(lines, key=lambda line: line.at)


def _alert(lines: list[Any], lane: Lane, time_zone: str) -> float | None:
    opened: list[float] = []

    def note(row: dict[str, Any]) -> None:
        if row["kind"] == "episode" and row["event"] == "opened" and row["lane"] == lane.key:
            opened.append(row["at"])

    config = Config(server=Server(time_zone=time_zone), lanes=(lane,))
    replay = Replay(config, note)
    replay.feed(lines)
    replay.finish(ARRIVES_S)
    # The latest one: trouble of an hour before was another problem.
    return opened[-1] if opened else None
