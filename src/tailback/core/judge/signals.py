"""What the rules read of one lane at one moment."""

from dataclasses import dataclass

from tailback.core.judge.failing import FailingReason
from tailback.core.judge.runs import RunTrouble
from tailback.core.ledger.job import Job
from tailback.core.redis_memory import Full


@dataclass(slots=True)
class JobTypeSignals:
    """One job type of the lane; ages in seconds, counts of the last ten minutes."""

    job: str
    oldest_s: float | None
    unfinished: int
    completed_10m: int
    arrivals_10m: int
    run_s_10m: float


@dataclass(frozen=True, slots=True)
class ThrownAway:
    """The job type of a mixed lane that threw away most; counts of the last ten minutes."""

    job: str
    discarded_10m: int
    completed_10m: int


@dataclass(frozen=True, slots=True)
class SilentType:
    """A job type of a mixed lane that has not come for `gap_s`.

    `recent_h` came in an hour before; at least `expected` would have come since on a normal day,
    which is asked for when the last hours make it worth it.
    """

    job: str
    gap_s: float
    recent_h: float
    expected: float = 0.0


@dataclass(slots=True)
class Signals:
    """Ages and waits in seconds; counts of the last five and ten minutes; None: not known.

    `unfinished` leaves out what is scheduled for later. `oldest_tenants` are the accounts with
    most of the `oldest_looked_at` oldest jobs, where there is more than one account. `upstream`
    is how much came of what the lane must follow, `followed` what came of it in `followed_s`.
    `third_s` is the age of the third-oldest unfinished job: one straggler does not move it.
    `done_per_s` is how fast jobs finish since the oldest came, over a minute to five, or to a
    tenth of a long promise.
    `recent_run_s` is how long the good runs of the last hour took, looked at where work is late.
    `firing` are the rules that fired at the look before.
    `unseen_since`: the broker cannot be read and nothing has finished lately; what hooks told may
    then be all there is, or no longer true.
    `workers_elsewhere` are workers of the source that listen to other queues only, `workers_busy`
    the jobs of whatever queue that those of this one run.
    `long_running` jobs have run for at least half as long as the longest.
    `runs` is what is wrong with scheduled runs; `by_schedule` says that the lane's work comes by
    itself or reports by heartbeats.
    `oldest_idle_s` and `third_idle_s` are of jobs that do not run, looked at where work is late.
    `unaged`: the broker's counts are seen, but no age; `oldest_s` is then at least so much.
    Since `unmoved_since` jobs have been waiting and a probe saw none leave.
    `expected_in_gap` jobs come at least on a normal day since the last one arrived.
    `gap_s` is how long ago the last job arrived; `quiet_s` how long ago the last one succeeded.
    Completions that a probe counts have been watched for `watched_s`, the counter has stood still
    since `unchanged_since`; otherwise both are None.
    """

    now: float
    oldest_s: float | None = None
    third_s: float | None = None
    oldest_idle_s: float | None = None
    third_idle_s: float | None = None
    unaged: bool = False
    unmoved_since: float | None = None
    unfinished: int = 0
    waiting: int | None = None
    running: int | None = None
    retrying: int | None = None
    overdue_scheduled: int | None = None
    workers: int | None = None
    slots: int | None = None
    workers_silent_since: float | None = None
    workers_elsewhere: int = 0
    workers_busy: int | None = None
    arrivals_10m: int = 0
    completed_5m: int = 0
    completed_10m: int = 0
    done_per_s: float = 0.0
    failed_10m: int = 0
    discarded_10m: int = 0
    thrown: ThrownAway | None = None
    run_s_10m: float = 0.0
    recent_run_s: float | None = None
    last_success_at: float | None = None
    watched_s: float | None = None
    unchanged_since: float | None = None
    arrived_at: float | None = None
    gap_s: float | None = None
    recent_arrivals_h: float | None = None
    arrivals_1h: int = 0
    expected_in_gap: float = 0.0
    silent_type: SilentType | None = None
    longest_running_s: float | None = None
    longest_running_id: str | None = None
    long_running: int = 0
    failing: tuple[FailingReason, ...] = ()
    poison: Job | None = None
    job_type_count: int = 0
    job_types: tuple[JobTypeSignals, ...] = ()
    oldest_tenants: tuple[tuple[str | None, int], ...] = ()
    oldest_looked_at: int = 0
    upstream: int | None = None
    followed: int | None = None
    followed_s: float = 0.0
    counts_arrivals: bool = True
    counts_completions: bool = True
    vanished: int = 0
    paused: bool | None = None
    scheduler_alive: bool | None = None
    redis_full: Full | None = None
    blind_since: float | None = None
    blind_why: str | None = None
    unseen_since: float | None = None
    deploy: tuple[float, str] | None = None
    runs: tuple[RunTrouble, ...] = ()
    by_schedule: bool = False
    came_since_last_hour: int = 0
    firing: frozenset[str] = frozenset()
    settled: tuple[tuple[int, int, int, int, int, int], ...] = ()

    @property
    def quiet_s(self) -> float | None:
        """Return how long nothing has succeeded; None when it is not known."""
        if self.last_success_at is None or not self.counts_completions:
            return None
        return self.now - self.last_success_at

    @property
    def counted_s(self) -> float:
        """Return how far back `completed_10m` reaches."""
        return 600.0 if self.watched_s is None else min(600.0, self.watched_s)
