"""Gathers what recommendations rest on: a lane's problems, releases, job types and schedule."""

from collections.abc import Sequence

from tailback.core.advice import Advice, LaneEvidence, TypeWeek
from tailback.core.review import LaneReview
from tailback.server.search.problems import advice_rows, failing_courses
from tailback.server.services import Services
from tailback.server.view import LaneRow
from tailback.store.alerts import SavedEpisode

MAX_TYPES = 12
ASK_S = 10.0


def evidence_of(
    services: Services,
    lanes: Sequence[LaneReview],
    week: tuple[int, int],
    episodes: Sequence[SavedEpisode],
    releases: Sequence[float],
) -> list[LaneEvidence]:
    """Return the evidence of lanes; `episodes` and `releases` are those up to the week's end."""
    rows = {row.view.lane: row for row in services.hub.board.rows}
    return [
        _of(services, lane, rows[lane.lane], week, episodes, releases)
        for lane in lanes
        if lane.lane in rows
    ]


def retries_of(services: Services, now: float) -> list[Advice]:
    """Return what to change in the retries of job types that fail now."""
    courses = services.engine.ask(failing_courses).result(ASK_S)
    return [
        Advice(f"{row.kind}:{row.source}:{row.queue}:{row.job}", row.sentence.rstrip("."))
        for row in advice_rows(courses, services.lanes(), now)
    ]


def _of(
    services: Services,
    lane: LaneReview,
    row: LaneRow,
    week: tuple[int, int],
    episodes: Sequence[SavedEpisode],
    releases: Sequence[float],
) -> LaneEvidence:
    mine = [one for one in episodes if one.lane == lane.lane]
    this_week = [one for one in mine if one.opened_at >= week[0]]
    reading = services.readings.newest(row.view.source, row.view.queue)
    return LaneEvidence(
        review=lane,
        problems=len(this_week),
        unanswered=sum(one.acknowledged_by is None for one in this_week),
        opened_at=[one.opened_at for one in mine],
        releases=releases,
        types=_types(services, row, week),
        scheduled=row.view.scheduled,
        scheduler_alive=None if reading is None else reading.scheduler_alive,
    )


def _types(services: Services, row: LaneRow, week: tuple[int, int]) -> list[TypeWeek]:
    view, rollups = row.view, services.store.rollups
    names = view.jobs or [key.job for key in rollups.slices(view.source, view.queue)]
    if not 1 < len(names) <= MAX_TYPES:
        return []
    found = []
    for name in names:
        points = rollups.counts(
            view.source, view.queue, [name], windows=[week], step_s=week[1] - week[0]
        )
        done = sum(point.minute.completed for point in points)
        run_ms = sum(point.minute.run_ms - point.minute.failed_run_ms for point in points)
        if done:
            found.append(TypeWeek(name, done, run_ms / 1000 / done))
    return found
