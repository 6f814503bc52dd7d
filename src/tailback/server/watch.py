"""One lane under watch: reads it, judges it, keeps its episode; live and in a replay alike."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cronsim import CronSim

from tailback.core.episodes import EpisodeEvent, EpisodeMachine
from tailback.core.facts import LaneFacts
from tailback.core.judge.baseline import Baseline, Hour, no_holidays
from tailback.core.judge.probed import from_facts
from tailback.core.judge.reader import SignalReader
from tailback.core.judge.signals import Signals
from tailback.core.judge.verdict import Judgement, LaneJudge
from tailback.core.ledger import Ledger
from tailback.core.model import Lane
from tailback.server.reasons import explained

BEFORE_S = 3600.0
FOLLOW_S = 600.0
FOLLOW_LONGEST_S = 7200.0
FOLLOW_AT_LEAST = 30
# While the broker cannot be read, a success this long ago does not prove that work goes on.
MOVES_S = 60.0


class Schedule:
    """When declared work was last due; cron times are local and keep to daylight saving."""

    def __init__(self, expression: str, zone: dt.tzinfo, begin: float) -> None:
        """Read a cron expression; only times after `begin` (Unix seconds) count."""
        self._times = CronSim(expression, dt.datetime.fromtimestamp(begin, zone))
        self._next = next(self._times).timestamp()
        self._due_at: float | None = None

    def last_due(self, now: float, *, missed: bool = False) -> float | None:
        """Return the latest due moment up to `now`, None before the first.

        While a run is `missed`, that is the moment it was due, whatever fell due since.
        """
        while self._next <= now and not (missed and self._due_at is not None):
            self._due_at = self._next
            self._next = next(self._times).timestamp()
        return self._due_at


class Upstream:
    """What came of a counter that a lane must follow, or that follows for it, by minute."""

    def __init__(self, within_s: float) -> None:
        """Allow the lane `within_s` seconds to follow."""
        self._within_s = within_s
        self._counts: dict[int, float] = {}

    def add(self, at: float, count: float) -> None:
        """Take `count` more of the counter at `at`, in order of time."""
        minute = int(at) // 60 * 60
        self._counts[minute] = self._counts.get(minute, 0.0) + count
        for old in [one for one in self._counts if one < at - FOLLOW_LONGEST_S - self._within_s]:
            del self._counts[old]

    def know(self, counts: Iterable[tuple[int, int]]) -> None:
        """Take what a store counted, (start of the minute, count), instead of all before."""
        self._counts = {minute: float(count) for minute, count in counts}

    def total_since(self, since: float) -> int:
        """Return how much came in the minutes from `since` on."""
        return int(sum(count for minute, count in self._counts.items() if minute >= since))

    def looks_from(self, now: float) -> int:
        """Return the first minute that `window` may look at."""
        return int(now - self._within_s - FOLLOW_LONGEST_S) // 60 * 60 - 60

    def window(self, now: float) -> tuple[int, float]:
        """Return how much came until the time allowed ago, and since when.

        It looks back ten minutes, and longer (two hours at most) where little comes.
        """
        until = float(int(now - self._within_s) // 60 * 60)
        total, since = 0.0, until
        while since > until - FOLLOW_LONGEST_S:
            since -= 60.0
            total += self._counts.get(int(since), 0.0)
            if total >= FOLLOW_AT_LEAST and until - since >= FOLLOW_S:
                break
        return int(total), since


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at a lane brought."""

    signals: Signals
    judgement: Judgement
    events: list[EpisodeEvent]


class Watch:
    """Looks at one lane again and again."""

    def __init__(
        self,
        lane: Lane,
        zone: dt.tzinfo,
        begin: float,
        clock: Callable[[float], str] | None = None,
        past: list[tuple[int, Hour]] | None = None,
        in_words: Callable[[Mapping[str, Any]], str] | None = None,
        is_holiday: Callable[[dt.date], bool] = no_holidays,
    ) -> None:
        """Watch from `begin` on; `past` are hours of the lane that are already known.

        `in_words` says why an error happened, as people corrected it; `is_holiday` which days are
        no usual ones.
        """
        self.lane = lane
        self.baseline = Baseline(zone, is_holiday)
        self.baseline.load(past or [])
        self.episodes = EpisodeMachine(lane.key, lane.promise_s, wake=lane.wake_someone)
        self.look_at = 0.0
        self._reader = SignalReader(lane, in_words or _in_words)
        self._judge = LaneJudge(lane, self.baseline, clock)
        self._schedule = Schedule(lane.schedule, zone, begin) if lane.schedule else None
        expects = lane.expects
        self.upstream = Upstream(expects.within_s) if expects else None
        paired = expects is not None and expects.downstream is not None
        self.downstream = Upstream(expects.within_s) if expects and paired else None

    def outcome(self, name: str, at: float, count: float) -> None:
        """Take a business counter; it matters to a lane that must follow it."""
        expects = self.lane.expects
        if self.upstream is not None and expects is not None and name == expects.upstream:
            self.upstream.add(at, count)
        if self.downstream is not None and expects is not None and name == expects.downstream:
            self.downstream.add(at, count)

    def look(
        self,
        ledger: Ledger,
        now: float,
        *,
        facts: LaneFacts | None = None,
        blind: tuple[float, str | None] | None = None,
        deploy: tuple[float, str] | None = None,
    ) -> Seen:
        """Judge the lane now.

        `facts` bring in what a probe knows, `blind` since when and why its source is unreadable,
        `deploy` the latest deploy mark (when, release).
        """
        signals = self._reader.read(ledger, now)
        signals.deploy = deploy
        if facts is not None:
            from_facts(signals, facts)
            if signals.blind_since is not None and blind is not None:
                signals.blind_why = blind[1]
                signals.blind_since = signals.blind_since or blind[0]
            elif blind is not None and now - (signals.last_success_at or 0.0) > MOVES_S:
                signals.unseen_since, signals.blind_why = blind
        if self._schedule is not None:
            self._hold_to(self._schedule, signals)
        # What was done in the time allowed counts as well: it may be for the last of them.
        if self.upstream is not None and self.downstream is not None:
            signals.upstream, since = self.upstream.window(now)
            signals.followed = self.downstream.total_since(since)
        elif self.upstream is not None and signals.counts_completions:
            signals.upstream, since = self.upstream.window(now)
            signals.followed = self._reader.completed_since(since)
        judgement = self._judge.step(signals)
        self.look_at = self._judge.next_look(signals)
        events = self.episodes.step(judgement, now)
        for event in events:
            episode = event.episode
            if event.event == "resolved" and episode.against_normal:
                # What was wrong must not become normal. On the first days nothing is known to be
                # wrong for sure, and leaving hours out would keep them from ever being known.
                self.baseline.exclude(episode.opened_at - BEFORE_S, episode.last_firing_at)
        return Seen(signals, judgement, events)

    def _hold_to(self, schedule: Schedule, signals: Signals) -> None:
        """Note when work was due and how much of it came; what was missed stays missed."""
        episode = self.episodes.open
        signals.schedule_missed = episode is not None and "schedule" in episode.evidence
        due = schedule.last_due(signals.now, missed=signals.schedule_missed)
        if due is None and episode is not None and signals.schedule_missed:
            # A restart forgot the moment itself.
            due = episode.opened_at
        signals.schedule_due_at = due
        signals.arrived_since_due = None if due is None else self._reader.arrived_since(due)


def _in_words(error: Mapping[str, Any]) -> str:
    return explained(error).sentence
