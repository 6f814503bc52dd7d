"""What is known of one lane at one moment."""

from dataclasses import dataclass

from tailback.core.facts.job_type import JobTypeFacts
from tailback.core.facts.reason import ReasonFacts
from tailback.core.model import OldestSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneFacts:
    """What is known of one lane; times are Unix seconds, unknown numbers are None.

    `oldest_known` tells a lane without late work (True and `oldest_due_at` None) from one that
    cannot be seen (False). The series end with the present, incomplete minute `series_until`.
    `completions` may come from a probe's counter, with None for minutes without a look, and are
    then watched for `completions_watched_s`; `completions_least_…` are what was seen of them. The
    last success lies after `last_success_after` and not after `last_success_at`; the counter has
    stood still since `unchanged_since`. Since `unmoved_since` jobs have been waiting in the broker
    and nothing was seen to leave it.
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
    unmoved_since: float | None
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
