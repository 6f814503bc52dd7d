"""Scheduled work that reports by `/ping/<token>`: each run becomes a job of its lane.

So a run has an age, a duration and an end like any other job, and what judges jobs judges it too:
a missed time, a run that takes too long, a run that failed.
"""

import asyncio
import hmac
from typing import Any, Literal

from tailback.core.heartbeats import begin, failure_of
from tailback.core.ledger import Ledger
from tailback.core.model import Lane
from tailback.server.payload import WireEvent
from tailback.server.services import Services

Ping = Literal["ok", "start", "fail"]
END_NOT_TOLD = "its end was never told"


def lane_of(services: Services, token: str) -> Lane | None:
    """Return the lane that reports under a token; every known token is compared in equal time."""
    given, found = token.encode("utf-8", "replace"), None
    for beat in services.config.heartbeats:
        if hmac.compare_digest(beat.token.encode(), given):
            found = beat.lane
    return next((lane for lane in services.lanes() if lane.key == found), None)


async def take_ping(services: Services, lane: Lane, ping: Ping, output: str = "") -> None:
    """Make the ping durable as events of the lane's run; `output` says why it failed.

    A start before the end of the run before begins a second one, so that the overlap is seen. An
    end ends both: it is that of the later one, and the other never told its own.
    """
    now = services.now()
    runs = (f"heartbeat:{lane.key}", f"heartbeat:{lane.key}:2")
    states = await asyncio.wrap_future(
        services.engine.ask(lambda ledger: {run: _state(ledger, lane.source, run) for run in runs})
    )
    going = [run for run in runs if states[run] == "running"]
    events: list[Any] = []
    if ping == "start" or not going:
        run = begin(states)
        if run is not None:
            events += [_event(kind, lane, run, now) for kind in ("enqueued", "started")]
            going = [run]
    if ping != "start":
        *earlier, latest = going
        events += [_event("discarded", lane, run, now, why=END_NOT_TOLD) for run in earlier]
        if ping == "ok":
            events.append(_event("succeeded", lane, latest, now))
        else:
            error = failure_of(lane.name, output)
            events.append(_event("dead", lane, latest, now, error=error))
    if events:
        await services.intake.append_own(lane.source, events, now)


def _event(kind: str, lane: Lane, run: str, at: float, **more: Any) -> Any:
    job = lane.jobs[0] if lane.jobs else None
    return WireEvent(kind=kind, at=at, id=run, queue=lane.queue, job=job, **more)


def _state(ledger: Ledger, source: str, run: str) -> str | None:
    job = ledger.job(source, run)
    return None if job is None else job.state
