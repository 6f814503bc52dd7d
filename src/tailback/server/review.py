"""The weekly review of a running server: gathers six weeks and shows what `core.review` finds."""

import asyncio
import datetime as dt
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Router, get
from litestar.exceptions import HTTPException
from litestar.response import Response

from tailback.core import wording_review
from tailback.core.advice import Advice, advise, no_owner_key, unpaired
from tailback.core.drill import PREFIX
from tailback.core.model import Lane
from tailback.core.review import (
    WEEKS,
    FirstSignal,
    LaneReview,
    LaneWeeks,
    Moment,
    ReasonWeek,
    Week,
    first_signal,
    review_lane,
    top_reasons,
)
from tailback.server.api import NO_STORE
from tailback.server.evidence import evidence_of, retries_of, rising_of, uncounted_of
from tailback.server.reasons import ReasonBook
from tailback.server.services import Services, services_of
from tailback.server.show import name_of, show
from tailback.server.view import LaneRow
from tailback.store.alerts import SavedEpisode
from tailback.store.base import Point
from tailback.store.review import Note
from tailback.store.store import Store

HOUR_S = 3600
MINUTE_S = 60
WEEK_S = 7 * 86_400
LOOK_BEFORE_S = 3 * HOUR_S
MAX_EPISODES = 200
MAX_UNPROVEN = 10
_READ = {"scope": "read"}


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """The week's latest incident; times are Unix seconds, null while it goes on."""

    id: str
    lane: str
    opened_at: float
    resolved_at: float | None
    sentence: str
    acknowledged_by: str | None
    first_signal: FirstSignal | None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """One week: [from_at, to_at) in Unix seconds, `days` are its first and last day."""

    week: str
    from_at: float
    to_at: float
    days: tuple[str, str]
    headline: str
    lanes: list[LaneReview]
    reasons: list[ReasonWeek]
    incidents: int
    without_action: int
    incident: Incident | None
    notes: list[Note]
    advice: list[Advice]


def week_of(text: str | None, today: dt.date) -> dt.date:
    """Return the Monday of "2026-W47", of the last whole week when None; ValueError otherwise."""
    if text is None:
        return today - dt.timedelta(days=today.weekday() + 7)
    year, _, number = text.partition("-W")
    return dt.date.fromisocalendar(int(year), int(number), 1)


def make_review(services: Services, week: str | None, now: float) -> Review:
    """Gather and judge one week; ValueError when `week` is not a week."""
    zone = ZoneInfo(services.config.server.time_zone)
    today = dt.datetime.fromtimestamp(now, zone).date()
    monday = week_of(week, today)
    begin, end = _midnight(monday, zone), _midnight(monday + dt.timedelta(days=7), zone)
    rows = services.hub.board.rows
    store = services.store
    lanes = [review_lane(_weeks(store, row, monday, zone), now) for row in rows]
    lanes.sort(key=lambda one: (not one.drifts, not one.rose, -(one.ages[-1] or 0.0)))
    episodes = [
        one
        for one in store.episodes.newest(MAX_EPISODES, before=end)
        if not one.lane.startswith(PREFIX)
    ]
    known, episodes = episodes, [one for one in episodes if one.opened_at >= begin]
    reasons = top_reasons(_reasons(store, services.corrections.book(), end, rows))
    releases = [one.at for one in store.deploys.between(begin - WEEKS * WEEK_S, end)]
    return Review(
        week=_name(monday),
        from_at=begin,
        to_at=end,
        days=(monday.isoformat(), (monday + dt.timedelta(days=6)).isoformat()),
        headline=wording_review.headline(
            len(lanes),
            sum(lane.drifts for lane in lanes),
            sum(lane.retries_rise for lane in lanes),
            sum(lane.dead_now or 0 for lane in lanes),
        ),
        lanes=lanes,
        reasons=reasons,
        incidents=len(episodes),
        without_action=sum(1 for one in episodes if one.acknowledged_by is None),
        incident=_incident(services, episodes),
        notes=store.review.notes(begin, max(end, now)),
        advice=advise(
            evidence_of(services, lanes, (int(begin), int(end)), known, releases),
            store.review.dismissed(),
            [
                *retries_of(services, now),
                *rising_of(services, reasons, (int(begin), int(end))),
                *unpaired(store.outcomes.names(), _paired(services.lanes())),
                *uncounted_of(services),
            ],
        ),
    )


def _paired(lanes: Sequence[Lane]) -> set[str]:
    """Return the counters that some lane is held against."""
    expected = [lane.expects for lane in lanes if lane.expects is not None]
    names = {one.upstream for one in expected}
    return names | {one.downstream for one in expected if one.downstream is not None}


def _midnight(day: dt.date, zone: ZoneInfo) -> float:
    return dt.datetime.combine(day, dt.time(), zone).timestamp()


def _weeks(store: Store, row: LaneRow, monday: dt.date, zone: ZoneInfo) -> LaneWeeks:
    view = row.view
    days = [monday + dt.timedelta(days=offset) for offset in range(7 - 7 * WEEKS, 7)]
    window = (int(_midnight(days[0], zone)), int(_midnight(days[-1] + dt.timedelta(days=1), zone)))
    points = store.rollups.counts(
        view.source, view.queue, view.jobs or None, windows=[window], step_s=HOUR_S
    )
    by_day: dict[dt.date, list[Point]] = defaultdict(list)
    for point in points:
        by_day[dt.datetime.fromtimestamp(point.at, zone).date()].append(point)
    weeks = tuple(
        _week([by_day[day] for day in days[first : first + 7]]) for first in range(0, 7 * WEEKS, 7)
    )
    return LaneWeeks(
        lane=view.lane,
        name=row.name,
        owner=view.owner,
        promise_s=view.promise_s,
        weeks=weeks,
        dead_now=view.dead,
        drilled_at=view.drilled_at,
    )


def _week(days: Sequence[Sequence[Point]]) -> Week:
    minutes = [point.minute for day in days for point in day]
    return Week(
        ages=tuple(
            max(
                (p.minute.oldest_age_s for p in day if p.minute.oldest_age_s is not None),
                default=None,
            )
            for day in days
        ),
        arrivals=sum(minute.arrivals for minute in minutes),
        retried=sum(minute.retried for minute in minutes),
    )


def _reasons(
    store: Store, book: ReasonBook, end: float, rows: Sequence[LaneRow]
) -> list[ReasonWeek]:
    """Count the week's reasons, merged and renamed as people corrected them."""
    names = {(row.view.source, row.view.queue): row.name for row in rows}
    sentences = {
        book.alias(note.key): book.explain(json.loads(note.error), note.key).sentence
        for note in store.reason_notes.all()
        if note.error is not None
    }
    this: dict[str, int] = defaultdict(int)
    before: dict[str, int] = defaultdict(int)
    lanes: dict[str, set[str]] = defaultdict(set)
    for one in store.rollups.reasons(until=int(end)):
        key = book.alias(one.reason)
        this[key] += one.last_7d
        lanes[key].add(names.get((one.source, one.queue), one.queue))
    for one in store.rollups.reasons(until=int(end) - WEEK_S):
        before[book.alias(one.reason)] += one.last_7d
    return [
        ReasonWeek(key, sentences.get(key, key), number, before[key], tuple(sorted(lanes[key])))
        for key, number in this.items()
    ]


def _incident(services: Services, episodes: Sequence[SavedEpisode]) -> Incident | None:
    ended = [one for one in episodes if one.resolved_at is not None]
    chosen = max(ended or episodes, key=lambda one: one.opened_at, default=None)
    if chosen is None:
        return None
    row = services.hub.board.row(chosen.lane)
    lasted = None if chosen.resolved_at is None else chosen.resolved_at - chosen.opened_at
    return Incident(
        id=chosen.id,
        lane=chosen.lane,
        opened_at=chosen.opened_at,
        resolved_at=chosen.resolved_at,
        sentence=wording_review.incident(name_of(services, chosen.lane), chosen.message, lasted),
        acknowledged_by=chosen.acknowledged_by,
        first_signal=None if row is None else _signal(services.store, row, chosen.opened_at),
    )


def _signal(store: Store, row: LaneRow, opened_at: float) -> FirstSignal | None:
    view = row.view
    to = int(opened_at) // MINUTE_S * MINUTE_S + MINUTE_S
    points = store.rollups.counts(
        view.source,
        view.queue,
        view.jobs or None,
        windows=[(to - LOOK_BEFORE_S, to)],
        step_s=MINUTE_S,
    )
    known = {point.at: point.minute for point in points}
    moments = [
        Moment(at, known[at].retried, known[at].oldest_age_s)
        if at in known
        else Moment(at, 0, None)
        for at in range(to - LOOK_BEFORE_S, to, MINUTE_S)
    ]
    return first_signal(moments, opened_at, view.promise_s)


async def _asked(request: Request[Any, Any, Any]) -> Review:
    services = services_of(request)
    week = request.query_params.get("week")
    try:
        return await asyncio.to_thread(make_review, services, week, services.now())
    except ValueError:
        detail = "week: write a week of the calendar, such as 2026-W47."
        raise HTTPException(detail=detail, status_code=400) from None


@get("/api/v1/review", opt=_READ, summary="The weekly review")
async def review_json(request: Request[Any, Any, Any]) -> Response[Review]:
    """Answer the review of a week (`week=2026-W47`), the last whole one by default."""
    body: Any = msgspec.json.encode(await _asked(request))
    return Response(body, media_type="application/json", headers=NO_STORE)


@get("/review", opt=_READ, include_in_schema=False)
async def review_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the review of a week."""
    services = services_of(request)
    review = await _asked(request)
    monday = dt.date.fromisoformat(review.days[0])
    return show(
        request,
        "review.html",
        review=review,
        rev=wording_review,
        unproven=[lane.name for lane in review.lanes if lane.unproven][:MAX_UNPROVEN],
        nobody=[
            lane.name
            for lane in review.lanes
            if lane.owner is None
            and no_owner_key(lane.lane) not in {one.key for one in review.advice}
        ],
        week_before=_name(monday - dt.timedelta(days=7)),
        week_after=_name(monday + dt.timedelta(days=7))
        if review.to_at <= services.now()
        else None,
    )


def _name(monday: dt.date) -> str:
    year, number, _ = monday.isocalendar()
    return f"{year}-W{number:02}"


review_router = Router("/", route_handlers=[review_json, review_page])
