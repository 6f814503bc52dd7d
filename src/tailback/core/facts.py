"""Everything that is measured of one lane at one moment: what the judge and the board read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

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
)  # fmt: skip
from tailback.core.ledger.slices import Slice
from tailback.core.ledger.tenants import Late, TenantCount, distinct
from tailback.core.model import Lane, OldestSource, QueueReading
from tailback.core.rollups import MINUTE_S

SERIES_MINUTES = 90
HOUR_MINUTES = 60
LOOK_AT = 2_000
READY_SAMPLE = 200
TOP_TENANTS = 10
MAX_REASONS = 20
# Clocks of workers and broker differ by less than this.
CLOCKS_S = 2.0
LATEST_DEAD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonFacts:
    """One failure reason in a lane: how many unfinished or dead jobs have it, and its counts.

    `first_error` is the earliest error of this reason, `count_1h` failed attempts in an hour.
    """

    key: str
    jobs: int
    count_1h: int
    last_at: float | None
    last_retry_at: float | None
    status: int | None
    first_error: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTypeFacts:
    """One job type of a lane: unfinished jobs now, and what happened in the last ten minutes."""

    job: str
    oldest_due_at: float | None
    waiting: int
    running: int
    retrying: int
    failing: int
    dead: int
    overdue: int
    arrivals_10m: int
    completions_10m: int
    failed_10m: int
    last_success_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFacts:
    """What is known of one lane; times are Unix seconds, unknown numbers are None.

    `oldest_known` tells a lane without late work (True and `oldest_due_at` None) from one that
    cannot be seen (False). The series end with the present, incomplete minute `series_until`.
    `completions` may come from a probe's counter, with None for minutes without a look, and are
    then watched for `completions_watched_s`; `completions_least_…` are what was seen of them. The
    last success lies after `last_success_after` and not after `last_success_at`; the counter has
    stood still since `unchanged_since`.
    `overdue` counts jobs that have been due for longer than the reader's limit.
    """

    lane: str
    now: float
    oldest_known: bool
    oldest_due_at: float | None
    third_oldest_due_at: float | None
    oldest_source: OldestSource | None
    last_known_oldest_due_at: float | None
    ready_wait: float | None
    waiting: int | None
    running: int | None
    retrying: int | None
    scheduled: int | None
    overdue_scheduled: int | None
    lost: int | None
    dead: int | None
    failing: int | None
    overdue: int | None
    failed_1h: int | None
    retries_1h: int | None
    completions: tuple[int | None, ...] | None
    completions_5m: int | None
    completions_10m: int | None
    completions_least_5m: int
    completions_least_10m: int
    completions_watched_s: float | None
    arrivals: tuple[int, ...] | None
    failures: tuple[int, ...] | None
    starts: tuple[int, ...] | None
    series_until: int
    last_success_at: float | None
    last_success_after: float | None
    unchanged_since: float | None
    longest_running_since: float | None
    longest_running_id: str | None
    workers: int | None
    worker_slots: int | None
    workers_silent_since: float | None
    jobs: tuple[JobTypeFacts, ...]
    overdue_tenants: tuple[tuple[str, int], ...]
    affected: int | None
    affected_exact: bool
    reasons: tuple[ReasonFacts, ...]
    paused: bool | None
    scheduler_alive: bool | None
    measured_at: float | None
    stream_alive: bool
    probe_fresh: bool
    vanished: int
    notes: tuple[str, ...]
    unlisted: int = 0


def gather(
    ledger: Ledger,
    reading: QueueReading | None,
    lane: Lane,
    now: float,
    *,
    probe_stale_s: float = 45.0,
    stream_stale_s: float = 120.0,
    late_after_s: float | None = None,
) -> LaneFacts:
    """Return what hooks and probe together know of a lane.

    A reading older than `probe_stale_s`, and a source not heard for `stream_stale_s`, are not
    trusted any more. A job is overdue `late_after_s` after it was first due (default: half of the
    promise). Where both know a number the broker's counts win, and of two ages the older one.
    """
    return _Gathering(ledger, reading, lane, now, probe_stale_s, stream_stale_s).facts(
        0.5 * lane.promise_s if late_after_s is None else late_after_s
    )


@dataclass(frozen=True, slots=True)
class _Done:
    """What finished: per minute, in the last minutes, and for how long a counter was watched."""

    series: tuple[int | None, ...] | None
    last_5m: int | None
    last_10m: int | None
    least_5m: int
    least_10m: int
    watched_s: float | None


class _Gathering:
    """One run of `gather`."""

    def __init__(
        self,
        ledger: Ledger,
        reading: QueueReading | None,
        lane: Lane,
        now: float,
        probe_stale_s: float,
        stream_stale_s: float,
    ) -> None:
        self.ledger = ledger
        self.lane = lane
        self.now = now
        desk = ledger.desk(lane.source)
        desk.promote(now)
        self.readings = desk.readings.get(lane.queue)
        self.parts = ledger.slices(lane.source, lane.queue, lane.jobs)
        self.oldest = [part.oldest_dues(3) for part in self.parts]
        self.old_reading = reading
        fresh = reading is not None and now - reading.taken_at <= probe_stale_s
        self.reading = reading if fresh else None
        self.heard_at = desk.heard_at
        heard = desk.heard_at is not None and now - desk.heard_at <= stream_stale_s
        self.alive = heard or lane.pinged
        self.workers = desk.workers.view(lane.queue, now)
        known = bool(self.parts) or bool(self.workers.alive)
        self.hooked = self.alive and (known or lane.pinged)
        self.last_minute = int(now) // MINUTE_S * MINUTE_S
        # Hooks know better what finished; a counter is of the whole queue.
        counts = fresh and self.readings is not None and not self.hooked and not lane.jobs
        counted = self.readings.counted if counts and self.readings is not None else None
        self.counted = None if counted is None or counted.last is None else counted

    def facts(self, late_after_s: float) -> LaneFacts:
        dues, vanished, last_known = self._dues()
        oldest, source, known = self._oldest(dues[0] if dues else None)
        lates = [part.late(self.lane.key, int(self.now - late_after_s)) for part in self.parts]
        running = self._longest_running()
        done, failures = self._done(), self._series("failed")
        success = self._last_success()
        reading = self.reading
        affected, exact = self._affected(lates)
        return LaneFacts(
            lane=self.lane.key,
            now=self.now,
            oldest_known=known,
            oldest_due_at=oldest,
            third_oldest_due_at=_third(dues) if self.hooked else None,
            oldest_source=source,
            last_known_oldest_due_at=_older(last_known, self._reading_due(self.old_reading)),
            ready_wait=self._ready_wait(),
            waiting=self._backlog("waiting", WAITING, SCHEDULED_DUE, LOST),
            running=self._number("running", RUNNING),
            retrying=self._number("retrying", RETRYING, RETRYING_DUE, FAILED),
            scheduled=self._backlog("scheduled", SCHEDULED),
            overdue_scheduled=self._backlog("overdue_scheduled", SCHEDULED_DUE, RETRYING_DUE),
            lost=self._known(self._in_phases(LOST)),
            dead=self._dead(),
            failing=self._known(sum(len(jobs) for p in self.parts for jobs in p.failing.values())),
            overdue=self._known(sum(late.jobs for late in lates)),
            failed_1h=_sum_hour(failures),
            retries_1h=_sum_hour(self._series("retried", HOUR_MINUTES)),
            completions=done.series,
            completions_5m=done.last_5m,
            completions_10m=done.last_10m,
            completions_least_5m=done.least_5m,
            completions_least_10m=done.least_10m,
            completions_watched_s=done.watched_s,
            arrivals=self._series("arrivals"),
            failures=failures,
            starts=self._series("started"),
            series_until=self.last_minute,
            last_success_at=success[1],
            last_success_after=success[0],
            unchanged_since=None if self.counted is None else self.counted.unchanged_since,
            longest_running_since=running[0],
            longest_running_id=running[1],
            workers=self._workers(),
            worker_slots=self.workers.slots,
            workers_silent_since=self.workers.silent_since,
            jobs=tuple(map(self._job_type, self.parts, lates, map(_first, self.oldest))),
            overdue_tenants=_top(late.tenants for late in lates),
            affected=self._known(affected),
            affected_exact=exact,
            reasons=self._reasons(),
            paused=None if reading is None else reading.paused,
            scheduler_alive=None if reading is None else reading.scheduler_alive,
            measured_at=_latest(
                (self.heard_at, None if self.old_reading is None else self.old_reading.taken_at)
            ),
            stream_alive=self.alive,
            probe_fresh=reading is not None,
            vanished=vanished,
            notes=() if reading is None else reading.notes,
            unlisted=sum(part.unlisted_by(self.now) for part in self.parts),
        )

    # -- ages

    def _dues(self) -> tuple[list[float], int, float | None]:
        """Return the oldest dues of jobs that are there, how many vanished, the oldest of all."""
        dues: list[float] = []
        vanished = 0
        last_known: float | None = None
        for part, oldest in zip(self.parts, self.oldest, strict=True):
            last_known = _older(last_known, _first(oldest))
            mine, gone = self._dues_of(part, oldest)
            dues += mine
            vanished += gone
        return sorted(due for due in dues if due <= self.now)[:3], vanished, last_known

    def _dues_of(self, part: Slice, oldest: list[float]) -> tuple[list[float], int]:
        readings = self.readings
        if readings is None or readings.before is None or readings.latest is None:
            return oldest, 0
        looked_at = part.oldest(LOOK_AT)
        there = [job for job in looked_at if not readings.gone(job)]
        return [job.first_due for job in there[:3]], len(looked_at) - len(there)

    def _oldest(self, due: float | None) -> tuple[float | None, OldestSource | None, bool]:
        sees_enqueues = self.lane.pinged or any(part.sees_enqueues for part in self.parts)
        mine = due if self.hooked else None
        mine_source: OldestSource = "exact" if sees_enqueues else "first_seen"
        theirs = self._reading_due(self.reading)
        known = (self.hooked and sees_enqueues) or self._reading_knows(theirs)
        if theirs is not None and (theirs > self.now or self._ended_since(theirs)):
            theirs = None
        if mine is None and theirs is None:
            return None, None, known
        if theirs is None or (mine is not None and mine <= theirs):
            return mine, mine_source, True
        return theirs, self.reading.oldest_source if self.reading else None, True

    def _ended_since(self, due: float) -> bool:
        """Tell whether the reading's oldest job may well have ended after the reading was taken.

        Some job at least as old ended since then; a job that hooks never saw stays, because in
        the next reading it is older than all that end.
        """
        if self.reading is None or not self.hooked:
            return False
        taken_at = self.reading.taken_at - CLOCKS_S
        return any(_ended(part, taken_at, due) for part in self.parts)

    def _reading_due(self, reading: QueueReading | None) -> float | None:
        if reading is None:
            return None
        if not self.lane.jobs:
            return reading.oldest_due_at
        dues = [due for job, due in reading.oldest_by_job.items() if job in self.lane.jobs]
        return min(dues, default=None)

    def _reading_knows(self, due: float | None) -> bool:
        reading = self.reading
        if reading is None:
            return False
        # No due at all means "empty" only from a probe that counted everything.
        held = (reading.waiting, reading.running, reading.retrying)
        return due is not None or reading.sees_all or held == (0, 0, 0)

    def _ready_wait(self) -> float | None:
        waits = [
            self.now - (job.ready_at or job.first_due)
            for part in self.parts
            for job in part.oldest(READY_SAMPLE)
            if job.phase in (WAITING, SCHEDULED_DUE, RETRYING_DUE, LOST)
        ]
        mine = max(0.0, *waits) if self.hooked and waits else None
        theirs = self.reading.ready_wait if self.reading and not self.lane.jobs else None
        return _latest((mine, theirs))

    def _longest_running(self) -> tuple[float | None, str | None]:
        jobs = (job for part in self.parts for job in part.running)
        oldest: Job | None = min(jobs, key=lambda job: job.started_at or 0.0, default=None)
        mine = oldest.started_at if oldest is not None and self.hooked else None
        theirs = self.reading.oldest_running_at if self.reading and not self.lane.jobs else None
        if mine is not None and (theirs is None or mine <= theirs):
            return mine, oldest.id if oldest is not None else None
        return theirs, None

    # -- counts

    def _known(self, count: int) -> int | None:
        return count if self.hooked else None

    def _in_phases(self, *phases: int) -> int:
        return sum(part.phases[phase] for part in self.parts for phase in phases)

    def _theirs(self, name: str) -> int | None:
        # The probe counts a whole queue: it says nothing about some of its job types.
        if self.reading is None or self.lane.jobs:
            return None
        count: int | None = getattr(self.reading, name)
        return count

    def _number(self, name: str, *phases: int) -> int | None:
        theirs = self._theirs(name)
        return self._known(self._in_phases(*phases)) if theirs is None else theirs

    def _backlog(self, name: str, *phases: int) -> int | None:
        theirs = self._theirs(name)
        if theirs is None and not any(part.sees_enqueues for part in self.parts):
            return None
        return self._number(name, *phases)

    def _dead(self) -> int | None:
        theirs = self._theirs("dead")
        mine = self._known(sum(len(part.dead) for part in self.parts))
        return mine if theirs is None else theirs

    def _workers(self) -> int | None:
        if self.workers.alive is not None:
            return self.workers.alive
        return None if self.reading is None else self.reading.workers

    def _affected(self, lates: list[Late]) -> tuple[int, bool]:
        counts = [late.tenants for late in lates]
        counts += [part.failing_tenants for part in self.parts]
        return distinct(counts)

    # -- series

    def _series(self, name: str, minutes: int = SERIES_MINUTES) -> tuple[int, ...] | None:
        if not self.hooked:
            return None
        first = self.last_minute - (minutes - 1) * MINUTE_S
        columns = [part.count_minutes(name, first, self.last_minute) for part in self.parts]
        if len(columns) == 1:
            return tuple(columns[0])
        return tuple(map(sum, zip(*columns, strict=True))) if columns else (0,) * minutes

    def _done(self) -> "_Done":
        if self.counted is not None:
            first = self.last_minute - (SERIES_MINUTES - 1) * MINUTE_S
            return _Done(
                self.counted.series(first, self.last_minute),
                self.counted.done_in(self.now, 300.0),
                self.counted.done_in(self.now, 600.0),
                self.counted.done_at_least(self.now, 300.0),
                self.counted.done_at_least(self.now, 600.0),
                self.counted.watched_s(self.now),
            )
        series = self._series("completed")
        if series is None:
            return _Done(None, None, None, 0, 0, None)
        last_5m, last_10m = sum(series[-5:]), sum(series[-10:])
        return _Done(series, last_5m, last_10m, last_5m, last_10m, None)

    def _last_success(self) -> tuple[float | None, float | None]:
        """Return after when and until when the last success was."""
        mine = _latest(part.last_success_at for part in self.parts)
        if self.readings is None or self.lane.jobs or self.readings.counted.between is None:
            return mine, mine
        after, until = self.readings.counted.between
        return (mine, mine) if mine is not None and mine >= after else (after, until)

    # -- parts

    def _job_type(self, part: Slice, late: Late, due: float | None) -> JobTypeFacts:
        first = self.last_minute - 9 * MINUTE_S
        counts = [
            sum(part.count_minutes(name, first, self.last_minute))
            for name in ("arrivals", "completed", "failed")
        ]
        phases = part.phases
        return JobTypeFacts(
            job=part.key.job,
            oldest_due_at=due if due is not None and due <= self.now else None,
            waiting=phases[WAITING] + phases[SCHEDULED_DUE] + phases[LOST],
            running=phases[RUNNING],
            retrying=phases[RETRYING] + phases[RETRYING_DUE] + phases[FAILED],
            failing=sum(len(jobs) for jobs in part.failing.values()),
            dead=len(part.dead),
            overdue=late.jobs,
            arrivals_10m=counts[0],
            completions_10m=counts[1],
            failed_10m=counts[2],
            last_success_at=part.last_success_at,
        )

    def _reasons(self) -> tuple[ReasonFacts, ...]:
        keys = {key for part in self.parts for key in (*part.reasons, *part.failing)}
        found = [self._reason(key) for key in keys]
        found = [reason for reason in found if reason.jobs or reason.count_1h]
        found.sort(key=lambda reason: (-reason.jobs, -reason.count_1h, reason.key))
        return tuple(found[:MAX_REASONS])

    def _reason(self, key: str) -> ReasonFacts:
        hour_ago = self.last_minute - (HOUR_MINUTES - 1) * MINUTE_S
        stats = [part.reasons[key] for part in self.parts if key in part.reasons]
        first = min(stats, key=lambda stat: stat.first_error_at, default=None)
        error = self.ledger.error(first.first_error) if first is not None else None
        return ReasonFacts(
            key=key,
            jobs=sum(len(part.failing.get(key, ())) for part in self.parts),
            count_1h=sum(
                count for stat in stats for minute, count in stat.minutes.items()
                if hour_ago <= minute <= self.last_minute
            ),
            last_at=_latest(stat.last_at or None for stat in stats),
            last_retry_at=_latest(stat.last_retry_at for stat in stats),
            status=error.get("status") if error is not None else None,
            first_error=error or None,
        )  # fmt: skip


def _ended(part: Slice, taken_at: float, due: float) -> bool:
    for job in islice(reversed(part.dead.values()), LATEST_DEAD):
        if job.last_at >= taken_at and abs(job.first_due - due) < CLOCKS_S:
            return True
    if part.last_success_at is None or part.last_success_at < taken_at:
        return False
    minute = int(taken_at) // MINUTE_S * MINUTE_S
    age = part.greatest_age_since(minute)
    # The sketch keeps ages within two per cent.
    return age is not None and 1.03 * age + CLOCKS_S >= taken_at - due


def _sum_hour(series: tuple[int, ...] | None) -> int | None:
    return None if series is None else sum(series[-HOUR_MINUTES:])


def _first(dues: list[float]) -> float | None:
    return next(iter(dues), None)


def _third(dues: list[float]) -> float | None:
    return next(iter(dues[2:]), None)


def _latest(times: Iterable[float | None]) -> float | None:
    return max((time for time in times if time is not None), default=None)


def _older(one: float | None, other: float | None) -> float | None:
    return min((time for time in (one, other) if time is not None), default=None)


def _top(counts: Iterable[TenantCount]) -> tuple[tuple[str, int], ...]:
    jobs: dict[str, int] = {}
    for count in counts:
        for tenant, number in count.jobs.items():
            jobs[tenant] = jobs.get(tenant, 0) + number
    return tuple(sorted(jobs.items(), key=lambda one: (-one[1], one[0]))[:TOP_TENANTS])
