"""The page behind the link of a message: it shows the problem, and acts only when asked to."""

import asyncio
from typing import Any

from litestar import Request, Router, get, post
from litestar.params import FromPath
from litestar.response import Response

from tailback.core import wording_alerts
from tailback.server.access import OPEN
from tailback.server.api import NO_STORE
from tailback.server.episodes_api import acknowledge
from tailback.server.links import AckLink, read_ack
from tailback.server.render import page
from tailback.server.services import Services, services_of
from tailback.server.show import name_of
from tailback.store.alerts import SavedEpisode

HTML = "text/html"


@get("/ack/{signed:str}", opt=OPEN, include_in_schema=False)
async def show(request: Request[Any, Any, Any], signed: FromPath[str]) -> Response[str]:
    """Show the problem and a button: what opens links by itself must change nothing."""
    services = services_of(request)
    link = _link(services, signed)
    row = await _episode(services, link)
    if link is None or row is None:
        return _void()
    if row.state == "resolved":
        return _said(wording_alerts.over_already(), row.message)
    text = wording_alerts.ack_question(link.person, row.acknowledged_by)
    html = _page(row.message, text, signed)
    return Response(html, media_type=HTML, headers=NO_STORE)


@post("/ack/{signed:str}", opt=OPEN, status_code=200, include_in_schema=False)
async def act(request: Request[Any, Any, Any], signed: FromPath[str]) -> Response[str]:
    """Acknowledge as the person whom the link was sent to."""
    services = services_of(request)
    link = _link(services, signed)
    if link is None:
        return _void()
    origin = request.client.host if request.client else None
    row = await acknowledge(services, link.episode, link.person, origin)
    if row is None:
        return _said(wording_alerts.over_already(), "")
    return _said(wording_alerts.taken_over(link.person, name_of(services, row.lane)), row.message)


def _link(services: Services, signed: str) -> AckLink | None:
    return read_ack(services.store.meta.signing_secret(), signed, services.now())


async def _episode(services: Services, link: AckLink | None) -> SavedEpisode | None:
    if link is None:
        return None
    return await asyncio.to_thread(services.store.episodes.get, link.episode)


def _page(heading: str, text: str, signed: str | None = None) -> str:
    button = wording_alerts.ACKNOWLEDGE
    return page("ack.html", "UTC", heading=heading, text=text, button=button, signed=signed)


def _void() -> Response[str]:
    html = _page(wording_alerts.link_is_void(), "")
    return Response(html, status_code=403, media_type=HTML, headers=NO_STORE)


def _said(heading: str, text: str) -> Response[str]:
    return Response(_page(heading, text), media_type=HTML, headers=NO_STORE)


ack_router = Router("/", route_handlers=[show, act])
