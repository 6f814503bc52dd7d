"""The pages of actions on jobs: all of them, and one that is previewed, confirmed and stopped."""

import asyncio
from math import inf
from typing import Any

from litestar import Request, Router, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from tailback.core import wording_actions
from tailback.core.actions import CONFIRM_WITHIN_S, MAX_JOBS
from tailback.server.action_routes import (
    Wanted,
    confirm_action,
    plan_action,
    stop_action,
    view_of,
)
from tailback.server.api import NO_STORE
from tailback.server.services import services_of
from tailback.server.show import show

PER_PAGE = 25
_ACT = {"scope": "actions"}


@get("/actions", opt=_ACT, include_in_schema=False)
async def actions_page(
    request: Request[Any, Any, Any], before: FromQuery[float | None] = None
) -> Response[str]:
    """Show who had what done to how many jobs, the newest first."""
    services = services_of(request)
    store = services.store.actions
    found = await asyncio.to_thread(store.newest, PER_PAGE, before=before or inf)
    counts = [await asyncio.to_thread(store.counts, one.id) for one in found]
    return show(
        request,
        "actions.html",
        rows=[
            (
                one,
                wording_actions.title(one.action, sum(of_state.values()), dry=one.dry),
                wording_actions.progress(of_state),
            )
            for one, of_state in zip(found, counts, strict=True)
        ],
        more=found[-1].at if len(found) == PER_PAGE else None,
        possible=services.actions.possible(),
    )


@post("/actions/preview", opt=_ACT, status_code=303, include_in_schema=False)
async def preview_page(request: Request[Any, Any, Any]) -> Redirect:
    """Plan what a button of a page says, and show it."""
    form = await request.form()
    said = {name: str(form.get(name, "")) for name in ("action", "source", "q")}
    planned = await plan_action(request, Wanted(**said, job=form.get("job") or None))
    return Redirect(f"/actions/{planned.id}", status_code=303, headers=NO_STORE)


@post("/actions/{action_id:str}/confirm", opt=_ACT, status_code=303, include_in_schema=False)
async def confirm_page(request: Request[Any, Any, Any], action_id: FromPath[str]) -> Redirect:
    """Begin it, for real or as a dry run."""
    form = await request.form()
    await confirm_action(request, action_id, dry=form.get("dry_run") == "yes")
    return Redirect(f"/actions/{action_id}", status_code=303, headers=NO_STORE)


@post("/actions/{action_id:str}/stop", opt=_ACT, status_code=303, include_in_schema=False)
async def stop_page(request: Request[Any, Any, Any], action_id: FromPath[str]) -> Redirect:
    """Stop it between two of its batches."""
    await stop_action(request, action_id)
    return Redirect(f"/actions/{action_id}", status_code=303, headers=NO_STORE)


@get("/actions/{action_id:str}", opt=_ACT, include_in_schema=False)
async def action_page(request: Request[Any, Any, Any], action_id: FromPath[str]) -> Response[str]:
    """Show what would be done, or how far it is; loads itself anew while it runs."""
    services = services_of(request)
    view = await view_of(services, action_id)
    over = wording_actions.over_the_cap(view.action.matched, MAX_JOBS)
    return show(
        request,
        "action.html",
        view=view,
        one=view.action,
        effect=wording_actions.EFFECTS[view.action.action],
        over=over if view.action.matched > MAX_JOBS else None,
        progress=wording_actions.progress(view.counts),
        states=wording_actions.STATES,
        minutes=int(CONFIRM_WITHIN_S // 60),
        more=max(0, sum(view.counts.values()) - len(view.jobs)),
    )


action_pages_router = Router(
    "/", route_handlers=[actions_page, preview_page, confirm_page, stop_page, action_page]
)
