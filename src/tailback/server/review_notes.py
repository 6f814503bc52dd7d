"""What a weekly review leaves to do: the notes table, dismissed advice, and the review by mail."""

import asyncio
import csv
import io
from typing import Any

import msgspec
from litestar import Request, Router, get, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Redirect, Response

from tailback.core.redact import redact
from tailback.core.text import clean_name, clean_text
from tailback.server.alerting import board_url
from tailback.server.api import NO_STORE
from tailback.server.loops.review import send_review
from tailback.server.problem_routes import cell
from tailback.server.review import make_review
from tailback.server.services import Services, principal_of, services_of
from tailback.store.review import Note

CHARS = 500
EVER = 1e12
COLUMNS = ("at", "changed", "fix", "who", "done_at")
_READ = {"scope": "read"}
_OPERATE = {"scope": "operate"}


class NoteBody(msgspec.Struct):
    """What changed, what needs a fix, who looks."""

    changed: str
    fix: str = ""
    who: str = ""


class SendBody(msgspec.Struct):
    """Which week; the last whole one when left out."""

    week: str | None = None


@get("/api/v1/review/notes", opt=_READ, summary="The notes of all reviews")
async def notes(request: Request[Any, Any, Any], form: FromQuery[str] = "json") -> Response[Any]:
    """Answer what is to do and what was done, as JSON or as CSV (`form=csv`)."""
    found = await asyncio.to_thread(services_of(request).store.review.notes, 0.0, EVER)
    if form == "csv":
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows([[cell(getattr(one, name)) for name in COLUMNS] for one in found])
        headers = {"Content-Disposition": 'attachment; filename="review-notes.csv"', **NO_STORE}
        return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
    if form != "json":
        raise HTTPException(detail="form is json or csv.", status_code=400)
    return Response({"notes": msgspec.to_builtins(found)}, headers=NO_STORE)


@post("/api/v1/review/notes", opt=_OPERATE, status_code=201, summary="Add a note")
async def add_note(request: Request[Any, Any, Any], data: JSONBody[NoteBody]) -> dict[str, Any]:
    """Keep a note; it carries over until it is done."""
    await _add(services_of(request), data)
    return {"added": 1}


@post(
    "/api/v1/review/notes/{note:str}/done", opt=_OPERATE, status_code=200, summary="Finish a note"
)
async def finish_note(request: Request[Any, Any, Any], note: FromPath[str]) -> dict[str, Any]:
    """Mark a note as done."""
    await _finish(services_of(request), note)
    return {"done": note}


@post("/api/v1/review/send", opt=_OPERATE, status_code=202, summary="Send the weekly review")
async def send(request: Request[Any, Any, Any], data: JSONBody[SendBody]) -> dict[str, Any]:
    """Send a week's review to everyone with e-mail or Slack, each week once."""
    services = services_of(request)
    now = services.now()
    try:
        review = await asyncio.to_thread(make_review, services, data.week, now)
    except ValueError:
        detail = "week: write a week of the calendar, such as 2026-W47."
        raise HTTPException(detail=detail, status_code=400) from None
    base_url = board_url(services.config, services.address)
    number = await asyncio.to_thread(
        send_review, services.config, services.store, review, base_url, now
    )
    return {"week": review.week, "queued": number}


@post("/review/notes", opt=_OPERATE, status_code=303, include_in_schema=False)
async def add_by_form(request: Request[Any, Any, Any]) -> Response[Any]:
    """Keep a note from the page."""
    form = await request.form()
    said = {name: str(form.get(name, "")) for name in ("changed", "fix", "who")}
    await _add(services_of(request), NoteBody(**said))
    return Redirect("/review", status_code=303, headers=NO_STORE)


@post("/review/notes/{note:str}/done", opt=_OPERATE, status_code=303, include_in_schema=False)
async def finish_by_form(request: Request[Any, Any, Any], note: FromPath[str]) -> Response[Any]:
    """Mark a note as done from the page."""
    await _finish(services_of(request), note)
    return Redirect("/review", status_code=303, headers=NO_STORE)


@post("/review/dismiss", opt=_OPERATE, status_code=303, include_in_schema=False)
async def dismiss(request: Request[Any, Any, Any]) -> Response[Any]:
    """Hide a recommendation for good."""
    services = services_of(request)
    key = clean_name(str((await request.form()).get("key", "")), CHARS)
    by = principal_of(request).person or "a token"
    await asyncio.to_thread(services.store.review.dismiss, key, by, now=services.now())
    return Redirect("/review", status_code=303, headers=NO_STORE)


async def _add(services: Services, said: NoteBody) -> None:
    changed, fix, who = (
        clean_text(redact(text), CHARS).strip() for text in (said.changed, said.fix, said.who)
    )
    if not changed:
        raise HTTPException(detail="changed: a note must say something.", status_code=400)
    note = Note(id=0, key=None, at=services.now(), changed=changed, fix=fix, who=who)
    await asyncio.to_thread(services.store.review.add_note, note)


async def _finish(services: Services, note: str) -> None:
    number = int(note) if note.isdecimal() and len(note) < 16 else 0  # noqa: PLR2004
    finish = services.store.review.finish_note
    if not await asyncio.to_thread(finish, number, done_at=services.now()):
        raise NotFoundException(f"No note {note} is open; see /api/v1/review/notes.")


review_notes_router = Router(
    "/",
    route_handlers=[
        notes, add_note, finish_note, send, add_by_form, finish_by_form, dismiss,
    ],
)  # fmt: skip
