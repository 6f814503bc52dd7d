"""Complaints of users: taken in, linked to the problem they are about, shown over time."""

import asyncio
import datetime as dt
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Router, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from tailback.core import fields, wording_complaints
from tailback.core.complaints import LeadWeek, lead_weeks, problem_of
from tailback.core.model import Lane
from tailback.core.redact import redact
from tailback.core.text import clean_name, clean_text
from tailback.server.api import NO_STORE
from tailback.server.intake.lenient import load_body
from tailback.server.intake.limits import read_body, refuse
from tailback.server.leads import DAY_S, problems_since
from tailback.server.services import Services, principal_of, services_of
from tailback.server.show import show
from tailback.store.complaints import Complaint

TEXT_CHARS = 2_000
SHOWN_DAYS = 91
A_USER = "a user"
HELP_DESK = "the help desk"
PEOPLE = ("viewer", "operator", "admin")
_READ = {"scope": "read"}
_INGEST = {"scope": "ingest"}
_Moment = Annotated[float, msgspec.Meta(ge=fields.YEAR_2000, le=fields.YEAR_2100)]


class ComplaintBody(msgspec.Struct):
    """What a user complains about; `at` is now when left out, `reference` the ticket's number."""

    lane: str
    text: str
    at: _Moment | None = None
    by: str | None = None
    account: str | None = None
    reference: str | None = None


class ComplaintRow(msgspec.Struct, kw_only=True):
    """A complaint with the problem it belongs to, null when none was known."""

    id: int
    lane: str
    at: float
    by: str
    text: str
    account: str | None
    reference: str | None
    episode: str | None


class Complaints(msgspec.Struct, kw_only=True):
    """The complaints of the last 13 weeks, the newest first, and each week's lead."""

    complaints: list[ComplaintRow]
    weeks: list[LeadWeek]


@post("/api/v1/complaints", opt=_INGEST, status_code=201, summary="Report a user's complaint")
async def take_complaint(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Keep a complaint; one with a known `reference` is the same complaint."""
    try:
        said = msgspec.convert(await _body(request), ComplaintBody)
    except msgspec.ValidationError as error:
        raise refuse(400, f"The body cannot be read: {error}.") from error
    return await _keep(services_of(request), said)


@post(
    "/api/v1/complaints/webhook",
    opt=_INGEST,
    status_code=201,
    summary="A help desk's webhook as a complaint",
)
async def take_webhook(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Keep what a help desk sends; the query says where in the body things are."""
    paths = request.query_params
    body = await _body(request)
    lane = paths.get("lane") or _at(body, paths.get("lane_from", "lane")) or ""
    where = paths.get("text", "text")
    text = _at(body, where)
    if text is None:
        raise refuse(400, wording_complaints.no_text(clean_name(where, fields.NAME_CHARS)))
    said = ComplaintBody(
        lane=lane,
        text=text,
        by=HELP_DESK,
        account=_at(body, paths.get("account", "account")),
        reference=_at(body, paths.get("reference", "reference")),
    )
    return await _keep(services_of(request), said)


async def _body(request: Request[Any, Any, Any]) -> object:
    with services_of(request).intake.admitted(principal_of(request).source or ""):
        return load_body(await read_body(request))


def _at(body: object, path: str) -> str | None:
    """Return the text or the number that a dotted path leads to."""
    for key in path.split("."):
        if isinstance(body, list) and key.isdecimal() and int(key) < len(body):
            body = body[int(key)]
        else:
            body = body.get(key) if isinstance(body, dict) else None
    if isinstance(body, bool) or not isinstance(body, str | int):
        return None
    return str(body).strip() or None


async def _keep(services: Services, said: ComplaintBody) -> dict[str, Any]:
    known = (lane for lane in services.lanes() if said.lane in (lane.key, lane.name))
    lane: Lane | None = next(known, None)
    if lane is None:
        name = clean_name(said.lane, fields.NAME_CHARS)
        raise refuse(400, wording_complaints.no_lane(name))
    text = clean_text(redact(said.text), TEXT_CHARS).strip()
    if not text:
        raise refuse(400, wording_complaints.no_text("text"))
    complaint = Complaint(
        id=0,
        lane=lane.key,
        at=services.now() if said.at is None else said.at,
        by=_name(said.by) or A_USER,
        text=text,
        account=_name(said.account),
        reference=_name(said.reference),
    )
    number = await asyncio.to_thread(services.store.complaints.add, complaint)
    return {"id": number, "lane": lane.key}


def _name(text: str | None) -> str | None:
    return clean_name(text, fields.NAME_CHARS) or None if text is not None else None


@get("/api/v1/complaints", opt=_READ, summary="Complaints, and who knew first")
async def complaints(request: Request[Any, Any, Any]) -> Complaints:
    """Answer the complaints of the last 13 weeks and whether the team knew before its users."""
    services = services_of(request)
    return await asyncio.to_thread(gather_complaints, services, services.now())


@get("/complaints", opt=_READ, include_in_schema=False)
async def complaints_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show complaints, and who knew first week by week."""
    services = services_of(request)
    found = await asyncio.to_thread(gather_complaints, services, services.now())
    return show(
        request,
        "complaints.html",
        found=found,
        told=wording_complaints,
    )


@post(
    "/lanes/{lane:str}/complaints",
    opt={"scope": "read", "role": PEOPLE},
    status_code=303,
    include_in_schema=False,
)
async def complain(request: Request[Any, Any, Any], lane: FromPath[str]) -> Response[Any]:
    """Keep a complaint that a signed-in person heard of."""
    form = await request.form()
    by, account = principal_of(request).person, str(form.get("account", ""))
    said = ComplaintBody(lane=lane, text=str(form.get("text", "")), by=by, account=account)
    await _keep(services_of(request), said)
    return Redirect("/complaints", status_code=303, headers=NO_STORE)


def gather_complaints(services: Services, now: float) -> Complaints:
    """Read the complaints of the last 13 weeks; those of days ahead (a wrong clock) as well."""
    zone = ZoneInfo(services.config.server.time_zone)
    since = now - SHOWN_DAYS * DAY_S
    found = services.store.complaints.between(since, now + DAY_S)
    problems = problems_since(services.store, since)
    rows = []
    for one in reversed(found):
        problem = problem_of(one.lane, one.at, problems)
        rows.append(
            ComplaintRow(
                **{name: getattr(one, name) for name in ComplaintRow.__struct_fields__[:-1]},
                episode=None if problem is None else problem.id,
            )
        )
    pairs = [(one.lane, one.at) for one in found]
    return Complaints(
        complaints=rows, weeks=lead_weeks(pairs, problems, lambda at: week_name(at, zone))
    )


def week_name(at: float, zone: dt.tzinfo) -> str:
    """Return the local week of a moment: "2026-W47"."""
    year, number, _ = dt.datetime.fromtimestamp(at, zone).isocalendar()
    return f"{year}-W{number:02}"


complaints_router = Router(
    "/", route_handlers=[take_complaint, take_webhook, complaints, complaints_page, complain]
)
