"""Looks at every lane each second or two and publishes what it finds as one board."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, get_args
from zoneinfo import ZoneInfo

from tailback.core import wording_alerts
from tailback.core.episodes import Episode
from tailback.core.facts import LaneFacts, gather
from tailback.core.impact import impact_of
from tailback.core.judge.baseline import Hour
from tailback.core.ledger import Ledger
from tailback.core.model import Lane, VerdictWord
from tailback.core.rollups import Minute
from tailback.core.wording import board_summary, unreadable
from tailback.server.compose import lane_row, worst_first
from tailback.server.days_off import IsDayOff, no_holidays_of
from tailback.server.desk import Desk
from tailback.server.lanes import LaneBook
from tailback.server.readings import Readings, SourceState
from tailback.server.reasons import ReasonBook
from tailback.server.topic import Look
from tailback.server.view import Board, EpisodeView, LaneRow, Notices, SourceRow, Spark
from tailback.server.watch import Seen, Watch
from tailback.store.base import RollupStore
from tailback.store.marks import OutcomeStore

SPARK_MINUTES = 60
MAX_EPISODES = 500
PAST_HOURS = 15 * 24
UPSTREAM_EVERY_S = 5.0
_WORDS: dict[str, VerdictWord] = {word: word for word in get_args(VerdictWord)}

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Memory:
    """One lane's watch, and its oldest age per minute."""

    watch: Watch
    ages: dict[int, float | None] = field(default_factory=dict)
    upstream_at: float = 0.0


class JudgeLoop:
    """Runs on the engine's thread, which owns the ledger."""

    def __init__(
        self,
        lanes: LaneBook,
        readings: Readings,
        publish: Callable[[Board], None],
        time_zone: str,
        rollups: RollupStore | None = None,
        latest_deploy: Callable[[float], tuple[float, str] | None] = lambda _now: None,
        desk: Desk | None = None,
        book: Callable[[], ReasonBook] = ReasonBook,
        outcomes: OutcomeStore | None = None,
        days_off: Callable[[Lane], IsDayOff] = no_holidays_of,
        notices: Callable[[], Notices] = Notices,
    ) -> None:
        """Publish boards; clock times in sentences are of `time_zone`.

        What was normal in the past is read from `rollups` when a lane is first seen. Without a
        `desk` nobody is told of episodes, without `outcomes` no lane is held against what it must
        follow. `days_off` gives a lane its holidays, `notices` what the board says of
        Tailback itself.
        """
        self._notices = notices
        self._days_off = days_off
        self._outcomes = outcomes
        self._desk = desk
        self._book = book
        self._rollups = rollups
        self._latest_deploy = latest_deploy
        self._episodes: deque[EpisodeView] = deque(maxlen=MAX_EPISODES)
        self._lanes = lanes
        self._readings = readings
        self._publish = publish
        self._zone = ZoneInfo(time_zone)
        self._memories: dict[str, _Memory] = {}
        self._version = 0
        self._observed: dict[tuple[str, str], float] = {}
        self._deploy: tuple[float, str] | None = None

    def once(self, ledger: Ledger, now: float) -> None:
        """Judge every lane and publish the board."""
        self._hand_over(ledger)
        ledger.observe(now)
        self._deploy = self._latest_deploy(now)
        lanes = self._lanes.lanes(self._seen(ledger))
        rows = worst_first([self._row(ledger, lane, now) for lane in lanes])
        self._memories = {lane.key: self._memories[lane.key] for lane in lanes}
        if self._desk is not None:
            self._desk.end_round(self._memories, now)
        self._version += 1
        views = [(row.name, row.view) for row in rows]
        notices = self._notices()
        summary = board_summary(
            [
                (_WORDS[view.verdict], name, view.customer_action, view.oldest_age_s)
                for name, view in views
            ],
            self._lanes.unwatched,
            [name for name, view in views if view.verdict == "healthy" and view.episode_id],
            ails=notices.ails,
        )
        sources = [_source_row(state) for state in self._readings.sources()]
        board = Board(
            version=self._version,
            as_of=now,
            summary=summary,
            rows=rows,
            sources=sources,
            episodes=list(self._episodes),
            notices=list(notices.lines),
        )
        self._publish(board)

    def _hand_over(self, ledger: Ledger) -> None:
        """Tell the ledger of new readings, so that it notices jobs that vanished."""
        for key in self._readings.queues():
            reading = self._readings.newest(*key)
            if reading is None:
                ledger.lose_sight(*key)
            elif self._observed.get(key) != reading.taken_at:
                self._observed[key] = reading.taken_at
                ledger.take_reading(reading)

    def _seen(self, ledger: Ledger) -> list[tuple[str, str, str | None]]:
        seen: list[tuple[str, str, str | None]] = [part.key for part in ledger.shared.slices]
        seen += [(source, queue, None) for source, queue in self._readings.queues()]
        return seen

    def _row(self, ledger: Ledger, lane: Lane, now: float) -> LaneRow:
        reading = self._readings.newest(lane.source, lane.queue)
        facts = gather(ledger, reading, lane, now)
        state = self._readings.source(lane.source)
        memory = self._memory(lane, now)
        blind = None
        if state is not None and state.blind_since is not None:
            blind = (state.blind_since, unreadable(lane.source))
        self._hear_upstream(memory, lane, now)
        seen = memory.watch.look(ledger, now, facts=facts, blind=blind, deploy=self._deploy)
        self._remember(memory, facts, now)
        self._note_episodes(lane, facts, seen, memory.watch.episodes.current, now)
        normal, episode = seen.judgement.normal, memory.watch.episodes.open
        return lane_row(
            lane,
            facts,
            seen.judgement.verdict,
            state,
            _spark(memory, facts, now),
            normal_age_s=None if normal is None else normal.typical_s,
            episode_id=None if episode is None else episode.id,
            drilled_at=None if self._desk is None else self._desk.proven(lane.key, now),
            book=self._book(),
            runs=memory.watch.says,
        )

    def _hear_upstream(self, memory: _Memory, lane: Lane, now: float) -> None:
        """Read the business counter that a lane must follow, every few seconds."""
        upstream, expects = memory.watch.upstream, lane.expects
        due = now - memory.upstream_at >= UPSTREAM_EVERY_S
        if upstream is None or expects is None or self._outcomes is None or not due:
            return
        memory.upstream_at = now
        since = upstream.looks_from(now)
        series = partial(self._outcomes.series, from_=since, to=int(now) + 1, step_s=60)
        upstream.know(series(expects.upstream))
        downstream = memory.watch.downstream
        if downstream is not None and expects.downstream is not None:
            downstream.know(series(expects.downstream))

    def _memory(self, lane: Lane, now: float) -> _Memory:
        memory = self._memories.get(lane.key)
        if memory is None or memory.watch.lane != lane:
            watch = Watch(
                lane, self._zone, now, None, self._past(lane, now), self._in_words,
                self._days_off(lane), partial(self._past_of, lane),
            )  # fmt: skip
            # The problem goes on, whether the server or only the lane's definition is new.
            if memory is not None:
                watch.go_on(memory.watch)
            elif self._desk is not None:
                watch.episodes.current = self._desk.current(lane.key)
            memory = self._memories[lane.key] = _Memory(watch, self._recent_ages(lane, now))
        return memory

    def _past_of(self, lane: Lane, job: str, now: float) -> list[tuple[int, Hour]]:
        return self._past(replace(lane, jobs=(job,)), now)

    def _past(self, lane: Lane, now: float) -> list[tuple[int, Hour]]:
        if self._rollups is None:
            return []
        this_hour = int(now // 3600) * 3600
        jobs = lane.jobs or None
        windows = [(this_hour - PAST_HOURS * 3600, this_hour)]
        points = self._rollups.counts(lane.source, lane.queue, jobs, windows=windows, step_s=3600)
        return [(point.at, _hour(point.minute)) for point in points]

    def _recent_ages(self, lane: Lane, now: float) -> dict[int, float | None]:
        """Return the oldest age per minute that a server before this one saw."""
        if self._rollups is None:
            return {}
        to = int(now) // 60 * 60 + 60
        windows = [(to - SPARK_MINUTES * 60, to)]
        points = self._rollups.counts(
            lane.source, lane.queue, lane.jobs or None, windows=windows, step_s=60
        )
        return {point.at // 60: point.minute.oldest_age_s for point in points}

    def _note_episodes(
        self, lane: Lane, facts: LaneFacts, seen: Seen, episode: Episode | None, now: float
    ) -> None:
        impact = impact_of(lane, facts)
        for event in seen.events:
            message = wording_alerts.alert(lane, seen.judgement, seen.signals, impact)
            self._episodes.append(EpisodeView.of(event, lane, seen.judgement.verdict, message))
        if self._desk is None:
            return
        try:
            self._desk.look(Look(lane=lane, seen=seen, impact=impact), episode, now)
        except Exception:  # noqa: BLE001 - the board and all other lanes go on
            _log.exception("an episode could not be told", extra={"lane": lane.key})

    def acknowledge(self, episode: str, by: str, now: float) -> Future[None] | None:
        """Note that somebody looks after an open episode; None when there is no such.

        It runs on the engine's thread; the future resolves when that is durable.
        """
        if self._desk is None:
            return None
        for memory in self._memories.values():
            machine = memory.watch.episodes
            if machine.open is not None and machine.open.id == episode:
                (event,) = machine.acknowledge(by, now)
                return self._desk.acknowledged(event, memory.watch.lane.name, by, now)
        return self._desk.acknowledge(episode, by, now)

    def _remember(self, memory: _Memory, facts: LaneFacts, now: float) -> None:
        minute = int(now) // 60
        age = _age(facts)
        before = memory.ages.get(minute)
        memory.ages[minute] = age if before is None else max(before, age or 0.0)
        for old in [at for at in memory.ages if at <= minute - SPARK_MINUTES]:
            del memory.ages[old]

    def _in_words(self, error: Mapping[str, Any]) -> str:
        book = self._book()
        return book.explain(error, book.key(error)).sentence


def _hour(minute: Minute) -> Hour:
    return Hour(
        arrivals=minute.arrivals,
        completed=minute.completed,
        failed=minute.failed,
        discarded=minute.discarded,
        run_s=(minute.run_ms - minute.failed_run_ms) / 1000,
        oldest_s=minute.oldest_age_s or 0.0,
        # Only the oldest is kept in the rollups; it is the safer of the two.
        third_s=minute.oldest_age_s or 0.0,
    )


def _age(facts: LaneFacts) -> float | None:
    if facts.oldest_due_at is not None:
        return max(0.0, facts.now - facts.oldest_due_at)
    return 0.0 if facts.oldest_known else None


def _spark(memory: _Memory, facts: LaneFacts, now: float) -> Spark:
    last = int(now) // 60
    minutes = range(last - SPARK_MINUTES + 1, last + 1)
    done: list[int | None] = [None] * SPARK_MINUTES
    if facts.completions is not None:
        done = list(facts.completions[-SPARK_MINUTES:])
    return Spark(done, [memory.ages.get(minute) for minute in minutes])


def _source_row(state: SourceState) -> SourceRow:
    return SourceRow(
        name=state.name,
        system=state.system,
        probed=state.probed,
        seen_at=state.seen_at,
        blind_since=state.blind_since,
        why=state.why,
    )
