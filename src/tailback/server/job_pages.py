"""The pages of jobs: the search, with the answer about an account, and one job's course."""

import asyncio
from typing import Any

from litestar import Request, Router, get
from litestar.response import Response

from tailback.core.wording_actions import STATES
from tailback.server.accounts import about_account
from tailback.server.jobs import job_for
from tailback.server.search import QueryError, parse_query
from tailback.server.search.view import JobPage
from tailback.server.services import name_in, services_of
from tailback.server.show import show

MAX_QUERY_CHARS = 500
PER_PAGE = 50
_READ = {"scope": "read"}


@get("/jobs", opt=_READ, include_in_schema=False)
async def jobs(request: Request[Any, Any, Any]) -> Response[str]:
    """Search jobs; one plain word is first taken as the name of an account."""
    services = services_of(request)
    query = request.query_params.get("q", "").strip()[:MAX_QUERY_CHARS]
    found: JobPage | None = None
    problem = None
    try:
        cursor = request.query_params.get("cursor") or None
        found = await services.finder.page(query, PER_PAGE, cursor)
    except QueryError as error:
        problem = str(error)
    tenant = _tenant(query)
    about = await about_account(services, tenant) if tenant else None
    return show(
        request,
        "jobs.html",
        query=query,
        found=found,
        acts=services.actions.possible(),
        hints=[],
        problem=problem,
        tenant=tenant,
        about=about,
        status=400 if problem else 200,
    )


@get("/jobs/{job_id:path}", opt=_READ, include_in_schema=False)
async def job(request: Request[Any, Any, Any]) -> Response[str]:
    """Show everything that happened to one job."""
    job_id = name_in(request, "/jobs/")
    services = services_of(request)
    found = await job_for(request, job_id, request.query_params.get("source") or None)
    return show(
        request,
        "job.html",
        acts=services.actions.possible(found.source, found.state),
        hints=services.actions.hints([found.source] if found.state == "dead" else []),
        done=await asyncio.to_thread(services.store.actions.of_job, found.source, found.id),
        states=STATES,
        job=found,
    )


@get("/accounts/{tenant:path}", opt=_READ, include_in_schema=False)
async def account_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Say in one sentence whether an account is affected, and by which lanes."""
    tenant = name_in(request, "/accounts/")
    services = services_of(request)
    return show(
        request,
        "account.html",
        tenant=tenant,
        about=await about_account(services, tenant),
        as_of=services.hub.board.as_of,
    )


def _tenant(query: str) -> str | None:
    """Return the account that a search may mean: one plain word, or `tenant:NAME` alone."""
    try:
        asked = parse_query(query)
    except QueryError:
        return None
    if asked.exact.keys() == {"tenant"} and not asked.words:
        return asked.exact["tenant"]
    plain = not asked.exact and len(asked.words) == 1
    return query.strip('"') if plain else None


job_pages_router = Router("/", route_handlers=[jobs, job, account_page])
