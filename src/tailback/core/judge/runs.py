"""The runs of one timetable held against what came: missed, late, or still going at the next."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tailback.core.rollups import MINUTE_S
from tailback.core.timetable import Timetable

# A time that was never looked at is no news after so long: jobs are counted for three hours.
LOOK_S = 10_000.0
# What comes more often than this overlaps by the seconds; nobody waits for one such run.
LEAST_PERIOD_S = 60.0
# What comes several times an hour is one run each time, and no batch of an hour.
BATCH_APART_S = 3600.0
SHARE_OF_PROMISE = 0.2
LONGEST_GRACE_S = 1800.0


@dataclass(frozen=True, slots=True)
class RunTrouble:
    """What is wrong with one run; times are Unix seconds.

    `missed`: the run of `due_at` has not come until `at`, now. `late`: it came at `at`, to the
    minute, and has not ended. `overlap`: the one that began at `due_at` goes on though the next
    was due at `at`.
    """

    kind: Literal["missed", "late", "overlap"]
    timetable: Timetable
    due_at: float
    at: float


@dataclass(frozen=True, slots=True)
class Came:
    """What is known of the jobs of a timetable; None: not known.

    `first` tells when the first of at least `needed` jobs came since a moment. `going_since` is
    when the oldest that still runs was first due, `unfinished` whether any is there.
    """

    first: Callable[[float, float], float | None] | None
    needed: float
    unfinished: bool
    going_since: float | None


def grace_s(promise_s: float) -> float:
    """Return how long after its time a run may come, seconds."""
    return min(LONGEST_GRACE_S, SHARE_OF_PROMISE * promise_s)


def met(timetable: Timetable, going: list[float]) -> list[RunTrouble]:
    """Return that a run began before the one before had ended; `going` is when each began."""
    if len(going) < 2:  # noqa: PLR2004 - one alone meets nobody
        return []
    first, second = sorted(going)[:2]
    return [RunTrouble("overlap", timetable, first, second)]


class Runs:
    """Follows one timetable from `begin` on; `next_after` gives the next due moment."""

    __slots__ = ("_grace_s", "_late", "_next_after", "due_at", "timetable")

    def __init__(
        self,
        timetable: Timetable,
        next_after: Callable[[float], float],
        begin: float,
        promise_s: float,
    ) -> None:
        self.timetable = timetable
        self._next_after = next_after
        self._grace_s = grace_s(promise_s)
        self._late: tuple[float, float] | None = None
        self.due_at = next_after(begin)

    def take_up(self, opened_at: float) -> None:
        """Go on with a run that was said to be missing at `opened_at`, before a restart."""
        due = self._next_after(opened_at - self._grace_s - 1.0)
        self.due_at = due if due < opened_at else self.due_at

    def look(self, now: float, came: Came) -> list[RunTrouble]:
        """Return what is wrong now; a missed run stays so until one comes."""
        found = []
        if self.due_at <= now and came.first is not None:
            found += self._serve(now, came.first, came.needed)
        if self._late is not None and came.unfinished:
            found.append(RunTrouble("late", self.timetable, *self._late))
        else:
            self._late = None
        since = came.going_since
        if since is not None:
            following = self._next_after(since)
            if following <= now and following - since >= LEAST_PERIOD_S:
                found.append(RunTrouble("overlap", self.timetable, since, following))
        return found

    def _serve(
        self, now: float, first: Callable[[float, float], float | None], needed: float
    ) -> list[RunTrouble]:
        due, every_s = self.due_at, self.timetable.every_s
        if self._next_after(due) - due < BATCH_APART_S:
            needed = 1.0
        arrived = first(self._counts_from(due), needed)
        if arrived is None:
            missed = RunTrouble("missed", self.timetable, due, now)
            return [missed] if now - due >= self._grace_s else []
        is_late = arrived - due >= max(self._grace_s, LEAST_PERIOD_S)
        self._late = (due, arrived) if is_late else None
        served = max(due, arrived) if every_s is None else arrived + MINUTE_S
        self.due_at = self._next_after(max(served, now - LOOK_S))
        return []

    def _counts_from(self, due: float) -> float:
        """Return since when what came is the run of `due`."""
        every_s = self.timetable.every_s
        if every_s is not None:
            # It began with the run before, which is known to the minute.
            return due - max(0.0, every_s - MINUTE_S)
        # The clock of a scheduler may be a little ahead.
        seldom = self._next_after(due) - due > 2 * MINUTE_S
        return due - MINUTE_S if seldom and self.timetable.job is not None else due
