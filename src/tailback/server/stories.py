"""The story of each problem as a page, as Markdown and as JSON, and the notes people add."""

import asyncio
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Router, get, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Redirect, Response

from tailback.core import wording_story
from tailback.core.redact import redact
from tailback.core.story import Story
from tailback.core.text import clean_text
from tailback.server.api import NO_STORE
from tailback.server.services import Services, principal_of, services_of
from tailback.server.show import show
from tailback.store.alerts import Line, SavedEpisode

NOTE = "note"
NOTE_CHARS = 2_000
_READ = {"scope": "read"}
_OPERATE = {"scope": "operate"}


async def _told(services: Services, row: SavedEpisode) -> tuple[Story | None, list[Line]]:
    story = await asyncio.to_thread(services.stories.of, row)
    lines = await asyncio.to_thread(services.store.episodes.timeline, row.id)
    return story, [line for line in lines if line.what == NOTE]


@get("/api/v1/episodes/{episode:str}/story", opt=_READ, summary="The story of one problem")
async def story_json(
    request: Request[Any, Any, Any], episode: FromPath[str], form: FromQuery[str] = "json"
) -> Response[Any]:
    """Answer the story as JSON, or as a page of Markdown (`form=markdown`)."""
    services = services_of(request)
    story, notes = await _told(services, await _row(services, episode))
    if story is None:
        raise NotFoundException(f"{episode!r}: {wording_story.UNTOLD}")
    if form == "markdown":
        zone = ZoneInfo(services.config.server.time_zone)
        pairs = [(line.at, line.actor, line.detail) for line in notes]
        text = wording_story.markdown(story, pairs, lambda at: _clock(at, zone))
        return Response(text, media_type="text/markdown; charset=utf-8", headers=NO_STORE)
    if form != "json":
        raise HTTPException(detail="form is json or markdown.", status_code=400)
    body = {
        **msgspec.to_builtins(story),
        "sentence": wording_story.lead(story),
        "notes": [{"at": one.at, "by": one.actor, "text": one.detail} for one in notes],
    }
    return Response(body, headers=NO_STORE)


@get("/episodes/{episode:str}/story", opt=_READ, include_in_schema=False)
async def story_page(request: Request[Any, Any, Any], episode: FromPath[str]) -> Response[str]:
    """Show the story of one problem."""
    services = services_of(request)
    row = await _row(services, episode)
    story, notes = await _told(services, row)
    if story is None:
        about = services.hub.board.row(row.lane)
        name = row.lane if about is None else about.name
        return show(request, "untold.html", row=row, name=name, why=wording_story.UNTOLD)
    return show(
        request,
        "story.html",
        story=story,
        notes=notes,
        tell=wording_story,
    )


class NoteBody(msgspec.Struct):
    """What somebody has to say of a problem; a signed-in person is known already."""

    text: str
    by: str | None = None


@post("/api/v1/episodes/{episode:str}/notes", opt=_OPERATE, status_code=201, summary="Add a note")
async def note_json(
    request: Request[Any, Any, Any], episode: FromPath[str], data: JSONBody[NoteBody]
) -> dict[str, Any]:
    """Keep a note in the timeline of a problem."""
    by = principal_of(request).person or data.by or "a token"
    await _note(services_of(request), episode, by, data.text)
    return {"episode": episode}


@post("/episodes/{episode:str}/notes", opt=_OPERATE, status_code=303, include_in_schema=False)
async def note_form(request: Request[Any, Any, Any], episode: FromPath[str]) -> Response[Any]:
    """Keep a note of the signed-in person."""
    text = str((await request.form()).get("text", ""))
    row = await _note(services_of(request), episode, principal_of(request).person or "", text)
    return Redirect(f"/episodes/{row.id}/story", status_code=303, headers=NO_STORE)


async def _row(services: Services, episode: str) -> SavedEpisode:
    row = await asyncio.to_thread(services.store.episodes.get, episode)
    if row is None:
        raise NotFoundException(f"No problem is called {episode!r}; /api/v1/episodes lists them.")
    return row


async def _note(services: Services, episode: str, by: str, text: str) -> SavedEpisode:
    row = await _row(services, episode)
    said = clean_text(redact(text), NOTE_CHARS).strip()
    if not said:
        raise HTTPException(detail="text: a note must say something.", status_code=400)
    line = Line(row.id, services.now(), clean_text(by, 200), NOTE, said)
    await asyncio.to_thread(services.store.episodes.add_line, line)
    return row


def _clock(at: float, zone: dt.tzinfo) -> str:
    return dt.datetime.fromtimestamp(at, zone).strftime("%a %d %b %H:%M:%S")


stories_router = Router("/", route_handlers=[story_json, story_page, note_json, note_form])
