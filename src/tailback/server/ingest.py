"""The addresses that take data in: events, readings, deploys, outcomes and pings."""

import asyncio
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Router, get, post, route
from litestar.enums import HttpMethod
from litestar.params import FromPath
from litestar.response import Response
from litestar.types import Method

from tailback.core import fields
from tailback.core.alive import down, lacks
from tailback.core.text import clean_name
from tailback.server.access import OPEN
from tailback.server.heartbeats import Ping, lane_of, take_ping
from tailback.server.intake.lenient import load_body
from tailback.server.intake.limits import read_body, read_tail, refuse
from tailback.server.intake.readings import decode_readings
from tailback.server.intake.take import source_for
from tailback.server.services import principal_of, services_of

T = TypeVar("T")
_INGEST = {"scope": "ingest"}
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
_Moment = Annotated[float, msgspec.Meta(ge=fields.YEAR_2000, le=fields.YEAR_2100)]


class DeployMark(msgspec.Struct):
    """A release that began at `at` (Unix seconds; now when left out)."""

    release: _Name
    at: _Moment | None = None
    service: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


class OutcomeCount(msgspec.Struct):
    """How often a business outcome happened since the last report."""

    name: _Name
    at: _Moment | None = None
    count: Annotated[int, msgspec.Meta(ge=0, le=fields.MAX_COUNT)] = 1


class Accepted(msgspec.Struct):
    """How many items were kept, and by index which were not and why."""

    accepted: int
    rejected: list[dict[str, Any]]


@post("/api/v1/events", opt=_INGEST, status_code=202, summary="Send events of jobs")
async def take_events(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Take a batch; the answer comes after it is durable."""
    services = services_of(request)
    principal = principal_of(request)
    with services.intake.admitted(principal.source or ""):
        body = await read_body(request)
        kind = request.headers.get("content-type", "")
        return await services.intake.take(body, kind, principal, services.now())


@post("/api/v1/queues", opt=_INGEST, status_code=202, summary="Send readings of queues")
async def take_readings(request: Request[Any, Any, Any]) -> Accepted:
    """Take what a remote probe read."""
    services = services_of(request)
    principal = principal_of(request)
    with services.intake.admitted(principal.source or ""):
        body = await read_body(request)
        now = services.now()
        said, readings, rejected = await asyncio.to_thread(decode_readings, body, now)
    source = source_for(principal, said)
    services.readings.declare(source, None, probed=True)
    services.readings.looked(source, readings, now)
    return Accepted(len(readings), rejected)


@post("/api/v1/deploys", opt=_INGEST, status_code=202, summary="Mark a deploy")
async def take_deploy(request: Request[Any, Any, Any]) -> Accepted:
    """Note that a release was deployed."""
    services = services_of(request)
    mark = await _item(request, DeployMark)
    release = clean_name(mark.release, fields.NAME_CHARS)
    if not release:
        raise refuse(400, "release: must not be empty.")
    at = mark.at if mark.at is not None else services.now()
    service = clean_name(mark.service or "", fields.NAME_CHARS)
    await asyncio.to_thread(services.store.deploys.add, release, at=at, service=service)
    return Accepted(1, [])


@post("/api/v1/outcomes", opt=_INGEST, status_code=202, summary="Count a business outcome")
async def take_outcome(request: Request[Any, Any, Any]) -> Accepted:
    """Add to a business counter."""
    services = services_of(request)
    outcome = await _item(request, OutcomeCount)
    name = clean_name(outcome.name, fields.NAME_CHARS)
    if not name:
        raise refuse(400, "name: must not be empty.")
    services.intake.bound_outcome(name)
    at = outcome.at if outcome.at is not None else services.now()
    await asyncio.to_thread(services.store.outcomes.add, name, outcome.count, at=at)
    return Accepted(1, [])


async def _item(request: Request[Any, Any, Any], kind: type[T]) -> T:
    """Return the one thing that a small body says."""
    with services_of(request).intake.admitted(principal_of(request).source or ""):
        body = await read_body(request)
    try:
        return msgspec.convert(load_body(body), kind)
    except msgspec.ValidationError as error:
        raise refuse(400, f"The body cannot be read: {error}.") from error


async def _ping(request: Request[Any, Any, Any], token: str, ping: Ping) -> Response[str]:
    services = services_of(request)
    lane = lane_of(services, token)
    if lane is None:
        raise refuse(404, "No scheduled work has this token; see [[heartbeat]] in tailback.toml.")
    output = await read_tail(request) if ping == "fail" else b""
    await take_ping(services, lane, ping, output.decode("utf-8", "replace"))
    return Response("ok\n", media_type="text/plain")


_PING_METHODS: list[HttpMethod | Method] = [HttpMethod.GET, HttpMethod.POST]


@route("/ping/{token:str}", http_method=_PING_METHODS, opt=OPEN, status_code=200)
async def ping(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Note that scheduled work has finished."""
    return await _ping(request, token, "ok")


@route("/ping/{token:str}/start", http_method=_PING_METHODS, opt=OPEN, status_code=200)
async def ping_start(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Note that scheduled work has begun."""
    return await _ping(request, token, "start")


@route("/ping/{token:str}/fail", http_method=_PING_METHODS, opt=OPEN, status_code=200)
async def ping_fail(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Note that scheduled work has failed; the end of a body that was sent says why."""
    return await _ping(request, token, "fail")


@get("/healthz", opt=OPEN, summary="Is the server alive?")
async def healthz(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """Answer 200 while lanes are judged and the database is written, else 503 and what fails.

    `unproven` names every part that is not proven to work; names of yours are not among them.
    """
    services = services_of(request)
    found = lacks(await asyncio.to_thread(services.pulse.feel, services.now()))
    broken = down(found)
    status = "; ".join(lack.words for lack in broken) or "ok"
    answer = {"status": status, "unproven": [lack.part for lack in found]}
    return Response(answer, status_code=503 if broken else 200)


ingest_router = Router(
    "/",
    route_handlers=[
        take_events,
        take_readings,
        take_deploy,
        take_outcome,
        ping,
        ping_start,
        ping_fail,
        healthz,
    ],
    request_max_body_size=None,  # read_body has limits of its own, and closes the connection
)
