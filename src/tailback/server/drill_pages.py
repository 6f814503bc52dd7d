"""The page of drills: which alerts are proven, how the latest drills went, and starting one."""

import asyncio
from typing import Any
from urllib.parse import quote

from litestar import Request, Router, get, post
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Response

from tailback.server.api import NO_STORE, lane_or_404
from tailback.server.drills import drills_of
from tailback.server.loops.drill import DrillError
from tailback.server.services import principal_of, services_of
from tailback.server.show import show

_READ = {"scope": "read"}
_OPERATE = {"scope": "operate", "role": ("operator", "admin")}


@get("/drills", opt=_READ, include_in_schema=False)
async def drills(request: Request[Any, Any, Any]) -> Response[str]:
    """Show for every lane that tells somebody when that was last proven."""
    known = await asyncio.to_thread(drills_of, services_of(request))
    return show(request, "drills.html", known=known)


@post("/drills", opt=_OPERATE, status_code=303, include_in_schema=False)
async def start(request: Request[Any, Any, Any]) -> Response[Any]:
    """Begin a drill of a lane and show how it goes."""
    services = services_of(request)
    key = str((await request.form()).get("lane", ""))
    lane_or_404(request, key)
    lane = next(lane for lane in services.lanes() if lane.key == key)
    now, by = services.now(), principal_of(request).person or ""
    await asyncio.to_thread(services.store.audit.add, by, "drill", key, now=now)
    try:
        number = await asyncio.to_thread(services.drills.begin, lane, "fail", by, now)
    except DrillError as error:
        raise HTTPException(detail=str(error), status_code=409) from error
    return Redirect(f"/episodes/{quote(number, safe='')}", status_code=303, headers=NO_STORE)


drill_pages_router = Router("/", route_handlers=[drills, start])
