"""Minute rollups: what happened in one minute of one slice, as mergeable deltas.

A minute is named by the Unix second at which it starts. Every number in a delta adds, sketches
merge, `oldest_age_s` takes the greater, so deltas may be stored in any grouping. A count in a
delta can be negative: a late event may show that an earlier one was not the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tailback.core.sketch import DistinctSketch, DurationSketch

MINUTE_S = 60
COUNTS = (
    "arrivals",
    "started",
    "completed",
    "failed",
    "retried",
    "dead",
    "discarded",
    "lost",
    "run_ms",
    "failed_run_ms",
)


class SliceKey(NamedTuple):
    """The narrowest place that is counted: one job type in one queue of one source."""

    source: str
    queue: str
    job: str


class Minute:
    """The counts of one minute of one slice.

    `arrivals` counts each life of a job once, `started` and `failed` each attempt, `retried` the
    failures that announced another attempt, `run_ms` the run time of all attempts that ended and
    `failed_run_ms` that of the failed ones. `run` and `age` hold successful jobs (age = end minus
    first due), `ready_wait` every start, `tenants` the accounts named by events of the minute.
    `oldest_age_s` is the greatest age of an unfinished job seen in the minute, None if not looked.
    """

    __slots__ = (*COUNTS, "age", "oldest_age_s", "ready_wait", "run", "tenants")

    def __init__(self) -> None:
        self.arrivals = self.started = self.completed = self.failed = self.retried = 0
        self.dead = self.discarded = self.lost = self.run_ms = self.failed_run_ms = 0
        self.run = DurationSketch()
        self.ready_wait = DurationSketch()
        self.age = DurationSketch()
        self.tenants = DistinctSketch()
        self.oldest_age_s: float | None = None

    @property
    def greatest_age(self) -> int | None:
        """Return the bucket of the greatest age at a success."""
        return max(self.age, default=None)

    @property
    def failed_share(self) -> float | None:
        """Return the share of the workers' time that went into attempts that failed, 0 to 1."""
        return self.failed_run_ms / self.run_ms if self.run_ms else None

    @property
    def counts(self) -> tuple[int, ...]:
        """Return the numbers in the order of `COUNTS`."""
        return (
            self.arrivals,
            self.started,
            self.completed,
            self.failed,
            self.retried,
            self.dead,
            self.discarded,
            self.lost,
            self.run_ms,
            self.failed_run_ms,
        )

    @classmethod
    def of(cls, counts: Iterable[int], oldest_age_s: float | None = None) -> "Minute":
        """Return a minute with these counts (order of `COUNTS`) and empty sketches."""
        minute = cls()
        minute._add(counts)
        minute.oldest_age_s = oldest_age_s
        return minute

    def _add(self, counts: Iterable[int]) -> None:
        for name, count in zip(COUNTS, counts, strict=True):
            setattr(self, name, getattr(self, name) + count)

    def merge(self, other: "Minute") -> None:
        """Add everything that `other` counted."""
        self._add(other.counts)
        self.run.merge(other.run)
        self.ready_wait.merge(other.ready_wait)
        self.age.merge(other.age)
        self.tenants.merge(other.tenants)
        if other.oldest_age_s is not None:
            self.oldest_age_s = max(other.oldest_age_s, self.oldest_age_s or 0.0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Minute) and all(
            getattr(self, name) == getattr(other, name) for name in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        said = ", ".join(f"{n}={c}" for n, c in zip(COUNTS, self.counts, strict=True) if c)
        return f"Minute({said})"


class PastMinute:
    """What a slice remembers of a minute that was delivered: the counts, and two ages.

    `greatest_age` is the bucket of the greatest age at a success, `oldest_age_s` as in `Minute`;
    both None if there was none.
    """

    __slots__ = (*COUNTS, "greatest_age", "oldest_age_s")

    def __init__(self) -> None:
        self.arrivals = self.started = self.completed = self.failed = self.retried = 0
        self.dead = self.discarded = self.lost = self.run_ms = self.failed_run_ms = 0
        self.greatest_age: int | None = None
        self.oldest_age_s: float | None = None

    def add(self, minute: "Minute | PastMinute") -> None:
        """Add what was counted since."""
        self.arrivals += minute.arrivals
        self.started += minute.started
        self.completed += minute.completed
        self.failed += minute.failed
        self.retried += minute.retried
        self.dead += minute.dead
        self.discarded += minute.discarded
        self.lost += minute.lost
        self.run_ms += minute.run_ms
        self.failed_run_ms += minute.failed_run_ms
        greatest = minute.greatest_age
        if greatest is not None and (self.greatest_age is None or greatest > self.greatest_age):
            self.greatest_age = greatest
        oldest = minute.oldest_age_s
        if oldest is not None and (self.oldest_age_s is None or oldest > self.oldest_age_s):
            self.oldest_age_s = oldest


class MinuteKey(NamedTuple):
    """One minute of one slice; `minute` is the Unix second of its start."""

    source: str
    queue: str
    job: str
    minute: int


class ReasonMinuteKey(NamedTuple):
    """One minute of one failure reason in one slice."""

    source: str
    queue: str
    job: str
    minute: int
    reason: str


@dataclass(slots=True)
class Deltas:
    """What changed in the rollups since the last look; store it with `+=` per key.

    `reasons` counts failed attempts per reason.
    """

    minutes: dict[MinuteKey, Minute] = field(default_factory=dict)
    reasons: dict[ReasonMinuteKey, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.minutes or self.reasons)

    def merge(self, other: "Deltas") -> None:
        """Add `other` to these deltas (for a commit that failed and is tried again)."""
        for key, minute in other.minutes.items():
            mine = self.minutes.get(key)
            if mine is None:
                mine = self.minutes[key] = Minute()
            mine.merge(minute)
        for reason, count in other.reasons.items():
            self.reasons[reason] = self.reasons.get(reason, 0) + count
