"""Counts finished jobs from what each second of the last two minutes shows, never one twice."""

from collections.abc import Iterable

WINDOW_S = 120.0


class Completions:
    """A counter that only grows.

    A job's second may gain jobs for as long as the window reaches: transactions commit later than
    the time that they write. Rows that are deleted take nothing back.
    """

    def __init__(self) -> None:
        """Start at zero: what was finished before the first look is not counted."""
        self._seen: dict[int, int] = {}
        self._total = 0
        self._first = True

    def count(self, seconds: Iterable[tuple[int, int]], now: float) -> int:
        """Return the total after a look at `(second, jobs finished in it)` since `now` - 120 s."""
        for second, jobs in seconds:
            known = self._seen.get(second, 0)
            if jobs > known:
                self._seen[second] = jobs
                self._total += 0 if self._first else jobs - known
        self._seen = {
            second: jobs for second, jobs in self._seen.items() if second >= now - 2 * WINDOW_S
        }
        self._first = False
        return self._total
