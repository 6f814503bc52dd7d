"""Episodes over HTTP: the list, one with all that happened, acknowledging, silences."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Router, get, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody

from tailback.core.causes import ITSELF
from tailback.core.drill import PREFIX
from tailback.core.model import Lane
from tailback.server.loops.drill import answered
from tailback.server.services import Services, principal_of, services_of
from tailback.store.alerts import SavedEpisode, SavedSilence

NEWEST = 1e15
LONGEST_SILENCE_S = 90 * 86_400.0
TOKEN = "a token"  # noqa: S105 - what a message says of whoever holds one
_READ = {"scope": "read"}
_OPERATE = {"scope": "operate"}


class AckBody(msgspec.Struct):
    """Who looks after it; a signed-in person is known already."""

    by: str | None = None


class SilenceBody(msgspec.Struct):
    """A quiet time of a lane; `from_` is now unless said, times are Unix seconds."""

    lane: str
    until: float
    reason: str
    starts: float | None = None
    by: str | None = None


@get("/api/v1/episodes", opt=_READ, summary="Problems, open and resolved")
async def episodes(
    request: Request[Any, Any, Any],
    limit: FromQuery[int] = 100,
    before: FromQuery[float] = NEWEST,
) -> dict[str, Any]:
    """Answer the newest first; `before` is an `opened_at` to go on from."""
    store = services_of(request).store
    found = await asyncio.to_thread(store.episodes.newest, max(1, min(limit, 500)), before=before)
    return {"episodes": [_shown(row) for row in found if not row.lane.startswith(PREFIX)]}


@get("/api/v1/episodes/{episode:str}", opt=_READ, summary="One problem and all that happened")
async def episode(request: Request[Any, Any, Any], episode: FromPath[str]) -> dict[str, Any]:
    """Answer the episode, its timeline and its messages."""
    return await whole(services_of(request), episode)


@post("/api/v1/episodes/{episode:str}/ack", opt=_OPERATE, status_code=200, summary="Acknowledge")
async def ack(
    request: Request[Any, Any, Any], episode: FromPath[str], data: JSONBody[AckBody]
) -> dict[str, Any]:
    """Note that somebody looks after it; nobody else is told until that has passed."""
    by = principal_of(request).person or data.by or TOKEN
    origin = request.client.host if request.client else None
    row = await acknowledge(services_of(request), episode, by, origin)
    if row is None:
        raise NotFoundException(f"No open episode is called {episode!r}.")
    return _shown(row)


async def acknowledge(
    services: Services, episode: str, by: str, origin: str | None
) -> SavedEpisode | None:
    """Acknowledge an open episode and return it when that is durable; None: there is no such."""
    now = services.now()
    known = await asyncio.to_thread(_open_one, services, episode)
    if known is None:
        return None
    episode = known.id
    await asyncio.to_thread(
        services.store.audit.add, by, "acknowledge", episode, now=now, origin=origin
    )
    if known.lane.startswith(PREFIX):
        await asyncio.wrap_future(services.store.episodes.save([answered(known, by, now)]))
        return await asyncio.to_thread(services.store.episodes.get, episode)
    if known.lane == ITSELF:
        kept = await asyncio.to_thread(services.itself.acknowledge, by, now)
        if kept is None:
            return None
        await asyncio.wrap_future(kept)
        return await asyncio.to_thread(services.store.episodes.get, episode)
    written = await asyncio.wrap_future(
        services.engine.ask(lambda _ledger: services.judge.acknowledge(episode, by, now))
    )
    if written is None:
        return None
    await asyncio.wrap_future(written)
    return await asyncio.to_thread(services.store.episodes.get, episode)


@get("/api/v1/silences", opt=_READ, summary="Quiet times that have not ended")
async def silences(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Answer what was asked for while running; those of the file are in the file."""
    services = services_of(request)
    found = await asyncio.to_thread(services.store.silences.current, services.now())
    return {"silences": [msgspec.to_builtins(row) for row in found]}


@post("/api/v1/silences", opt=_OPERATE, status_code=201, summary="Make a lane quiet")
async def silence(request: Request[Any, Any, Any], data: JSONBody[SilenceBody]) -> dict[str, Any]:
    """Keep a quiet time; it must end, and say why."""
    services = services_of(request)
    now = services.now()
    wanted = SavedSilence(
        id=0,
        lane=lane_named(services, data.lane).key,
        starts_at=now if data.starts is None else data.starts,
        ends_at=data.until,
        reason=data.reason,
        by=principal_of(request).person or data.by or TOKEN,
        created_at=now,
    )
    number = await keep_quiet(services, wanted, _origin(request))
    return {
        "id": number,
        "lane": wanted.lane,
        "starts_at": wanted.starts_at,
        "ends_at": wanted.ends_at,
    }


async def keep_quiet(services: Services, wanted: SavedSilence, origin: str | None) -> int:
    """Keep a quiet time and return its number; HTTPException without a near end or a reason."""
    now, until = wanted.created_at, wanted.ends_at
    if not now < until <= now + LONGEST_SILENCE_S or until <= wanted.starts_at:
        raise HTTPException(
            detail="A silence must end later than it begins, within 90 days.", status_code=400
        )
    if not wanted.reason.strip():
        raise HTTPException(detail="Say why: reason must not be empty.", status_code=400)
    await asyncio.to_thread(
        services.store.audit.add,
        wanted.by,
        "silence",
        wanted.lane,
        now=now,
        origin=origin,
        detail={"from": wanted.starts_at, "until": until, "reason": wanted.reason},
    )
    return await asyncio.to_thread(
        services.store.silences.add,
        wanted.lane,
        starts_at=wanted.starts_at,
        ends_at=until,
        reason=wanted.reason,
        by=wanted.by,
        now=now,
    )


@post("/api/v1/silences/{number:str}/end", opt=_OPERATE, status_code=200, summary="End a silence")
async def end_silence(request: Request[Any, Any, Any], number: FromPath[str]) -> dict[str, Any]:
    """End a quiet time now; who is due then is told at once."""
    now = await end_quiet(services_of(request), number, principal_of(request).person or TOKEN)
    return {"id": int(number), "ended_at": now}


async def end_quiet(services: Services, number: str, by: str) -> float:
    """End a quiet time and return when; NotFoundException when it does not go on."""
    now = services.now()
    if not number.isdecimal():
        raise NotFoundException(f"No silence {number} is going on.")
    await asyncio.to_thread(services.store.audit.add, by, "end silence", number, now=now)
    if not await asyncio.to_thread(services.store.silences.end, int(number), now=now):
        raise NotFoundException(f"No silence {number} is going on.")
    return now


def _origin(request: Request[Any, Any, Any]) -> str | None:
    return request.client.host if request.client else None


async def whole(services: Services, episode: str) -> dict[str, Any]:
    """Return an episode with its timeline and messages; NotFoundException when there is none."""
    store = services.store
    row = await asyncio.to_thread(store.episodes.get, episode)
    if row is None:
        raise NotFoundException(f"No episode is called {episode!r}; see /api/v1/episodes.")
    timeline = await asyncio.to_thread(store.episodes.timeline, episode)
    messages = await asyncio.to_thread(store.outbox.of, episode)
    children = await asyncio.to_thread(store.episodes.children, episode)
    return {
        **_shown(row),
        "children": [_shown(child) for child in children],
        "timeline": [
            {"at": line.at, "actor": line.actor, "what": line.what, "detail": line.detail}
            for line in timeline
        ],
        "messages": [
            {
                "channel": sent.channel,
                "person": sent.person,
                "kind": sent.kind,
                "state": sent.state,
                "due_at": sent.due_at,
                "attempts": sent.attempts,
                "done_at": sent.done_at,
                "why": sent.why,
            }
            for sent in messages
        ],
    }


def lane_named(services: Services, name: str) -> Lane:
    """Return the lane with this key or name; NotFoundException when there is none."""
    lane = next((lane for lane in services.lanes() if name in (lane.key, lane.name)), None)
    if lane is None:
        raise NotFoundException(
            f"No lane is called {name!r}; the board and /api/v1/lanes list them."
        )
    return lane


def _open_one(services: Services, name: str) -> SavedEpisode | None:
    """Return the open episode of this id, or of the lane with this key."""
    found = services.store.episodes.get(name)
    if found is None:
        opened = services.store.episodes.going_on(resolved_since=NEWEST)
        found = next((row for row in opened if row.lane == name), None)
    return None if found is None or found.state == "resolved" else found


def _shown(row: SavedEpisode) -> dict[str, Any]:
    return {
        "id": row.id,
        "lane": row.lane,
        "state": row.state,
        "rule": row.rule,
        "cause": row.cause,
        "page": row.page,
        "owner": row.owner,
        "opened_at": row.opened_at,
        "resolved_at": row.resolved_at,
        "acknowledged_by": row.acknowledged_by,
        "acknowledged_until": row.acknowledged_until,
        "next_step_at": row.next_step_at,
        "message": row.message,
        "parent": row.parent,
    }


episodes_router = Router(
    "/",
    route_handlers=[episodes, episode, ack, silences, silence, end_silence],
)
