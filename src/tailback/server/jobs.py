"""The addresses of jobs: the search, and one job with everything that happened to it."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromQuery, QueryParameter

from tailback.server.search import QueryError
from tailback.server.search.view import JobDetail, JobPage, without_traces
from tailback.server.services import name_in, principal_of, services_of

MAX_JOBS = 200
_READ = {"scope": "read"}


@get("/api/v1/jobs", opt=_READ, summary="Search jobs")
async def jobs(
    request: Request[Any, Any, Any],
    q: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_JOBS)] = 50,
    cursor: FromQuery[str | None] = None,
) -> JobPage:
    """Answer unfinished and dead jobs first, then ended ones, each the newest first."""
    try:
        return await services_of(request).finder.page(q, limit, cursor)
    except QueryError as error:
        raise HTTPException(detail=str(error), status_code=400) from error


@get("/api/v1/jobs/{job_id:path}", opt=_READ, summary="One job")
async def job(request: Request[Any, Any, Any], source: FromQuery[str | None] = None) -> JobDetail:
    """Answer all attempts and errors of one job, the latest life of its id."""
    return await job_for(request, name_in(request, "/api/v1/jobs/"), source)


async def job_for(request: Request[Any, Any, Any], job_id: str, source: str | None) -> JobDetail:
    """Return one job as the one who asks may see it; raises the answer that it is not known."""
    services = services_of(request)
    found = await services.finder.detail(job_id, source)
    if found is None:
        detail = f"No job {job_id!r} is known; ended jobs are kept for 14 days."
        raise NotFoundException(detail)
    sizes = await services.sizes.of([found])
    found = msgspec.structs.replace(found, payload_bytes=sizes.get((found.source, found.id)))
    return found if principal_of(request).details else without_traces(found)


jobs_router = Router("/", route_handlers=[jobs, job])
