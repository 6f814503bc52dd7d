"""The pages of failure reasons: the trend of all, and what is known of one."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery
from litestar.response import Response

from tailback.server.api import NO_STORE
from tailback.server.reasons import explained
from tailback.server.render import page
from tailback.server.search import QueryError
from tailback.server.search.view import JobRow
from tailback.server.services import Services, principal_of, services_of
from tailback.server.view import FirstError, LaneRow

MAX_SHOWN = 200
MAX_JOBS = 20
_READ = {"scope": "read"}


@dataclass(slots=True)
class ReasonRow:
    """One reason in all lanes: counts of 1 h, 3 h, 24 h and 7 d, and how it reads."""

    key: str
    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    sentence: str = ""
    bucket: str | None = None
    first_error: FirstError | None = None
    status: int | None = None
    last_at: float | None = None
    last_retry_at: float | None = None
    places: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    lanes: dict[str, LaneRow] = field(default_factory=dict)


@get("/reasons", opt=_READ, include_in_schema=False)
async def reasons(request: Request[Any, Any, Any]) -> Response[str]:
    """Show why jobs fail, most of the last hour first."""
    services = services_of(request)
    rows = await asyncio.to_thread(reason_rows, services)
    html = page(
        "reasons.html",
        services.config.server.time_zone,
        who=principal_of(request),
        rows=rows[:MAX_SHOWN],
        more=max(0, len(rows) - MAX_SHOWN),
    )
    return Response(html, media_type="text/html", headers=NO_STORE)


@get("/reasons/one", opt=_READ, include_in_schema=False)
async def reason(request: Request[Any, Any, Any], key: FromQuery[str]) -> Response[str]:
    """Show one reason: its first useful error, trend, places, accounts and jobs."""
    services = services_of(request)
    rows = await asyncio.to_thread(reason_rows, services)
    row = next((row for row in rows if row.key == key), None)
    if row is None:
        raise NotFoundException("This reason made nothing fail in seven days.")
    try:
        found = (await services.finder.page(f'reason:"{key}"', MAX_JOBS, None)).jobs
    except QueryError:
        found = []
    html = page(
        "reason.html",
        services.config.server.time_zone,
        who=principal_of(request),
        row=row,
        jobs=found,
        accounts=_accounts(found),
        query=quote(f'reason:"{key}"'),
        now=services.now(),
    )
    return Response(html, media_type="text/html", headers=NO_STORE)


def reason_rows(services: Services) -> list[ReasonRow]:
    """Return every reason of seven days, and those of the board that are not counted yet."""
    rows: dict[str, ReasonRow] = {}
    for count in services.store.rollups.reasons(until=int(services.now()) + 60):
        row = rows.setdefault(count.reason, ReasonRow(count.reason))
        windows = (count.last_1h, count.last_3h, count.last_24h, count.last_7d)
        row.counts = [a + b for a, b in zip(row.counts, windows, strict=True)]
        row.places[(count.source, count.queue, count.job)] = list(windows)
    for note in services.store.reason_notes.all():
        if note.key in rows:
            row = rows[note.key]
            row.last_at, row.last_retry_at = note.last_at, note.last_retry_at
            if note.error is not None:
                _say(row, msgspec.json.decode(note.error))
    for lane in services.hub.board.rows:
        for known in lane.view.reasons:
            row = rows.setdefault(known.key, ReasonRow(known.key, [known.count_1h or 0] * 4))
            row.lanes[lane.view.lane] = lane
            row.sentence, row.bucket, row.status = known.sentence, known.bucket, known.status
            row.first_error = known.first_error or row.first_error
            row.last_at = max(known.last_at or 0.0, row.last_at or 0.0) or None
            row.last_retry_at = max(known.last_retry_at or 0.0, row.last_retry_at or 0.0) or None
    for row in rows.values():
        row.sentence = row.sentence or row.key
    return sorted(rows.values(), key=lambda row: ([-n for n in row.counts], row.sentence))


def _say(row: ReasonRow, error: dict[str, Any]) -> None:
    said = explained(error)
    row.sentence, row.bucket = said.sentence, said.bucket
    row.first_error = FirstError(said.first_error_type, said.first_error_message)
    row.status = error.get("status")


def _accounts(jobs: list[JobRow]) -> list[str]:
    return list(dict.fromkeys(job.tenant for job in jobs if job.tenant))


reason_pages_router = Router("/", route_handlers=[reasons, reason])
