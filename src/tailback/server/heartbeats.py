"""Scheduled work that reports by `/ping/<token>`: each run becomes a job of its lane.

So a run has an age, a duration and an end like any other job, and what judges jobs judges it too:
a missed time, a run that takes too long, a run that failed.
"""

import asyncio
import hmac
from typing import Any, Literal

from tailback.core import wording
from tailback.core.ledger import Ledger
from tailback.core.model import Lane
from tailback.server.payload import WireEvent
from tailback.server.services import Services

Ping = Literal["ok", "start", "fail"]
ERROR_TYPE = "HeartbeatFailed"


def lane_of(services: Services, token: str) -> Lane | None:
    """Return the lane that reports under a token; every known token is compared in equal time."""
    given, found = token.encode("utf-8", "replace"), None
    for beat in services.config.heartbeats:
        if hmac.compare_digest(beat.token.encode(), given):
            found = beat.lane
    return next((lane for lane in services.lanes() if lane.key == found), None)


async def take_ping(services: Services, lane: Lane, ping: Ping) -> None:
    """Make the ping durable as events of the lane's run; overlapping runs are one."""
    now = services.now()
    run = f"heartbeat:{lane.key}"
    going_on = await asyncio.wrap_future(
        services.engine.ask(lambda ledger: _runs(ledger, lane.source, run))
    )
    events = [] if going_on else [_event("enqueued", lane, run, now)]
    if ping == "start" or not going_on:
        events.append(_event("started", lane, run, now))
    if ping == "ok":
        events.append(_event("succeeded", lane, run, now))
    elif ping == "fail":
        error = {"type": ERROR_TYPE, "message": wording.heartbeat_failed(lane.name)}
        events.append(_event("dead", lane, run, now, error=error))
    await services.intake.append_own(lane.source, events, now)


def _event(kind: str, lane: Lane, run: str, at: float, **more: Any) -> Any:
    job = lane.jobs[0] if lane.jobs else None
    return WireEvent(kind=kind, at=at, id=run, queue=lane.queue, job=job, **more)


def _runs(ledger: Ledger, source: str, run: str) -> bool:
    """Tell whether a run has begun and not ended."""
    job = ledger.job(source, run)
    return job is not None and job.state == "running"
