"""The ids that ended: remembered for a day, at most a million."""

from collections import deque
from collections.abc import MutableMapping, Sequence
from itertools import islice
from typing import Any

REMEMBER_S = 86_400.0
REMEMBER_IDS = 1_000_000


class Finished:
    """The order in which jobs ended, so that the oldest are forgotten first.

    The histories themselves stay where the jobs were, in the map by id: one look finds either.
    """

    __slots__ = ("histories", "ids", "limit", "marks", "passed", "told")

    def __init__(self, limit: int = REMEMBER_IDS) -> None:
        self.limit = limit
        self.ids: deque[str] = deque()
        self.histories: deque[bytes] = deque()
        # How many had ended, and been forgotten or not, when a moment was reached.
        self.marks: deque[tuple[float, int]] = deque()
        self.passed = 0
        # How many of all that ever ended were handed out by `take_new`.
        self.told = 0

    def add(self, ids: Sequence[str], histories: Sequence[bytes]) -> None:
        """Note that jobs ended, in this order, with these histories."""
        self.ids.extend(ids)
        self.histories.extend(histories)

    def take_new(self) -> list[tuple[str, bytes]]:
        """Return what ended since the last call, in that order, as (id, history)."""
        ended = self.passed + len(self.ids)
        count = min(ended - self.told, len(self.ids))
        self.told = ended
        if count <= 0:
            return []
        ids, histories = reversed(self.ids), reversed(self.histories)
        found = list(zip(islice(ids, count), islice(histories, count), strict=True))
        found.reverse()
        return found

    def forget(self, jobs: MutableMapping[str, Any], now: float) -> None:
        """Remove from `jobs` what ended too long ago, or beyond the limit."""
        excess = len(self.ids) - self.limit
        while self.marks and now - self.marks[0][0] >= REMEMBER_S:
            excess = max(excess, self.marks.popleft()[1] - self.passed)
        excess = min(excess, len(self.ids))
        for _ in range(excess):
            id, history = self.ids.popleft(), self.histories.popleft()  # noqa: A001
            # The id may live again, or have ended once more since.
            if jobs.get(id) is history:
                del jobs[id]
        self.passed += max(excess, 0)
        if not self.marks or now - self.marks[-1][0] >= REMEMBER_S / 1_440:
            self.marks.append((now, self.passed + len(self.ids)))

    def __len__(self) -> int:
        return len(self.ids)
