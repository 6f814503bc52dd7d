"""One unfinished job in memory."""

from tailback.core.ledger.slices import Slice

# What a job is doing. Below DEAD the job is unfinished; DUE means that its time has come but
# nothing was seen to begin.
WAITING, SCHEDULED, RUNNING, RETRYING, FAILED, LOST, SCHEDULED_DUE, RETRYING_DUE = range(8)
DEAD, DONE, DISCARDED, NEW = range(8, 12)
PHASE_WORDS = (
    "waiting", "scheduled", "running", "retrying", "failed", "lost",
    "waiting", "retrying", "dead", "succeeded", "discarded", "unknown",
)  # fmt: skip


class More:
    """What only some jobs have: errors, losses, a root, an earlier life."""

    __slots__ = (
        "fails",
        "failures",
        "first_error",
        "first_error_attempt",
        "floor",
        "last_error",
        "last_failed_at",
        "losses",
        "max_attempts",
        "root",
        "root_due",
        "stamped",
    )

    def __init__(self) -> None:
        self.floor: float | None = None
        self.root: str | None = None
        self.root_due: float | None = None
        self.first_error = self.last_error = 0
        self.first_error_attempt = 0
        # Attempts that failed and did not begin again since, with the kind of the last report.
        self.failures: dict[int, int] = {}
        self.last_failed_at: float | None = None
        self.fails = 0
        self.losses = 0
        # How many attempts the job gets at most, as its events say; 0 is not known.
        self.max_attempts = 0
        # Whether an event other than an enqueue told when the job was first enqueued.
        self.stamped = False


class Job:
    """One job and its present life.

    `first` is its first enqueue, `due` when it was first due, `ready_at` when its present attempt
    may begin (once ended: when it ended). `run` is set while it runs: when it started, on which
    worker, and whether the start carried the stamp of the enqueue. `history` holds all events as
    bytes; None while one `enqueued`, or that and one `started`, say it all.
    """

    __slots__ = (
        "attempt",
        "due",
        "enqueued_at",
        "first",
        "history",
        "id",
        "last_at",
        "more",
        "phase",
        "ready_at",
        "run",
        "slice",
        "tenant",
    )

    def __init__(
        self,
        id: str,  # noqa: A002
        part: Slice | None = None,
        at: float | None = None,
        tenant: str | None = None,
    ) -> None:
        """Begin unknown, or (with `at`) waiting since it was enqueued at that moment."""
        self.id = id
        self.slice = part
        self.enqueued_at = self.first = self.ready_at = at
        self.tenant = tenant
        if at is None:
            self.phase = NEW
            self.last_at = -1.0
            self.due = 0.0
        else:
            self.phase = WAITING
            self.last_at = self.due = at
        self.run: tuple[float, str | None, bool] | None = None
        self.attempt = 0
        self.history: bytes | None = None
        self.more: More | None = None

    @property
    def known(self) -> bool:
        """Return whether `first` comes from an enqueue or a stamp, not from what else was seen."""
        return self.enqueued_at is not None or (self.more is not None and self.more.stamped)

    @property
    def fails(self) -> int:
        """Return how many attempts of this life failed."""
        return 0 if self.more is None else self.more.fails

    @property
    def losses(self) -> int:
        """Return how many attempts of this life died with their worker."""
        return 0 if self.more is None else self.more.losses

    @property
    def max_attempts(self) -> int | None:
        """Return how many attempts the job itself says that it gets at most."""
        return (self.more.max_attempts or None) if self.more is not None else None

    @property
    def started_at(self) -> float | None:
        """Return when the attempt that runs now began."""
        return None if self.run is None else self.run[0]

    @property
    def worker(self) -> str | None:
        """Return the worker that runs the job now."""
        return None if self.run is None else self.run[1]

    @property
    def first_due(self) -> float:
        """Return the Unix second since which the job's age counts."""
        more = self.more
        # A time of its own (an ETA) is when a step could first run, whatever its root did.
        if more is None or more.root_due is None or self.due != self.first:
            return self.due
        # A root that began another life since says nothing of an earlier step.
        return min(self.due, more.root_due)

    @property
    def extra(self) -> More:
        """Return the rare part, made on first use."""
        if self.more is None:
            self.more = More()
        return self.more
