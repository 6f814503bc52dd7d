"""The pages of failure reasons: the trend of all, and what is known of one."""

import asyncio
from typing import Any
from urllib.parse import quote

from litestar import Request, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery
from litestar.response import Response

from tailback.server.reason_routes import reason_rows
from tailback.server.reason_table import ReasonRow
from tailback.server.reason_usual import usual_of
from tailback.server.search import QueryError
from tailback.server.search.view import JobRow
from tailback.server.services import Services, services_of
from tailback.server.show import show

MAX_SHOWN = 200
MAX_JOBS = 20
_READ = {"scope": "read"}


@get("/reasons", opt=_READ, include_in_schema=False)
async def reasons(request: Request[Any, Any, Any]) -> Response[str]:
    """Show why jobs fail, most of the last hour first."""
    services = services_of(request)
    rows = await reason_rows(services, services.now())
    rows.sort(key=lambda row: ([-count for count in counts_of(row)], row.sentence))
    return show(
        request,
        "reasons.html",
        rows=[(row, counts_of(row)) for row in rows[:MAX_SHOWN]],
        more=max(0, len(rows) - MAX_SHOWN),
    )


@get("/reasons/one", opt=_READ, include_in_schema=False)
async def reason(request: Request[Any, Any, Any], key: FromQuery[str]) -> Response[str]:
    """Show one reason: its first useful error, trend, places, accounts and jobs."""
    services = services_of(request)
    wanted = services.corrections.book().alias(key)
    rows = await reason_rows(services, services.now())
    row = next((row for row in rows if row.key == wanted), None)
    if row is None:
        raise NotFoundException("This reason made nothing fail in seven days.")
    found = await _jobs(services, wanted)
    named = [*row.top_accounts, *(job.tenant for job in found if job.tenant)]
    return show(
        request,
        "reason.html",
        row=row,
        counts=counts_of(row),
        usual=await asyncio.to_thread(usual_of, services.store.rollups, row, services.now()),
        lanes=_lanes(services, row),
        jobs=found,
        recovery=await services.finder.recovery(wanted, row.dead),
        accounts=list(dict.fromkeys(named)),
        search=f'reason:"{wanted}" state:dead',
        acts=[
            (source, action)
            for source, action in services.actions.possible(state="dead")
            if any(place.source == source for place in row.places)
        ],
        hints=services.actions.hints(place.source for place in row.places if row.dead),
        query=quote(f'reason:"{wanted}"'),
    )


def counts_of(row: ReasonRow) -> list[int]:
    """Return failed attempts in 1 h, 3 h, 24 h and 7 days."""
    return [row.count_1h, row.count_3h, row.count_24h, row.count_7d]


async def _jobs(services: Services, key: str) -> list[JobRow]:
    try:
        return (await services.finder.page(f'reason:"{key}"', MAX_JOBS)).jobs
    except QueryError:
        return []


def _lanes(services: Services, row: ReasonRow) -> list[tuple[str, str]]:
    names = {known.view.lane: known.name for known in services.hub.board.rows}
    keys = dict.fromkeys(place.lane for place in row.places if place.lane)
    return [(key, names.get(key, key)) for key in keys]


reason_pages_router = Router("/", route_handlers=[reasons, reason])
