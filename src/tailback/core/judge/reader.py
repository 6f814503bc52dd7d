"""Reads the signals of one lane from the ledger, cheaply: what is settled is not counted again."""

import math
from collections import Counter
from itertools import islice
from operator import attrgetter

from tailback.core.judge.failing import DEAD_IS_NEWS_S, Explain, failing_reasons
from tailback.core.judge.pace import rate_before
from tailback.core.judge.quiet_types import TypeGaps
from tailback.core.judge.signals import JobTypeSignals, Signals, ThrownAway
from tailback.core.ledger import Ledger
from tailback.core.ledger.job import (
    FAILED,
    LOST,
    RETRYING,
    RETRYING_DUE,
    RUNNING,
    SCHEDULED,
    SCHEDULED_DUE,
    WAITING,
    Job,
)
from tailback.core.ledger.slices import Slice
from tailback.core.model import Lane
from tailback.core.rollups import MINUTE_S

TEN_MINUTES = 10
LIVE_MINUTES = 3
THIRD = 3
HOUR_S = 3600
LEAST_LOOK_S = 300.0
KEEP_MINUTES = 180
LOOK_AT_OLDEST = 50
LOOK_AT_TENANTS = 200
LOOK_AT_RUNNING = 64
POISON_LOSSES = 2
_first_due = attrgetter("first_due")
_Row = tuple[int, int, int, int, int]
_NOTHING: _Row = (0, 0, 0, 0, 0)


class SignalReader:
    """Reads the signals of one lane; remembers the sums of whole minutes between looks.

    A row of sums is arrivals, successes, failures, milliseconds of successful runs and discards.
    Late events still reach the last two whole minutes, so those and the present one are counted
    at every look; older minutes are settled and summed up once a minute.
    """

    __slots__ = (
        "_arrived", "_arrived_at", "_eleventh", "_explain_error", "_hour", "_lane", "_late_s",
        "_look_s", "_minute", "_rate_at", "_rate_h", "_settled", "_sums", "_ten", "type_gaps",
    )  # fmt: skip

    def __init__(self, lane: Lane, explain: Explain | None = None) -> None:
        """Read `lane`; `explain` says in words why an error happened."""
        self._lane = lane
        self._explain_error = explain
        # Younger work needs no explanation.
        self._late_s = 0.2 * lane.promise_s
        self._look_s = max(LEAST_LOOK_S, 0.1 * lane.promise_s)
        self._minute = -1
        self._sums: dict[int, _Row] = {}
        self._ten = self._eleventh = _NOTHING
        # The minute of the latest arrival and how many came in it, and when that was seen.
        self._arrived = (-1, 0)
        self._arrived_at: float | None = None
        self._settled = -1
        self._hour = 0
        self.type_gaps = TypeGaps()
        self._rate_at: float | None = None
        self._rate_h = 0.0

    def read(self, ledger: Ledger, now: float) -> Signals:
        """Return what the ledger knows of the lane now."""
        lane = self._lane
        desk = ledger.desk(lane.source)
        desk.promote(now)
        parts = ledger.slices(lane.source, lane.queue, lane.jobs)
        signals = Signals(now)
        _add_state(signals, parts)
        _add_ages(signals, parts)
        self._add_counts(signals, parts)
        if signals.discarded_10m and len(parts) > 1:
            signals.thrown = max(map(self._thrown, parts), key=attrgetter("discarded_10m"))
        if any(part.failing for part in parts):
            # A run that failed stays so until the next one.
            news_s = math.inf if lane.pinged else DEAD_IS_NEWS_S
            signals.failing = failing_reasons(parts, ledger, now, self._explain_error, news_s)
        if (signals.oldest_s or 0.0) > self._late_s:
            self._explain(signals, parts)
        view = desk.workers.view(lane.queue, now)
        signals.workers, signals.slots = view.alive, view.slots
        signals.workers_silent_since = view.silent_since
        signals.workers_elsewhere, signals.workers_busy = view.elsewhere, view.busy
        return signals

    def _recent_run(self) -> float | None:
        hour = [self._sums.get(self._minute - back * MINUTE_S, _NOTHING) for back in range(60)]
        done = sum(row[1] for row in hour)
        return sum(row[3] for row in hour) / 1000 / done if done else None

    def _thrown(self, part: Slice) -> ThrownAway:
        rows = [sums_of([part], self._minute - back * MINUTE_S) for back in range(TEN_MINUTES)]
        return ThrownAway(part.key.job, sum(row[4] for row in rows), sum(row[1] for row in rows))

    def _explain(self, signals: Signals, parts: list[Slice]) -> None:
        """Look closer at what is late: job types, accounts, a job that kills its workers."""
        signals.poison = next(filter(None, map(_poison, parts)), None)
        signals.recent_run_s = self._recent_run()
        idle = sorted(due for part in parts for due in _idle_dues(part) if due <= signals.now)
        if idle:
            signals.oldest_idle_s = signals.now - idle[0]
        if len(idle) >= THIRD:
            signals.third_idle_s = signals.now - idle[THIRD - 1]
        if len(parts) > 1:
            minutes = [self._minute - back * MINUTE_S for back in range(TEN_MINUTES)]
            signals.job_types = tuple(_job_type(part, signals.now, minutes) for part in parts)
        oldest = [job for part in parts for job in part.oldest(LOOK_AT_TENANTS)]
        oldest = sorted((job for job in oldest if job.first_due <= signals.now), key=_first_due)
        if any(job.tenant != oldest[0].tenant for job in oldest):
            tenants = Counter(job.tenant for job in oldest[:LOOK_AT_OLDEST])
            signals.oldest_tenants = tuple(tenants.most_common(2))
            signals.oldest_looked_at = tenants.total()

    def _add_counts(self, signals: Signals, parts: list[Slice]) -> None:
        minute = int(signals.now) // MINUTE_S * MINUTE_S
        if self._minute < 0:
            self._recall(parts, minute)
        if minute != self._minute:
            self._turn_minute(signals, minute)
            self.type_gaps.look(parts, minute)
        rows = [sums_of(parts, minute - back * MINUTE_S) for back in range(LIVE_MINUTES)]
        for back, row in enumerate(rows):
            self._sums[minute - back * MINUTE_S] = row
            self._note_arrival(minute - back * MINUTE_S, row[0], signals.now)
        # The present minute is part of a whole one: the eleventh fills it up.
        share = 1.0 - (signals.now - minute) / MINUTE_S
        (a, c, f, r, d), (a0, c0, f0, r0, d0) = self._ten, self._eleventh
        (a1, c1, f1, r1, d1), (a2, c2, f2, r2, d2), (a3, c3, f3, r3, d3) = rows
        signals.arrivals_10m = a + a1 + a2 + a3 + round(a0 * share)
        signals.arrivals_1h = self._hour + a1
        signals.completed_10m = c + c1 + c2 + c3 + round(c0 * share)
        signals.failed_10m = f + f1 + f2 + f3 + round(f0 * share)
        signals.discarded_10m = d + d1 + d2 + d3 + round(d0 * share)
        signals.run_s_10m = (r + r1 + r2 + r3 + r0 * share) / 1000
        two = (self._sums.get(minute - back * MINUTE_S, _NOTHING)[1] for back in (3, 4))
        signals.completed_5m = c1 + c2 + c3 + sum(two)
        backlog_s = min(self._look_s, max(MINUTE_S, signals.oldest_s or 0.0))
        since = int(signals.now - backlog_s) // MINUTE_S * MINUTE_S
        get = self._sums.get
        done = sum(get(at, _NOTHING)[1] for at in range(since, minute + 1, MINUTE_S))
        signals.done_per_s = done / (signals.now - since)
        if self._arrived_at is not None:
            signals.arrived_at = self._arrived_at
            signals.gap_s = max(0.0, signals.now - self._arrived_at)
            if signals.gap_s >= MINUTE_S:
                signals.recent_arrivals_h = self._recent_arrivals(self._arrived[0] + MINUTE_S)

    def _note_arrival(self, minute: int, came: int, seen_at: float) -> None:
        """Note when a job came last: in this minute, and before the look that counted it."""
        if came and (minute, came) > self._arrived:
            self._arrived = (minute, came)
            self._arrived_at = min(seen_at, minute + float(MINUTE_S))

    def _recall(self, parts: list[Slice], minute: int) -> None:
        """Take the minutes before the first look from the ledger, as after a restart.

        Hours before this one are told to a baseline by others.
        """
        self._settled = minute // HOUR_S * HOUR_S
        for at in range(minute - KEEP_MINUTES * MINUTE_S, minute, MINUTE_S):
            row = sums_of(parts, at)
            if any(row):
                self._sums[at] = row
                self._note_arrival(at, row[0], float(minute))

    def _turn_minute(self, signals: Signals, minute: int) -> None:
        self._minute = minute
        upto = minute - (LIVE_MINUTES - 1) * MINUTE_S
        new = range(max(self._settled, upto - KEEP_MINUTES * MINUTE_S), upto, MINUTE_S)
        signals.settled = tuple((at, *self._sums[at]) for at in new if at in self._sums)
        self._settled = max(upto, self._settled)
        if len(self._sums) > 2 * KEEP_MINUTES:
            since = minute - KEEP_MINUTES * MINUTE_S
            self._sums = {at: sums for at, sums in self._sums.items() if at > since}
        get = self._sums.get
        rows = [
            get(minute - back * MINUTE_S, _NOTHING) for back in range(LIVE_MINUTES, TEN_MINUTES)
        ]
        a, c, f, r, d = map(sum, zip(*rows, strict=True))
        self._ten = (a, c, f, r, d)
        self._eleventh = get(minute - TEN_MINUTES * MINUTE_S, _NOTHING)
        self._hour = self._came(minute - HOUR_S + MINUTE_S, minute)

    def _recent_arrivals(self, ends: int) -> float:
        if ends != self._rate_at:
            self._rate_at, self._rate_h = ends, rate_before(self._came, ends)
        return self._rate_h

    def _came(self, start: int, end: int) -> int:
        get = self._sums.get
        return sum(get(at, _NOTHING)[0] for at in range(start, end, MINUTE_S))


def _add_state(signals: Signals, parts: list[Slice]) -> None:
    waiting = running = retrying = overdue = 0
    for part in parts:
        phases = part.phases
        waiting += phases[WAITING] + phases[LOST] + phases[SCHEDULED_DUE]
        running += phases[RUNNING]
        retrying += phases[RETRYING] + phases[RETRYING_DUE] + phases[FAILED]
        overdue += phases[SCHEDULED_DUE]
        last = part.last_success_at
        if last is not None and (signals.last_success_at or 0.0) < last:
            signals.last_success_at = last
        if part.running:
            _add_running(signals, part)
    signals.job_type_count = len(parts)
    if parts:
        signals.waiting, signals.running = waiting, running
        signals.retrying, signals.overdue_scheduled = retrying, overdue


def _add_running(signals: Signals, part: Slice) -> None:
    # They began in about the order in which they are held, so the first few hold the oldest.
    jobs = [
        (job.started_at or signals.now, job.id) for job in islice(part.running, LOOK_AT_RUNNING)
    ]
    began, job = min(jobs)
    ran = signals.now - began
    half = signals.now - 0.5 * max(ran, signals.longest_running_s or 0.0)
    signals.long_running += sum(1 for at, _id in jobs if at <= half)
    if ran > (signals.longest_running_s or 0.0):
        signals.longest_running_s, signals.longest_running_id = ran, job


def _add_ages(signals: Signals, parts: list[Slice]) -> None:
    now = signals.now
    dues: list[float] = []
    for part in parts:
        first = part.open.first()
        if first is not None and first <= now:
            signals.unfinished += part.unfinished - part.phases[SCHEDULED]
            dues += [due for due in part.oldest_dues(THIRD) if due <= now]
    dues.sort()
    if dues:
        signals.oldest_s = max(0.0, now - dues[0])
        if len(dues) >= THIRD:
            signals.third_s = max(0.0, now - dues[THIRD - 1])


def _idle_dues(part: Slice) -> list[float]:
    """Return when the oldest jobs were first due that do not run, or not for the first time."""
    looked_at = part.oldest(THIRD + min(len(part.running), LOOK_AT_RUNNING))
    return [job.first_due for job in looked_at if job.phase != RUNNING or job.fails][:THIRD]


def _job_type(part: Slice, now: float, minutes: list[int]) -> JobTypeSignals:
    due = next(iter(part.oldest_dues(1)), now)
    arrived, completed, _failed, ran, _discarded = (
        sum(row) for row in zip(*(sums_of([part], at) for at in minutes), strict=True)
    )
    return JobTypeSignals(
        part.key.job,
        now - due if due < now else None,
        part.unfinished - part.phases[SCHEDULED],
        completed,
        arrived,
        ran / 1000,
    )


def sums_of(parts: list[Slice], minute: int) -> _Row:
    """Return what is counted of a minute now, told late or in time."""
    arrived = completed = failed = ran = discarded = 0
    for part in parts:
        for kept in (part.recent.get(minute), part.pending.get(minute)):
            if kept is not None:
                arrived += kept.arrivals
                completed += kept.completed
                failed += kept.failed
                ran += kept.run_ms - kept.failed_run_ms
                discarded += kept.discarded
    return arrived, completed, failed, ran, discarded


def _poison(part: Slice) -> Job | None:
    """Return a job among the oldest whose worker died under it at least twice."""
    if not part.phases[LOST] and not part.phases[RUNNING]:
        return None
    for job in part.oldest(LOOK_AT_OLDEST):
        if job.more is not None and job.more.losses >= POISON_LOSSES:
            return job
    return None
