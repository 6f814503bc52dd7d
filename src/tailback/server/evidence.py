"""Gathers what recommendations rest on: a lane's problems, releases, job types and schedule."""

from collections.abc import Sequence

from tailback.core import wording_advice
from tailback.core.advice import Advice, LaneEvidence, TypeWeek, rises_with, uncounted
from tailback.core.redis_memory import evicts_by
from tailback.core.review import LaneReview, ReasonWeek
from tailback.server.search.problems import advice_rows, failing_courses
from tailback.server.services import Services
from tailback.server.view import LaneRow
from tailback.store.alerts import SavedEpisode
from tailback.store.base import RollupStore

MAX_TYPES = 12
ASK_S = 10.0
HOUR_S = 3600
MAX_REASONS = 5
MAX_LANES = 50
REASON_LEAST = 20


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


def uncounted_of(services: Services) -> list[Advice]:
    """Return whose results nobody counts, where nothing is counted at all."""
    lanes = [
        (lane.key, lane.name)
        for lane in services.lanes()
        if lane.wake_someone and lane.expects is None
    ]
    return uncounted(lanes, counts=bool(services.store.outcomes.names()))


def rising_of(
    services: Services, reasons: Sequence[ReasonWeek], week: tuple[int, int]
) -> list[Advice]:
    """Return which of the week's reasons rise whenever another lane slows."""
    rollups, (begin, end) = services.store.rollups, week
    sentences = {one.key: one.sentence for one in reasons[:MAX_REASONS]}
    failing = {
        (one.source, one.queue, one.reason)
        for one in rollups.reasons(until=end)
        if one.reason in sentences and one.last_7d >= REASON_LEAST
    }
    rows = services.hub.board.rows[:MAX_LANES] if failing else []
    runs = [(row, _run_by_hour(rollups, row, week)) for row in rows]
    found = []
    for source, queue, reason in sorted(failing)[:MAX_REASONS]:
        series = rollups.reason_series(
            source, queue, None, reason, from_=begin, to=end, step_s=HOUR_S
        )
        counts = dict(series)
        name = next((row.name for row in rows if _is_at(row, source, queue)), queue)
        for row, run_s in runs:
            hours = sorted(counts.keys() | run_s.keys())
            rose = None
            if not _is_at(row, source, queue):
                rose = rises_with(
                    [counts.get(at, 0) for at in hours], [run_s.get(at) for at in hours]
                )
            if rose is not None:
                text = wording_advice.rises_with(sentences[reason], name, row.name, *rose)
                found.append(Advice(f"rises-with:{reason}:{queue}:{row.view.lane}", text))
    return found


def _is_at(row: LaneRow, source: str, queue: str) -> bool:
    return (row.view.source, row.view.queue) == (source, queue)


def _run_by_hour(rollups: RollupStore, row: LaneRow, week: tuple[int, int]) -> dict[int, float]:
    """Return the mean run of the jobs that ended well, by hour."""
    view = row.view
    points = rollups.counts(
        view.source, view.queue, view.jobs or None, windows=[week], step_s=HOUR_S
    )
    done = {point.at: point.minute for point in points if point.minute.completed}
    return {
        at: (minute.run_ms - minute.failed_run_ms) / 1000 / minute.completed
        for at, minute in done.items()
    }


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
        source=row.view.source,
        evicts=None if reading is None else evicts_by(reading.notes),
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
