"""The addresses of actions on jobs: plan, confirm, and see what came of every job."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Redirect, Response

from tailback.core import wording_actions
from tailback.core.actions import CONFIRM_WITHIN_S, MAX_JOBS
from tailback.server.actions import PlanError
from tailback.server.api import NO_STORE
from tailback.server.render import page
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
    planned = await _plan(request, data)
    return await _view(services_of(request), planned.id)


@post("/api/v1/actions", opt=_ACT, status_code=202, summary="Confirm an action on jobs")
async def confirm(request: Request[Any, Any, Any], data: JSONBody[Confirmation]) -> ActionView:
    """Begin exactly what the preview showed, once."""
    await _confirm(request, data.preview, dry=data.dry_run)
    return await _view(services_of(request), data.preview)


@get("/api/v1/actions", opt=_ACT, summary="Actions on jobs")
async def actions(request: Request[Any, Any, Any]) -> dict[str, list[SavedAction]]:
    """Answer the actions that were begun, the newest first."""
    store = services_of(request).store.actions
    return {"actions": await asyncio.to_thread(store.newest, SHOWN)}


@get("/api/v1/actions/{action_id:str}", opt=_ACT, summary="One action on jobs")
async def action(
    request: Request[Any, Any, Any],
    action_id: FromPath[str],
    after: Annotated[int, QueryParameter(ge=-1)] = -1,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LISTED)] = SHOWN,
) -> ActionView:
    """Answer how far it is, and what came of the jobs after number `after` of it."""
    return await _view(services_of(request), action_id, after, limit)


@post("/actions/preview", opt=_ACT, status_code=303, include_in_schema=False)
async def preview_page(request: Request[Any, Any, Any]) -> Redirect:
    """Plan what a button of a page says, and show it."""
    form = await request.form()
    said = {name: str(form.get(name, "")) for name in ("action", "source", "q")}
    planned = await _plan(request, Wanted(**said, job=form.get("job") or None))
    return Redirect(f"/actions/{planned.id}", status_code=303, headers=NO_STORE)


@post("/actions/{action_id:str}/confirm", opt=_ACT, status_code=303, include_in_schema=False)
async def confirm_page(request: Request[Any, Any, Any], action_id: FromPath[str]) -> Redirect:
    """Begin it, for real or as a dry run."""
    form = await request.form()
    await _confirm(request, action_id, dry=form.get("dry_run") == "yes")
    return Redirect(f"/actions/{action_id}", status_code=303, headers=NO_STORE)


@get("/actions/{action_id:str}", opt=_ACT, include_in_schema=False)
async def action_page(request: Request[Any, Any, Any], action_id: FromPath[str]) -> Response[str]:
    """Show what would be done, or how far it is; loads itself anew while it runs."""
    services = services_of(request)
    view = await _view(services, action_id)
    over = wording_actions.over_the_cap(view.action.matched, MAX_JOBS)
    html = page(
        "action.html",
        services.config.server.time_zone,
        who=principal_of(request),
        view=view,
        one=view.action,
        effect=wording_actions.EFFECTS[view.action.action],
        over=over if view.action.matched > MAX_JOBS else None,
        progress=wording_actions.progress(view.counts),
        states=wording_actions.STATES,
        minutes=int(CONFIRM_WITHIN_S // 60),
        more=max(0, sum(view.counts.values()) - len(view.jobs)),
    )
    return Response(html, media_type="text/html", headers=NO_STORE)


async def _plan(request: Request[Any, Any, Any], wanted: Wanted) -> SavedAction:
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


async def _confirm(request: Request[Any, Any, Any], number: str, *, dry: bool) -> None:
    services = services_of(request)
    try:
        await asyncio.to_thread(
            services.actions.confirm, number, actor=_actor(request), dry=dry, now=services.now()
        )
    except PlanError as error:
        raise HTTPException(detail=str(error), status_code=409) from error


async def _view(
    services: Services, number: str, after: int = -1, limit: int = SHOWN
) -> ActionView:
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


action_router = Router(
    "/",
    route_handlers=[preview, confirm, actions, action, preview_page, confirm_page, action_page],
)
