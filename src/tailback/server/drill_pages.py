"""The page of drills: which alerts are proven, how the latest drills went, and starting one."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from litestar import Request, Router, get, post
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Response

from tailback.core.drill import PREFIX, is_proven
from tailback.core.wording_drills import unproven
from tailback.server.api import NO_STORE, lane_or_404
from tailback.server.episodes_api import NEWEST
from tailback.server.loops.drill import DrillError
from tailback.server.services import Services, principal_of, services_of
from tailback.server.show import show
from tailback.store.alerts import Line, SavedEpisode

LOOKED_THROUGH = 500
SHOWN = 20
_READ = {"scope": "read"}
_OPERATE = {"scope": "operate", "role": ("operator", "admin")}


@dataclass(frozen=True, slots=True)
class Run:
    """One drill with what happened, in order."""

    row: SavedEpisode
    timeline: list[Line]


@get("/drills", opt=_READ, include_in_schema=False)
async def drills(request: Request[Any, Any, Any]) -> Response[str]:
    """Show for every lane that tells somebody when that was last proven."""
    services = services_of(request)
    now = services.now()
    rows = [(row.view, row.name) for row in services.hub.board.rows if row.view.owner]
    return show(
        request,
        "drills.html",
        lanes=[
            (view, name, None if is_proven(view.drilled_at, now) else unproven(view.drilled_at))
            for view, name in rows
        ],
        prefix=PREFIX,
        runs=await asyncio.to_thread(_latest, services),
    )


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


def _latest(services: Services) -> list[Run]:
    store = services.store.episodes
    found = [r for r in store.newest(LOOKED_THROUGH, before=NEWEST) if r.lane.startswith(PREFIX)]
    return [Run(row, store.timeline(row.id)) for row in found[:SHOWN]]


drill_pages_router = Router("/", route_handlers=[drills, start])
