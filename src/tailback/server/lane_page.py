"""The page of one lane: what it does now, what it did in a range, and why."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from litestar import Request, Router, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from tailback.core import wording_pages
from tailback.server.api import lane_or_404
from tailback.server.lane_look import RANGES, look_now, setup_of, span_of, types_of
from tailback.server.page_model import row_of
from tailback.server.quiet_pages import LENGTHS, quiet_of
from tailback.server.search.query import is_in
from tailback.server.services import services_of
from tailback.server.show import show
from tailback.server.view import ReasonView
from tailback.store.base import ReasonCount

MAX_REASONS = 20


@get("/lanes/{lane:str}", opt={"scope": "read"}, include_in_schema=False)
async def lane_page(request: Request[Any, Any, Any], lane: FromPath[str]) -> Response[str]:
    """Show one lane."""
    services = services_of(request)
    row = lane_or_404(request, lane)
    known = next((item for item in services.lanes() if item.key == lane), None)
    if known is None:
        raise NotFoundException(f"No lane is called {lane!r}.")
    chosen = request.query_params.get("range", "1h")
    if chosen not in RANGES:
        chosen = "1h"
    now = services.now()
    reading = services.readings.newest(known.source, known.queue)
    answer = services.engine.ask(lambda ledger: look_now(ledger, reading, known, now))
    look = await asyncio.wrap_future(answer)
    to = int(now) // 60 * 60 + 60
    from_ = to - RANGES[chosen]
    rollups = services.store.rollups
    view = row.view
    jobs = view.jobs or None
    span = await asyncio.to_thread(span_of, rollups, view, jobs, from_, to)
    types = await asyncio.to_thread(types_of, rollups, view, look.facts, from_, to)
    reasons = await asyncio.to_thread(
        rollups.reasons_of, view.source, view.queue, jobs, until=int(now) + 60
    )
    label = wording_pages.chart_label(
        row.name, span.minute.completed, span.minute.failed, span.minute.oldest_age_s, to - from_
    )
    return show(
        request,
        "lane.html",
        row=row_of(row, services.hub.board.as_of),
        lane=view,
        key=view.lane,
        quiet=await asyncio.to_thread(quiet_of, services, view.lane),
        lengths=LENGTHS,
        as_of=services.hub.board.as_of,
        late_s=now - services.hub.board.as_of,
        look=look,
        span=span,
        types=types,
        trends=_trends(reasons, view.reasons),
        sentences={reason.key: reason for reason in view.reasons},
        setup=setup_of(services.readings.source(view.source), look.facts, view.queue),
        ranges=RANGES,
        chosen=chosen,
        from_=from_,
        to=to,
        label=label,
        advice=await services.finder.advice(now, partial(is_in, known)),
    )


def _trends(
    counts: Sequence[ReasonCount], lately: Sequence[ReasonView]
) -> list[tuple[str, list[int]]]:
    """Add the slices of a lane up, with what was not counted into the store yet."""
    sums: dict[str, list[int]] = {}
    for count in counts:
        windows = (count.last_1h, count.last_3h, count.last_24h, count.last_7d)
        known = sums.setdefault(count.reason, [0, 0, 0, 0])
        for place, number in enumerate(windows):
            known[place] += number
    for reason in lately:
        sums.setdefault(reason.key, [reason.count_1h or 0] * 4)
    return sorted(sums.items(), key=lambda item: [-number for number in item[1]])[:MAX_REASONS]


lane_router = Router("/", route_handlers=[lane_page])
