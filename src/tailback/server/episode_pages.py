"""The pages of problems: the list, and one with all that happened and whom it was told."""

import asyncio
from typing import Any

from litestar import Request, Router, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Response

from tailback.core import wording_complaints
from tailback.core.causes import PREFIX
from tailback.core.drill import PREFIX as DRILLS
from tailback.server.api import NO_STORE
from tailback.server.episodes_api import NEWEST, acknowledge
from tailback.server.leads import lead_before
from tailback.server.quiet_pages import LENGTHS, quiet_of
from tailback.server.services import principal_of, services_of
from tailback.server.show import name_of, show

SHOWN = 100
_READ = {"scope": "read"}
_OPERATE = {"scope": "operate"}


@get("/episodes", opt=_READ, include_in_schema=False)
async def episodes(request: Request[Any, Any, Any]) -> Response[str]:
    """Show problems, those that go on first."""
    services = services_of(request)
    found = await asyncio.to_thread(services.store.episodes.newest, SHOWN, before=NEWEST)
    found = [row for row in found if not row.lane.startswith(DRILLS)]
    return show(
        request,
        "episodes.html",
        going=[row for row in found if row.state != "resolved"],
        over=[row for row in found if row.state == "resolved"],
    )


@get("/episodes/{episode:str}", opt=_READ, include_in_schema=False)
async def episode(request: Request[Any, Any, Any], episode: FromPath[str]) -> Response[str]:
    """Show one problem: the text, what happened, whom it was told."""
    services = services_of(request)
    store = services.store
    row = await asyncio.to_thread(store.episodes.get, episode)
    if row is None:
        raise NotFoundException("This problem is not known.")
    lead, complaints = await asyncio.to_thread(lead_before, store, row)
    return show(
        request,
        "episode.html",
        row=row,
        timeline=await asyncio.to_thread(store.episodes.timeline, episode),
        messages=await asyncio.to_thread(store.outbox.of, episode),
        children=await asyncio.to_thread(store.episodes.children, episode),
        shared=row.lane.startswith(PREFIX),
        name=name_of(services, row.lane),
        complaints=complaints,
        lead=None if lead is None else wording_complaints.lead(lead.lead_s),
        key=row.lane,
        quiet=await asyncio.to_thread(quiet_of, services, row.lane),
        lengths=LENGTHS,
    )


@post("/episodes/{episode:str}/ack", opt=_OPERATE, status_code=303, include_in_schema=False)
async def ack(request: Request[Any, Any, Any], episode: FromPath[str]) -> Response[Any]:
    """Acknowledge as the signed-in person."""
    who = principal_of(request)
    origin = request.client.host if request.client else None
    row = await acknowledge(services_of(request), episode, who.person or "a token", origin)
    if row is None:
        raise NotFoundException("This problem is over or not known.")
    return Redirect(f"/episodes/{row.id}", status_code=303, headers=NO_STORE)


episode_pages_router = Router("/", route_handlers=[episodes, episode, ack])
