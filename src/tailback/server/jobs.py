"""The addresses of jobs: the search, and one job with everything that happened to it."""

from typing import Annotated, Any

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
    job_id = name_in(request, "/api/v1/jobs/")
    found = await services_of(request).finder.detail(job_id, source)
    if found is None:
        detail = f"No job {job_id!r} is known; ended jobs are kept for 14 days."
        raise NotFoundException(detail)
    return found if principal_of(request).details else without_traces(found)


jobs_router = Router("/", route_handlers=[jobs, job])
