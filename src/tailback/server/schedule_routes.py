"""The addresses where schedulers tell what they run by themselves, and where that is read."""

import asyncio
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post
from litestar.response import Response

from tailback.core.timetable import Timetable
from tailback.server.api import NO_STORE
from tailback.server.intake.lenient import load_body
from tailback.server.intake.limits import read_body, refuse
from tailback.server.intake.take import source_for
from tailback.server.schedules import MAX_ENTRIES, TooManyError
from tailback.server.services import principal_of, services_of

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
_Entries = Annotated[list[dict[str, Any]], msgspec.Meta(max_length=MAX_ENTRIES)]


class Schedule(msgspec.Struct):
    """Everything that one scheduler runs by itself; it replaces what was told of it before.

    `partial`: entries that are not due within the hour may be left out, and stay.
    """

    scheduler: _Name
    found_in: _Name
    entries: _Entries
    source: str | None = None
    partial: bool = False


@post("/api/v1/schedules", opt={"scope": "ingest"}, status_code=202, summary="Tell a schedule")
async def take_schedule(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Keep what a scheduler runs; an entry that is wrong never rejects the others."""
    services, principal = services_of(request), principal_of(request)
    with services.intake.admitted(principal.source or ""):
        body = await read_body(request)
    try:
        told = msgspec.convert(load_body(body), Schedule)
    except msgspec.ValidationError as error:
        raise refuse(400, f"The schedule cannot be read: {error}.") from error
    source = source_for(principal, told.source)
    entries, rejected = [], []
    for index, entry in enumerate(told.entries):
        try:
            entries.append(Timetable.read(entry, told.found_in))
        except ValueError as error:
            rejected.append({"index": index, "why": str(error)})
    take = partial(services.schedules.take, partial=told.partial)
    try:
        await asyncio.to_thread(take, source, told.scheduler, entries, services.now())
    except TooManyError as error:
        raise refuse(400, str(error)) from error
    return {"accepted": len(entries), "rejected": rejected}


@get("/api/v1/schedules", opt={"scope": "read"}, summary="What runs by itself")
async def schedules(request: Request[Any, Any, Any]) -> Response[Any]:
    """Answer every schedule that was found, and who told it."""
    body: Any = msgspec.json.encode({"schedules": services_of(request).schedules.all()})
    return Response(body, media_type="application/json", headers=NO_STORE)


schedules_router = Router("/", route_handlers=[take_schedule, schedules])
