"""Drills over HTTP: which alerts are proven, beginning one, and how it goes."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Router, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody

from tailback.core.drill import Mode
from tailback.server.drills import Drills, drills_of
from tailback.server.episodes_api import TOKEN, lane_named, whole
from tailback.server.loops.drill import DrillError
from tailback.server.services import principal_of, services_of

_READ = {"scope": "read"}
_OPERATE = {"scope": "operate"}


class DrillBody(msgspec.Struct):
    """Which lane, and what the harmless job does."""

    lane: str
    mode: Mode = "fail"
    by: str | None = None


@get("/api/v1/drills", opt=_READ, summary="Which alerts are proven")
async def drills(request: Request[Any, Any, Any]) -> Drills:
    """Answer when the alert of each lane with an owner was last proven, and the latest drills."""
    return await asyncio.to_thread(drills_of, services_of(request))


@post("/api/v1/drills", opt=_OPERATE, status_code=201, summary="Prove that an alert arrives")
async def drill(request: Request[Any, Any, Any], data: JSONBody[DrillBody]) -> dict[str, Any]:
    """Begin a drill; how it goes is the timeline of the episode it answers with."""
    services = services_of(request)
    lane = lane_named(services, data.lane)
    now, by = services.now(), principal_of(request).person or data.by or TOKEN
    await asyncio.to_thread(services.store.audit.add, by, "drill", lane.key, now=now)
    try:
        number = await asyncio.to_thread(services.drills.begin, lane, data.mode, by, now)
    except DrillError as error:
        raise HTTPException(detail=str(error), status_code=409) from error
    return {"id": number, "lane": lane.key}


@get("/api/v1/drills/{number:str}", opt=_OPERATE, summary="How a drill goes")
async def drill_state(request: Request[Any, Any, Any], number: FromPath[str]) -> dict[str, Any]:
    """Answer as for an episode; it is over when `state` is resolved."""
    return await whole(services_of(request), number)


drill_router = Router("/", route_handlers=[drills, drill, drill_state])
