"""The nouns that cross package boundaries: readings, lanes, facts and verdicts.

Times are Unix seconds (UTC), durations are seconds. `None` always means "not known", never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tailback.core.timetable import Timetable

OldestSource = Literal["exact", "sample", "stamp", "broker", "first_seen"]
VerdictWord = Literal["healthy", "slow", "stuck", "missing", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReading:
    """One look at one queue by a probe; every number a probe cannot know is `None`.

    `oldest_due_at` is when the oldest unfinished job of the queue was first due, wherever it
    hides; `oldest_source` says how that is known. `oldest_by_job` is the same per job type, as
    far as the bounded sample reached. `sees_all` is true when every unfinished job of the queue
    was counted, so that a job missing here is really gone.
    """

    source: str
    queue: str
    taken_at: float
    broker_now: float | None = None
    waiting: int | None = None
    oldest_due_at: float | None = None
    oldest_source: OldestSource | None = None
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
    oldest_by_job: Mapping[str, float] = field(default_factory=dict)
    sees_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One row of the board: a queue, or some job types of a mixed queue, and who waits for it.

    `jobs` empty means every job type of the queue. `promise_s` is how long until a customer
    notices; `promise_assumed` is true when nobody configured it. A lane that is `pinged` reports
    by heartbeats: between them nothing has to be heard of it. `schedule` is declared ("none": none
    is held); without it `timetables` are those that were found.
    """

    key: str
    name: str
    source: str
    queue: str
    jobs: tuple[str, ...] = ()
    customer_action: str | None = None
    promise_s: float = 900.0
    promise_assumed: bool = True
    affects: str | None = None
    accounts: Literal["tenant", "job"] | int = "tenant"
    wake_someone: bool = False
    owner: str | None = None
    owner_for: Mapping[str, str] = field(default_factory=dict)
    max_attempts: int | None = None
    max_retry_age_s: float | None = None
    expects: "Expectation | None" = None
    schedule: str | None = None
    timetables: tuple[Timetable, ...] = ()
    pinged: bool = False
    discovered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """An upstream counter that this lane must follow: `ratio` of it, within `within_s`.

    What follows is the counter `downstream`, or the jobs that succeed when that is None.
    """

    upstream: str
    within_s: float
    ratio: float
    downstream: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the judge says of one lane at one moment, always with a cause and a sentence."""

    verdict: VerdictWord
    cause: str
    sentence: str
    since: float | None = None
