"""The page of dead and poison jobs: why, raw error, a file of them, and what to do with them."""

import asyncio
from typing import Annotated, Any

from litestar import Request, Router, get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Response

from tailback.core import wording_failures
from tailback.server.problem_routes import rows_with_sizes
from tailback.server.search import QueryError
from tailback.server.services import services_of
from tailback.server.show import show

MAX_QUERY_CHARS = 500
PER_PAGE = 50
MAX_REASONS = 12
_READ = {"scope": "read"}


@get("/dead", opt=_READ, include_in_schema=False)
async def dead_page(
    request: Request[Any, Any, Any],
    q: FromQuery[str] = "",
    offset: Annotated[int, QueryParameter(ge=0)] = 0,
) -> Response[str]:
    """Show jobs that were given up or do harm again and again, the newest first."""
    services = services_of(request)
    query, now = q.strip()[:MAX_QUERY_CHARS], services.now()
    problem = None
    try:
        found = await services.finder.problems(query, now)
    except QueryError as error:
        problem, found = str(error), services.finder.no_problems(now)
    reasons = await asyncio.to_thread(found.reasons)
    return show(
        request,
        "dead.html",
        query=query,
        problem=problem,
        total=len(found.jobs),
        jobs=await rows_with_sizes(services, found, offset, offset + PER_PAGE),
        offset=offset,
        next=offset + PER_PAGE if len(found.jobs) > offset + PER_PAGE else None,
        reasons=reasons[:MAX_REASONS],
        poison=wording_failures.POISON,
        notes=wording_failures.unlisted(found.unlisted),
        advice=await services.finder.advice(now, found.query.takes),
        acts=services.actions.possible(state="dead"),
        hints=services.actions.hints(job.slice.key.source for job in found.jobs if job.slice),
        status=400 if problem else 200,
    )


dead_pages_router = Router("/", route_handlers=[dead_page])
