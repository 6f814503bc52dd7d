"""The addresses of actions on jobs: plan, confirm, stop, and see what came of every job."""

import asyncio
from collections.abc import Mapping
from math import inf
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from tailback.core import wording_actions
from tailback.core.actions import MAX_JOBS
from tailback.server.actions import PlanError
from tailback.server.search import QueryError
from tailback.server.services import Services, principal_of, services_of
from tailback.store.actions import ActionJob, SavedAction

MAX_LISTED = 1_000
SHOWN = 100
_ACT = {"scope": "actions"}


class Wanted(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What to do to which jobs of a source: those of the search `q`, or the one called `job`."""

    action: str
    source: str
    q: str = ""
    job: str | None = None


class Confirmation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The id that the preview answered; `dry_run` only looks at every job."""

    preview: str
    dry_run: bool = False


class ActionView(msgspec.Struct, kw_only=True):
    """One action with how many of its jobs are in each state, and some of them."""

    action: SavedAction
    title: str
    cap: int
    counts: Mapping[str, int]
    jobs: list[ActionJob]


@post("/api/v1/actions/preview", opt=_ACT, status_code=200, summary="Plan an action on jobs")
async def preview(request: Request[Any, Any, Any], data: JSONBody[Wanted]) -> ActionView:
    """Answer which jobs would be changed; nothing is done until that is confirmed."""
    planned = await plan_action(request, data)
    return await view_of(services_of(request), planned.id)


@post("/api/v1/actions", opt=_ACT, status_code=202, summary="Confirm an action on jobs")
async def confirm(request: Request[Any, Any, Any], data: JSONBody[Confirmation]) -> ActionView:
    """Begin exactly what the preview showed, once."""
    await confirm_action(request, data.preview, dry=data.dry_run)
    return await view_of(services_of(request), data.preview)


@post("/api/v1/actions/{action_id:str}/stop", opt=_ACT, status_code=200, summary="Stop an action")
async def stop(request: Request[Any, Any, Any], action_id: FromPath[str]) -> ActionView:
    """Stop what was not begun yet; what is being done just now is done to its end."""
    await stop_action(request, action_id)
    return await view_of(services_of(request), action_id)


@get("/api/v1/actions", opt=_ACT, summary="Actions on jobs")
async def actions(
    request: Request[Any, Any, Any], before: FromQuery[float | None] = None
) -> dict[str, list[SavedAction]]:
    """Answer the actions that were begun, planned before a moment, the newest first."""
    store = services_of(request).store.actions
    return {"actions": await asyncio.to_thread(store.newest, SHOWN, before=before or inf)}


@get("/api/v1/actions/{action_id:str}", opt=_ACT, summary="One action on jobs")
async def action(
    request: Request[Any, Any, Any],
    action_id: FromPath[str],
    after: Annotated[int, QueryParameter(ge=-1)] = -1,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LISTED)] = SHOWN,
) -> ActionView:
    """Answer how far it is, and what came of the jobs after number `after` of it."""
    return await view_of(services_of(request), action_id, after, limit)


async def plan_action(request: Request[Any, Any, Any], wanted: Wanted) -> SavedAction:
    """Plan what is asked for; raises the answer that says why not."""
    services = services_of(request)
    try:
        return await services.actions.plan(
            wanted.action,
            wanted.source,
            wanted.q,
            wanted.job,
            actor=_actor(request),
            now=services.now(),
        )
    except (PlanError, QueryError) as error:
        raise HTTPException(detail=str(error), status_code=400) from error


async def confirm_action(request: Request[Any, Any, Any], number: str, *, dry: bool) -> None:
    """Let an action begin; raises the answer that says why not."""
    services = services_of(request)
    try:
        await asyncio.to_thread(
            services.actions.confirm, number, actor=_actor(request), dry=dry, now=services.now()
        )
    except PlanError as error:
        raise HTTPException(detail=str(error), status_code=409) from error


async def stop_action(request: Request[Any, Any, Any], number: str) -> None:
    """Stop an action; raises the answer that says why not."""
    services = services_of(request)
    try:
        await asyncio.to_thread(
            services.actions.stop, number, actor=_actor(request), now=services.now()
        )
    except PlanError as error:
        raise HTTPException(detail=str(error), status_code=409) from error


async def view_of(
    services: Services, number: str, after: int = -1, limit: int = SHOWN
) -> ActionView:
    """Return one action and some of its jobs; raises the answer that there is none."""
    store = services.store.actions
    found = await asyncio.to_thread(store.find, number)
    if found is None:
        raise NotFoundException("There is no such action.")
    counts = await asyncio.to_thread(store.counts, number)
    return ActionView(
        action=found,
        title=wording_actions.title(found.action, sum(counts.values()), dry=found.dry),
        cap=MAX_JOBS,
        counts=counts,
        jobs=await asyncio.to_thread(store.jobs, number, after=after, limit=limit),
    )


def _actor(request: Request[Any, Any, Any]) -> str:
    return principal_of(request).person or "a token of scope actions"


action_router = Router("/", route_handlers=[preview, confirm, stop, actions, action])
