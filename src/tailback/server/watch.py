"""One lane under watch: reads it, judges it, keeps its episode; live and in a replay alike."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tailback.core.episodes import EpisodeEvent, EpisodeMachine
from tailback.core.facts import LaneFacts
from tailback.core.judge.baseline import Baseline, Hour, no_holidays
from tailback.core.judge.came import came, completed_in
from tailback.core.judge.following import Counted, followed
from tailback.core.judge.probed import from_facts
from tailback.core.judge.quiet_types import PastOf, QuietTypes
from tailback.core.judge.reader import SignalReader
from tailback.core.judge.runs import Came, Runs, met
from tailback.core.judge.scheduled import needed_of
from tailback.core.judge.signals import Signals
from tailback.core.judge.verdict import Judgement, LaneJudge
from tailback.core.ledger import Ledger
from tailback.core.ledger.slices import Slice
from tailback.core.model import Lane
from tailback.core.timetable import Timetable
from tailback.core.wording_runs import runs_of
from tailback.server.reasons import explained
from tailback.server.timetables import Times, declared

BEFORE_S = 3600.0
MAX_SAID = 20
# While the broker cannot be read, a success this long ago does not prove that work goes on.
MOVES_S = 60.0


def _nothing_known(_job: str, _now: float) -> list[tuple[int, Hour]]:
    return []


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
        past_of: PastOf = _nothing_known,
    ) -> None:
        """Watch from `begin` on; `past` are hours of the lane that are already known.

        `clock` turns Unix seconds into a time of day, that of `zone` unless given.
        `in_words` says why an error happened, as people corrected it; `is_holiday` which days are
        no usual ones; `past_of` the known hours of one job type.
        """
        self.lane = lane
        self.baseline = Baseline(zone, is_holiday)
        self.baseline.load(past or [])
        self.episodes = EpisodeMachine(lane.key, lane.promise_s, wake=lane.wake_someone)
        self.look_at = 0.0
        self._reader = SignalReader(lane, in_words or _in_words)
        self._quiet_types = QuietTypes(zone, past_of, is_holiday)
        self._judge = LaneJudge(lane, self.baseline, clock or partial(_time_of_day, zone))
        self.runs = [
            Runs(one, Times(one, zone, begin).next_after, begin, lane.promise_s)
            for one in held_to(lane)
        ]
        self.begun = False
        told = declared(lane) if lane.schedule is not None else lane.timetables
        self.says = [runs_of(one) for one in told[:MAX_SAID]]
        expects = lane.expects
        self.upstream = Counted(expects.within_s) if expects else None
        paired = expects is not None and expects.downstream is not None
        self.downstream = Counted(expects.within_s) if expects and paired else None

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
        self._hold_to_schedule(signals, ledger, facts)
        self._follow(signals, ledger)
        signals.silent_type = self._quiet_types.most_missed(self._reader.type_gaps.known(), now)
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

    def _follow(self, signals: Signals, ledger: Ledger) -> None:
        """Note what customers began and what came of it."""
        lane, expects = self.lane, self.lane.expects
        if self.upstream is None or expects is None:
            return
        if self.downstream is not None:
            done_in: Callable[[int], float] = self.downstream.of
        elif signals.counts_arrivals:
            parts = ledger.slices(lane.source, lane.queue, lane.jobs)
            done_in = partial(completed_in, parts)
        else:
            return
        found = followed(self.upstream, done_in, signals.now, expects.ratio)
        signals.upstream, signals.followed = found.began, found.done
        signals.followed_s = signals.now - found.since

    def go_on(self, other: "Watch") -> None:
        """Take over the problem and the runs of a watch of the same lane, defined otherwise."""
        self.episodes.current = other.episodes.current
        known = {runs.timetable: runs for runs in other.runs}
        if other.lane.promise_s == self.lane.promise_s:
            self.runs = [known.get(runs.timetable, runs) for runs in self.runs]
        self.begun = other.begun

    def _hold_to_schedule(self, signals: Signals, ledger: Ledger, facts: LaneFacts | None) -> None:
        """Note which scheduled runs are in trouble; what was missed stays missed."""
        lane, episode = self.lane, self.episodes.open
        own = ledger.slices(lane.source, lane.queue, lane.jobs)
        jobs = {runs.timetable.job for runs in self.runs}
        # Of other work in the lane a long run is no run of the schedule.
        alone = None in jobs or all(part.job in jobs for part in own)
        signals.by_schedule = lane.pinged or (bool(jobs) and alone)
        if not self.begun and episode is not None and "schedule" in episode.evidence:
            # A restart forgot the moment itself.
            for runs in self.runs:
                runs.take_up(episode.opened_at)
        self.begun = True
        found = []
        for runs in self.runs:
            known = self._came(runs.timetable.job, signals, ledger, own)
            if not signals.counts_arrivals:
                known = _seen_by_probe(signals, facts)
            found += runs.look(signals.now, known)
        if lane.pinged and not any(one.kind == "overlap" for one in found):
            going = [job.first_due for part in own for job in part.running]
            found += met(Timetable(name=lane.name, queue=lane.queue), going)
        signals.runs = tuple(found)

    def _came(self, job: str | None, signals: Signals, ledger: Ledger, own: list[Slice]) -> Came:
        """Return what came of one job type, or (None) of the whole lane."""
        if job is None:
            return came(own, signals.now, needed_of(self.baseline.normal(signals.now)))
        parts = ledger.slices(self.lane.source, self.lane.queue, (job,))
        return came(parts, signals.now, 1.0)


def _time_of_day(zone: dt.tzinfo, at: float) -> str:
    return dt.datetime.fromtimestamp(at, zone).strftime("%H:%M")


def held_to(lane: Lane) -> list[Timetable]:
    """Return the timetables that a lane is held to: the declared one, or those that were found."""
    if lane.schedule is not None:
        return declared(lane)
    return [one for one in lane.timetables if one.cron is not None or one.every_s is not None]


def _seen_by_probe(signals: Signals, facts: LaneFacts | None) -> Came:
    """Return what a probe's counter proves: that nothing at all came, or that something did."""
    still_since = signals.unchanged_since

    def first(since: float, _needed: float) -> float | None:
        if still_since is not None and still_since < since and not signals.waiting:
            return None
        return signals.now

    counts = signals.counts_completions and facts is not None
    return Came(first if counts else None, 1.0, unfinished=False, going_since=None)


def _in_words(error: Mapping[str, Any]) -> str:
    return explained(error).sentence
