"""The JSON addresses that look deeper than the board: series."""

import asyncio
from typing import Annotated, Any

from litestar import Request, Router, get
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery, QueryParameter

from tailback.core.judge.baseline import Normal
from tailback.core.rollups import Minute
from tailback.core.sketch import DurationSketch
from tailback.server.api import lane_or_404
from tailback.server.services import Services, services_of
from tailback.server.usual import usual_of
from tailback.server.view import LaneView

MAX_POINTS = 2_000
HOUR_S = 3600
_READ = {"scope": "read"}
_SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


@get("/api/v1/lanes/{lane:str}/series", opt=_READ, summary="What a lane did over time")
async def series(
    request: Request[Any, Any, Any],
    lane: FromPath[str],
    from_: Annotated[float | None, QueryParameter(name="from")] = None,
    to: FromQuery[float | None] = None,
    step: FromQuery[float | None] = None,
) -> dict[str, Any]:
    """Answer counts, oldest age and durations per step; the last hour by default."""
    services = services_of(request)
    view = lane_or_404(request, lane).view
    end = to if to is not None else services.now()
    begin = from_ if from_ is not None else end - HOUR_S
    step_s = _step(begin, end, step)
    first = int(begin // step_s * step_s)
    last = int(-(-end // step_s) * step_s)
    points = await asyncio.to_thread(points_of, services, view, first, last, step_s)
    deploys = await asyncio.to_thread(services.store.deploys.between, first, last)
    return {
        "lane": lane,
        "from": first,
        "to": last,
        "step_s": step_s,
        "promise_s": view.promise_s,
        "deploys": [
            {"at": mark.at, "release": mark.release, "service": mark.service} for mark in deploys
        ],
        "points": points,
    }


def _step(begin: float, end: float, step: float | None) -> int:
    if not 0 < end - begin < 400 * 24 * HOUR_S:
        raise HTTPException(detail="from must lie before to, at most 400 days.", status_code=400)
    if step is not None and not 60 <= step <= 24 * HOUR_S:  # noqa: PLR2004 - a minute
        raise HTTPException(detail="step must lie between 60 and 86400 s.", status_code=400)
    fitting = max(60.0, (end - begin) / 60) if step is None else step
    step_s = int(fitting // 60) * 60
    if (end - begin) / step_s > MAX_POINTS:
        detail = f"More than {MAX_POINTS} points: choose a longer step or a shorter range."
        raise HTTPException(detail=detail, status_code=400)
    return step_s


def points_of(
    services: Services, view: LaneView, first: int, last: int, step_s: int
) -> list[dict[str, Any]]:
    """Return one point per step, also where nothing happened; blocks on the store."""
    found = services.store.rollups.series(
        view.source, view.queue, view.jobs or None, from_=first, to=last, step_s=step_s
    )
    zone = services.config.server.time_zone
    usual = usual_of(services.store.rollups, view, zone, first, last)
    known = {point.at: point.minute for point in found}
    empty = Minute()
    return [_point(at, known.get(at, empty), usual(at)) for at in range(first, last, step_s)]


def _point(at: int, minute: Minute, normal: Normal | None) -> dict[str, Any]:
    return {
        "at": at,
        "completions": minute.completed,
        "arrivals": minute.arrivals,
        "failures": minute.failed,
        "retries": minute.retried,
        "dead": minute.dead,
        "failed_share": minute.failed_share,
        "oldest_age_s": minute.oldest_age_s,
        "baseline_age_s": None if normal is None else normal.typical_s,
        "baseline_high_s": None if normal is None else normal.oldest_s,
        **_durations("wait", minute.ready_wait),
        **_durations("run", minute.run),
    }


def _durations(name: str, sketch: DurationSketch) -> dict[str, float | None]:
    return {f"{name}_{share}_s": sketch.quantile(value) for share, value in _SHARES}


history_router = Router("/", route_handlers=[series])
