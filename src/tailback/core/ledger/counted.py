"""What a probe's counter of finished jobs says between its looks: the counts of a lane of its own.

A counter that fell, was not there, or was not looked at for two minutes breaks the watch: what
happened meanwhile is not known, and the watch begins anew.
"""

from collections import deque

from tailback.core.rollups import MINUTE_S

KEEP_S = 720.0
KEEP_MINUTES = 180
BREAK_S = 120.0
# A window of minutes is known when a look was made this close to its beginning.
SLACK_S = 20.0


class Counted:
    """The looks at one counter; times are Unix seconds of the looks."""

    __slots__ = ("between", "last", "looks", "minutes", "since", "unchanged_since")

    def __init__(self) -> None:
        self.looks: deque[tuple[float, int]] = deque()
        self.last: tuple[float, int] | None = None
        self.since: float | None = None
        # The counter has stood still from this look to the last one.
        self.unchanged_since: float | None = None
        # The latest success was after the first of these looks and before the second.
        self.between: tuple[float, float] | None = None
        self.minutes: dict[int, int] = {}

    def take(self, at: float, counter: int | None) -> None:
        """Take what a look at the moment `at` found; looks come in order of time."""
        last = self.last
        if counter is None or last is None or counter < last[1]:
            self._begin(at, counter)
            return
        if counter > last[1]:
            self.between = (last[0], at)
            self.unchanged_since = at
        if at - last[0] > BREAK_S:
            # So many finished, but nobody knows in which minute.
            self._begin(at, counter)
            return
        self.last = (at, counter)
        self.looks.append(self.last)
        while self.looks[0][0] < at - KEEP_S:
            self.looks.popleft()
        minute = int(at) // MINUTE_S * MINUTE_S
        self.minutes[minute] = self.minutes.get(minute, 0) + counter - last[1]
        if len(self.minutes) > KEEP_MINUTES:
            del self.minutes[next(iter(self.minutes))]

    def done_in(self, now: float, window_s: float) -> int | None:
        """Return how many jobs finished in the last `window_s`; None when not watched so long."""
        if self.last is None or not self.looks or self.looks[0][0] > now - window_s + SLACK_S:
            return None
        return self.last[1] - self._before(now - window_s)

    def done_at_least(self, now: float, window_s: float) -> int:
        """Return how many jobs are known to have finished in the last `window_s`."""
        return self.last[1] - self._before(now - window_s) if self.last and self.looks else 0

    def watched_s(self, now: float) -> float | None:
        """Return for how long the counter has been watched without a break."""
        return None if self.since is None else max(0.0, now - self.since)

    def series(self, first: int, last: int) -> tuple[int | None, ...]:
        """Return the jobs finished in each minute; None for minutes without a look."""
        return tuple(self.minutes.get(at) for at in range(first, last + MINUTE_S, MINUTE_S))

    def _before(self, at: float) -> int:
        found = self.looks[0][1]
        for looked_at, counter in self.looks:
            if looked_at > at:
                break
            found = counter
        return found

    def _begin(self, at: float, counter: int | None) -> None:
        self.looks.clear()
        self.last = self.since = self.unchanged_since = None
        if counter is not None:
            self.last, self.since, self.unchanged_since = (at, counter), at, at
            self.looks.append(self.last)
