"""Joins the ledger with the newest reading of a lane."""

from functools import partial

from tailback.core.facts.age import dues_of, longest_running_of, oldest_of, ready_wait_of
from tailback.core.facts.counts import (
    backlog,
    dead_of,
    in_phases,
    number,
    top_tenants,
    waiting_of,
    workers_of,
)
from tailback.core.facts.job_type import job_type_of
from tailback.core.facts.lane import LaneFacts
from tailback.core.facts.reason import reasons_of
from tailback.core.facts.series import (
    HOUR_MINUTES,
    done_of,
    last_hour,
    last_success_of,
    series_of,
)
from tailback.core.facts.sight import Sight
from tailback.core.facts.unknown import latest
from tailback.core.ledger import Ledger
from tailback.core.ledger.job import (
    FAILED,
    LOST,
    RETRYING,
    RETRYING_DUE,
    RUNNING,
    SCHEDULED,
    SCHEDULED_DUE,
)
from tailback.core.ledger.tenants import distinct
from tailback.core.model import Lane, QueueReading


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
    sight = Sight(ledger, reading, lane, now, probe_stale_s, stream_stale_s)
    late_after_s = 0.5 * lane.promise_s if late_after_s is None else late_after_s
    dues = dues_of(sight)
    oldest, source, known = oldest_of(sight, next(iter(dues.oldest), None))
    lates = [part.late(lane.key, int(now - late_after_s)) for part in sight.parts]
    running_since, running_id = longest_running_of(sight)
    done, failures = done_of(sight), series_of(sight, "failed")
    success_after, success_at = last_success_of(sight)
    affected, exact = distinct(
        [late.tenants for late in lates] + [part.failing_tenants for part in sight.parts]
    )
    reading = sight.reading
    return LaneFacts(
        lane=lane.key,
        now=now,
        oldest_known=known,
        oldest_due_at=oldest,
        third_oldest_due_at=next(iter(dues.oldest[2:]), None) if sight.hooked else None,
        oldest_source=source,
        last_known_oldest_due_at=dues.last_known,
        ready_wait=ready_wait_of(sight),
        waiting=waiting_of(sight),
        running=number(sight, "running", RUNNING),
        retrying=number(sight, "retrying", RETRYING, RETRYING_DUE, FAILED),
        scheduled=backlog(sight, "scheduled", SCHEDULED),
        overdue_scheduled=backlog(sight, "overdue_scheduled", SCHEDULED_DUE, RETRYING_DUE),
        lost=sight.known(in_phases(sight, LOST)),
        dead=dead_of(sight),
        failing=sight.known(sum(len(jobs) for p in sight.parts for jobs in p.failing.values())),
        overdue=sight.known(sum(late.jobs for late in lates)),
        failed_1h=last_hour(failures),
        retries_1h=last_hour(series_of(sight, "retried", HOUR_MINUTES)),
        completions=done.series,
        completions_5m=done.last_5m,
        completions_10m=done.last_10m,
        completions_least_5m=done.least_5m,
        completions_least_10m=done.least_10m,
        completions_watched_s=done.watched_s,
        arrivals=series_of(sight, "arrivals"),
        failures=failures,
        starts=series_of(sight, "started"),
        series_until=sight.last_minute,
        last_success_at=success_at,
        last_success_after=success_after,
        unchanged_since=None if sight.counted is None else sight.counted.unchanged_since,
        unmoved_since=None if sight.readings is None else sight.readings.unmoved_since,
        longest_running_since=running_since,
        longest_running_id=running_id,
        workers=workers_of(sight),
        worker_slots=sight.workers.slots,
        workers_silent_since=sight.workers.silent_since,
        jobs=tuple(map(partial(job_type_of, sight), sight.parts, lates, dues.first)),
        overdue_tenants=top_tenants(late.tenants for late in lates),
        affected=sight.known(affected),
        affected_exact=exact,
        reasons=reasons_of(sight),
        paused=None if reading is None else reading.paused,
        scheduler_alive=None if reading is None else reading.scheduler_alive,
        measured_at=latest(
            (sight.heard_at, None if sight.old_reading is None else sight.old_reading.taken_at)
        ),
        stream_alive=sight.alive,
        probe_fresh=reading is not None,
        vanished=dues.vanished,
        notes=() if reading is None else reading.notes,
        unlisted=sum(part.unlisted_by(sight.now) for part in sight.parts),
    )
