"""Quiet times on the pages of lanes and problems: what is quiet, and making it so."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Router, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Redirect, Response

from tailback.server.api import NO_STORE, lane_or_404
from tailback.server.config.values import duration_s
from tailback.server.episodes_api import end_quiet, keep_quiet
from tailback.server.services import Services, principal_of, services_of
from tailback.store.alerts import SavedSilence

LENGTHS = {
    "30m": "30 min",
    "1h": "1 hour",
    "2h": "2 hours",
    "8h": "8 hours",
    "1d": "1 day",
    "7d": "1 week",
}
MAX_REASON_CHARS = 2_000
_OPERATE = {"scope": "operate", "role": ("operator", "admin")}


@post("/lanes/{lane:str}/silence", opt=_OPERATE, status_code=303, include_in_schema=False)
async def silence(request: Request[Any, Any, Any], lane: FromPath[str]) -> Response[Any]:
    """Make a lane quiet from now on, for one of some lengths."""
    services = services_of(request)
    lane_or_404(request, lane)
    form = await request.form()
    length = str(form.get("for", ""))
    if length not in LENGTHS:
        raise HTTPException(detail="Choose for how long.", status_code=400)
    now = services.now()
    wanted = SavedSilence(
        id=0,
        lane=lane,
        starts_at=now,
        ends_at=now + duration_s(length),
        reason=str(form.get("reason", "")).strip()[:MAX_REASON_CHARS],
        by=principal_of(request).person or "",
        created_at=now,
    )
    await keep_quiet(services, wanted, request.client.host if request.client else None)
    return _back(f"/lanes/{quote(lane, safe='')}#quiet")


@post("/lanes/{lane:str}/silence/end", opt=_OPERATE, status_code=303, include_in_schema=False)
async def end_silence(request: Request[Any, Any, Any], lane: FromPath[str]) -> Response[Any]:
    """End a quiet time of a lane now."""
    number = str((await request.form()).get("silence", ""))
    await end_quiet(services_of(request), number, principal_of(request).person or "")
    return _back(f"/lanes/{quote(lane, safe='')}#quiet")


def quiet_of(services: Services, lane: str) -> list[SavedSilence]:
    """Return the quiet times of a lane that have not ended; those of the file have the id 0."""
    now = services.now()
    planned = [
        SavedSilence(
            0, lane, item.starts_at or 0.0, item.until, item.reason or "", "the file", 0.0
        )
        for item in services.config.silences
        if item.lane == lane and item.until > now
    ]
    asked = [item for item in services.store.silences.current(now) if item.lane == lane]
    return planned + asked


def _back(where: str) -> Response[Any]:
    return Redirect(where, status_code=303, headers=NO_STORE)


quiet_router = Router("/", route_handlers=[silence, end_silence])
