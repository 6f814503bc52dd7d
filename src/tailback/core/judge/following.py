"""What customers begin beside what comes of it, minute by minute: whether it follows."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tailback.core.rollups import MINUTE_S

LOOK_LONGEST_S = 7200.0
# So few would come about once in ten thousand times if this share of it came.
SHARE = 0.7
SIGMAS = 3.7
MARGIN = 4.0
# What is less than it must be in a longer look: both counts are taken for chance, as not every
# one of the upstream need bring a job.
LESS_SIGMAS = 3.5
LESS_MARGIN = 2.0
# Of so many of the newest this share must follow for all to be well again.
NEWEST = 60
WELL = 0.95


class Counted:
    """A counter by minute, as far back as anybody looks; `within_s` is allowed to follow it."""

    __slots__ = ("_counts", "within_s")

    def __init__(self, within_s: float) -> None:
        self.within_s = within_s
        self._counts: dict[int, float] = {}

    def add(self, at: float, count: float) -> None:
        """Take `count` more at `at`, in order of time."""
        minute = _minute(at)
        self._counts[minute] = self._counts.get(minute, 0.0) + count
        for old in [one for one in self._counts if one < self.looks_from(at)]:
            del self._counts[old]

    def know(self, counts: Iterable[tuple[int, int]]) -> None:
        """Take what a store counted, (start of the minute, count), instead of all before."""
        self._counts = {minute: float(count) for minute, count in counts}

    def looks_from(self, now: float) -> int:
        """Return the first minute that matters."""
        return _minute(now - self.within_s - LOOK_LONGEST_S) - MINUTE_S

    def of(self, minute: int) -> float:
        """Return how much came in the minute that begins then."""
        return self._counts.get(minute, 0.0)


@dataclass(frozen=True, slots=True)
class Followed:
    """So much was begun from `since` (Unix seconds) on, and `done` has come of it until now.

    What was begun within the time allowed is left out; what was done then counts, as it may be
    for the last of them.
    """

    began: int
    done: int
    since: float

    def falls_short(self, ratio: float) -> bool:
        """Tell whether that is clearly less than `ratio` of it, beyond what chance explains."""
        expected = ratio * self.began
        most: float = self.done + SIGMAS * math.sqrt(self.done + 1.0) + MARGIN
        chance: float = LESS_SIGMAS * math.sqrt(self.done + expected) + LESS_MARGIN
        return most < SHARE * expected or expected - self.done > chance


def followed(
    upstream: Counted, done_in: Callable[[int], float], now: float, ratio: float
) -> Followed:
    """Look back for one minute, two, and so on for two hours.

    What stopped a moment ago is seen by a short look, a part that is missing by a long one. The
    longest that falls short is returned. Once the newest follow again, what is missing for good
    is the past.
    """
    since = until = _minute(now - upstream.within_s)
    began, done = 0.0, sum(map(done_in, range(until, int(now) + 1, MINUTE_S)))
    found, short = Followed(0, int(done), float(until)), None
    while since > until - LOOK_LONGEST_S:
        since -= MINUTE_S
        came, done = upstream.of(since), done + done_in(since)
        if came:
            began += came
            found = Followed(int(began), int(done), float(since))
            if began - came < NEWEST <= began and found.done >= WELL * ratio * found.began:
                return found
            short = found if found.falls_short(ratio) else short
    return short or found


def _minute(at: float) -> int:
    return int(at) // MINUTE_S * MINUTE_S
