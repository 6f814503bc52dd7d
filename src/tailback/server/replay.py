"""Recorded events through the real chain on a virtual clock: decode, ledger, judge, episodes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from operator import attrgetter
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import msgspec

from tailback.core import wording_alerts
from tailback.core.episodes import EpisodeEvent
from tailback.core.facts import gather
from tailback.core.impact import Impact, impact_of
from tailback.core.judge.baseline import Hour
from tailback.core.judge.signals import Signals
from tailback.core.judge.verdict import Judgement
from tailback.core.ledger import Ledger
from tailback.core.ledger.history import CODES
from tailback.core.model import Lane, QueueReading
from tailback.core.rollups import Deltas
from tailback.server.config import Config
from tailback.server.days_off import holidays_of_lanes
from tailback.server.lanes import LaneBook
from tailback.server.reasons import reason_key
from tailback.server.watch import Watch

SOURCE = "replay"
TICK_S = 15.0
UNSORTED_S = 300.0
CHUNK_BYTES = 1 << 20
DELIVER_S = 600.0
HOUR_S = 3600


class Line(msgspec.Struct, gc=False):
    """One line of a recording: a wire event, or what else a replay knows."""

    kind: str
    at: float = 0.0
    id: str = ""
    queue: str = ""
    job: str | None = None
    first_enqueued_at: float | None = None
    due_at: float | None = None
    attempt: int | None = None
    max_attempts: int | None = None
    tenant: str | None = None
    worker: str | None = None
    ran_for: float | None = None
    priority: int | None = None
    release: str | None = None
    root: str | None = None
    parent: str | None = None
    drill: str | bool | None = None
    error: dict[str, Any] | None = None
    why: str | None = None
    alive: int | None = None
    name: str | None = None
    count: float | None = None


class Reading(msgspec.Struct, gc=False):
    """A line with a probe's look at a queue; `at` stands for `taken_at`."""

    queue: str
    at: float
    waiting: int | None = None
    oldest_due_at: float | None = None
    oldest_source: str | None = None
    ready_wait: float | None = None
    running: int | None = None
    oldest_running_at: float | None = None
    retrying: int | None = None
    scheduled: int | None = None
    overdue_scheduled: int | None = None
    dead: int | None = None
    workers: int | None = None
    paused: bool | None = None
    scheduler_alive: bool | None = None
    done_counter: int | None = None
    notes: tuple[str, ...] = ()


class ReplayError(Exception):
    """A recording cannot be read; the text names the file, the line and what is wrong."""


_line = msgspec.json.Decoder(Line)
_reading = msgspec.json.Decoder(Reading)
_at = attrgetter("at")


def read_lines(files: Iterable[tuple[str, BinaryIO]]) -> Iterator[list[Any]]:
    """Yield lists of lines in the order of their time; within a file they may be 5 minutes off."""
    for name, file in files:
        yield from _sorted_lines(name, file)


def _sorted_lines(name: str, file: BinaryIO) -> Iterator[list[Any]]:
    pending: list[Any] = []
    number = 0
    while chunk := file.readlines(CHUNK_BYTES):
        pending += _decode(name, chunk, number)
        number += len(chunk)
        # Nearly sorted already, so sorting costs one pass.
        pending.sort(key=_at)
        horizon = pending[-1].at - UNSORTED_S if pending else 0.0
        cut = _first_after(pending, horizon)
        yield pending[:cut]
        pending = pending[cut:]
    yield pending


def _first_after(lines: list[Any], horizon: float) -> int:
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high) // 2
        if lines[middle].at <= horizon:
            low = middle + 1
        else:
            high = middle
    return low


def _decode(name: str, chunk: list[bytes], number: int) -> list[Any]:
    found: list[Any] = []
    for offset, raw in enumerate(chunk):
        try:
            line: Any = _line.decode(raw)
            if line.kind == "reading":
                line = _reading.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            if not raw.strip():
                continue
            where = f"{name}, line {number + offset + 1}"
            text = (
                f"{where}: {error}. Each line must be one JSON event, see docs/reference/replay."
            )
            raise ReplayError(text) from error
        found.append(line)
    return found


class Replay:
    """Feeds lines in order and says what would have been seen and alerted, as JSON-ready rows."""

    def __init__(self, config: Config, say: Callable[[dict[str, Any]], None]) -> None:
        self.ledger = Ledger(classify=reason_key)
        self._config = config
        self._zone = ZoneInfo(config.server.time_zone)
        self._say = say
        self._days_off = holidays_of_lanes(lambda: config.people)
        # A recording does not say where it comes from: its queues are those of the file's lanes.
        self._book = LaneBook([replace(lane, source=SOURCE) for lane in config.lanes], [SOURCE])
        self._watched: dict[str, Watch] = {}
        self._said: dict[str, tuple[str, str]] = {}
        self._slices = -1
        self._tick: float | None = None
        self._deliver_at = 0.0
        self._arrivals: dict[tuple[str, str], dict[int, Hour]] = {}
        self._readings: dict[str, QueueReading] = {}
        self._deploy: tuple[float, str] | None = None
        self._batch: list[Line] = []
        self.events = 0

    def feed(self, lines: list[Any]) -> None:
        """Take lines that are in order of time, judging every 15 seconds of theirs."""
        if not lines:
            return
        tick = self._tick or (lines[0].at // TICK_S) * TICK_S + TICK_S
        batch = self._batch
        for line in lines:
            if line.at >= tick:
                self._flush()
                tick = self._run_until(tick, line.at)
            if type(line) is Line and line.kind in CODES:
                batch.append(line)
            else:
                self._flush()
                self._note(line)
        self.events += len(lines)
        self._tick = tick

    def finish(self, after_s: float = 0.0) -> None:
        """Judge to the end of the recording."""
        self._flush()
        if self._tick is not None:
            self._run_until(self._tick, self._tick + after_s)

    def _flush(self) -> None:
        if self._batch:
            self.ledger.apply(SOURCE, self._batch, self._batch[-1].at)
            self._batch.clear()

    def _note(self, line: Any) -> None:
        if isinstance(line, Reading):
            values = {
                name: getattr(line, name) for name in Reading.__struct_fields__ if name != "at"
            }
            if line.oldest_due_at is not None and line.oldest_source is None:
                values["oldest_source"] = "exact"
            reading = QueueReading(source=SOURCE, taken_at=line.at, **values)
            self._readings[line.queue] = reading
            self.ledger.take_reading(reading)
        elif line.kind == "workers":
            self.ledger.set_workers(SOURCE, line.queue, line.alive or 0, line.at)
        elif line.kind == "deploy":
            self._deploy = (line.at, line.release or "")
        else:
            for watch in self._lanes(line.at):
                watch.outcome(line.name or "", line.at, 1.0 if line.count is None else line.count)

    def _run_until(self, tick: float, at: float) -> float:
        """Judge at every tick up to `at`; return the next one."""
        while tick <= at:
            self._judge(tick)
            tick += TICK_S
            idle_until = min((w.look_at for w in self._watched.values()), default=at)
            if idle_until > tick:
                skipped = min(idle_until, at) - tick
                tick += max(0.0, skipped // TICK_S * TICK_S)
        return tick

    def _judge(self, now: float) -> None:
        for watch in self._lanes(now):
            self._judge_lane(watch, now)
        if now >= self._deliver_at:
            self._remember(self.ledger.take_deltas())
            self._deliver_at = now + DELIVER_S

    def _remember(self, deltas: Deltas) -> None:
        """Keep how many jobs of each type came in an hour, as a store would."""
        for key, minute in deltas.minutes.items():
            if minute.arrivals:
                hours = self._arrivals.setdefault((key.queue, key.job), {})
                hour = hours.setdefault(key.minute // HOUR_S * HOUR_S, Hour())
                hour.arrivals += minute.arrivals

    def _lanes(self, now: float) -> Iterable[Watch]:
        slices = self.ledger.shared.slices
        seen = len(slices) + len(self._readings)
        if seen != self._slices:
            self._slices = seen
            keys: list[tuple[str, str, str | None]] = [part.key for part in slices]
            keys += [(SOURCE, queue, None) for queue in self._readings]
            for lane in self._book.lanes(keys):
                self._watch(lane, now)
        return self._watched.values()

    def _watch(self, lane: Lane, now: float) -> None:
        """Watch a lane from now on; one that got further job types keeps what it has learned."""
        old = self._watched.get(lane.key)
        if old is not None and old.lane == lane:
            return
        past: list[tuple[int, Hour]] = []
        if old is not None:
            this_hour = now // HOUR_S * HOUR_S
            past = [(at, hour) for at, hour in old.baseline.hours() if at < this_hour]
        watch = self._watched[lane.key] = Watch(
            lane,
            self._zone,
            now,
            past=past,
            is_holiday=self._days_off(lane),
            past_of=lambda job, _now: self._arrivals.get((lane.queue, job), {}).items(),
        )
        if old is not None:
            watch.go_on(old)

    def _judge_lane(self, watch: Watch, now: float) -> None:
        lane = watch.lane
        reading = self._readings.get(lane.queue)
        facts = None if reading is None else gather(self.ledger, reading, lane, now)
        seen = watch.look(self.ledger, now, facts=facts, deploy=self._deploy)
        verdict = seen.judgement.verdict
        said = (verdict.verdict, "" if verdict.verdict == "healthy" else verdict.cause)
        if said != self._said.get(lane.key):
            self._said[lane.key] = said
            self._say(self._verdict_row(lane, seen.judgement, seen.signals))
        for event in seen.events:
            self._say(self._episode_row(lane, event, seen.judgement, seen.signals))

    def _verdict_row(self, lane: Lane, judgement: Judgement, signals: Signals) -> dict[str, Any]:
        verdict = judgement.verdict
        return {
            "at": signals.now,
            "kind": "verdict",
            "lane": lane.key,
            "verdict": verdict.verdict,
            "cause": verdict.cause,
            "sentence": verdict.sentence,
            "oldest_age_s": signals.oldest_s,
            "affected_accounts": self._impact(lane, signals).accounts,
        }

    def _episode_row(
        self, lane: Lane, event: EpisodeEvent, judgement: Judgement, signals: Signals
    ) -> dict[str, Any]:
        episode = event.episode
        message = wording_alerts.alert(lane, judgement, signals, self._impact(lane, signals))
        if event.event == "resolved":
            lasted = event.at - episode.opened_at
            message = wording_alerts.recovered(lane, episode.worst_age_s, lasted)
        return {
            "at": event.at,
            "kind": "episode",
            "event": event.event,
            "id": episode.id,
            "lane": lane.key,
            "rule": event.rule,
            "cause": judgement.verdict.cause,
            "page": event.page,
            "owner": lane.owner,
            "message": message,
        }

    def _impact(self, lane: Lane, signals: Signals) -> Impact:
        reading = self._readings.get(lane.queue)
        return impact_of(lane, gather(self.ledger, reading, lane, signals.now))
