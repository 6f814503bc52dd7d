"""Dead and poison jobs, as a list and as a file, and what to change in retries."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Router, get
from litestar.exceptions import HTTPException
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from tailback.core import wording_failures
from tailback.server.search import QueryError
from tailback.server.search.problems import AdviceRow, ProblemRow, Problems
from tailback.server.services import Services, services_of

MAX_JOBS = 200
CHUNK = 1_000
_READ = {"scope": "read"}
COLUMNS = (
    "id", "lane", "source", "queue", "job", "state", "tenant", "worker", "first_due_at",
    "ended_at", "fails", "max_attempts", "losses", "poison", "bucket", "reason", "sentence",
    "error_type", "error_message", "status", "payload_bytes",
)  # fmt: skip
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ProblemPage(msgspec.Struct, kw_only=True):
    """Dead and poison jobs from `offset` on, the newest first; `total` is how many there are.

    `unlisted` further ones, older than those, are found by a search only.
    """

    total: int
    unlisted: int
    jobs: list[ProblemRow]


@get("/api/v1/dead", opt=_READ, summary="Dead and poison jobs")
async def dead(
    request: Request[Any, Any, Any],
    q: FromQuery[str] = "",
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_JOBS)] = 50,
    offset: Annotated[int, QueryParameter(ge=0)] = 0,
) -> ProblemPage:
    """Answer jobs that were given up, and those that do harm again and again."""
    problems = await _problems(services_of(request), q)
    rows = await rows_with_sizes(services_of(request), problems, offset, offset + limit)
    return ProblemPage(total=len(problems.jobs), unlisted=problems.unlisted, jobs=rows)


@get("/api/v1/dead/export", opt=_READ, summary="Dead and poison jobs as a file")
async def export(
    request: Request[Any, Any, Any], q: FromQuery[str] = "", form: FromQuery[str] = "csv"
) -> Stream:
    """Answer all of them as CSV (`form=csv`) or as a JSON list (`form=json`)."""
    if form not in ("csv", "json"):
        raise HTTPException(detail=f"form is csv or json, not {form}.", status_code=400)
    problems = await _problems(services_of(request), q)
    chunks = _chunks(services_of(request), problems)
    body = _csv(chunks) if form == "csv" else _json(chunks)
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/json"
    headers = {
        "Content-Disposition": f'attachment; filename="dead-jobs.{form}"',
        "Cache-Control": "no-store",
    }
    return Stream(body, media_type=kind, headers=headers)


@get("/api/v1/advice", opt=_READ, summary="What to change in retries")
async def advice(request: Request[Any, Any, Any]) -> dict[str, list[AdviceRow]]:
    """Answer job types whose retries have no end or no patience, each with a job that shows it."""
    return {"advice": await services_of(request).finder.advice(services_of(request).now())}


async def _problems(services: Services, text: str) -> Problems:
    try:
        return await services.finder.problems(text, services.now())
    except QueryError as error:
        raise HTTPException(detail=str(error), status_code=400) from error


async def rows_with_sizes(
    services: Services, problems: Problems, start: int, stop: int
) -> list[ProblemRow]:
    """Return the rows of a part of the jobs, with the size of their payloads where it is known."""
    rows = await asyncio.to_thread(problems.rows, start, stop)
    sizes = await services.sizes.of(rows, stored_only=True)
    return [
        msgspec.structs.replace(row, payload_bytes=sizes.get((row.source, row.id))) for row in rows
    ]


async def _chunks(services: Services, problems: Problems) -> AsyncIterator[list[ProblemRow]]:
    for start in range(0, len(problems.jobs), CHUNK):
        yield await rows_with_sizes(services, problems, start, start + CHUNK)


async def _csv(chunks: AsyncIterator[list[ProblemRow]]) -> AsyncIterator[bytes]:
    yield _lines([list(COLUMNS)])
    async for rows in chunks:
        yield _lines([_cells(row) for row in rows])


async def _json(chunks: AsyncIterator[list[ProblemRow]]) -> AsyncIterator[bytes]:
    between = b"["
    async for rows in chunks:
        yield between + b",\n".join(msgspec.json.encode(row) for row in rows)
        between = b",\n"
    yield b"]\n" if between == b",\n" else b"[]\n"


def _cells(row: ProblemRow) -> list[str]:
    said = msgspec.structs.asdict(row)
    error = row.first_error
    said |= {
        "error_type": error.type if error else None,
        "error_message": error.message if error else None,
        "status": error.status if error else None,
        "poison": wording_failures.POISON[row.poison] if row.poison else None,
    }
    return [cell(said[name]) for name in COLUMNS]


def cell(value: object) -> str:
    """Return a value as no spreadsheet takes it for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


problem_router = Router("/", route_handlers=[dead, export, advice])
