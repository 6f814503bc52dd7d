"""Since when an element of a Redis list has been there at least, without any time in it.

Producers push at the head, workers pop at the tail. At every look a rung is set: "now the newest
element has this many elements up to the tail". What leaves the tail later lowers every rung; the
oldest rung that still has elements below it says since when the tail has been there at least.
How much left is known exactly, because the earlier head is found again at a bounded cost.
"""

MAX_RUNGS = 128


class Ladder:
    """The rungs of one list, oldest first; `up_to_tail` counts elements from the tail, 1 = it."""

    __slots__ = ("_length", "_rungs")

    def __init__(self) -> None:
        self._rungs: list[tuple[float, int]] = []
        self._length: int | None = None

    def climb(self, now: float, length: int, pushed: int | None) -> None:
        """Take one look: the list's length and how many elements were pushed since the last.

        `pushed` None means that it is not known: then nothing older than `now` is claimed.
        """
        if pushed is None or self._length is None:
            self._rungs.clear()
        else:
            # Negative when a worker gave something back at the tail.
            left = pushed - (length - self._length)
            self._rungs = [(at, upto - left) for at, upto in self._rungs if upto - left > 0]
        self._length = length
        if length and (not self._rungs or self._rungs[-1][1] < length):
            self._rungs.append((now, length))
        if len(self._rungs) > MAX_RUNGS:
            self._thin()

    def seen_at(self, up_to_tail: int) -> float | None:
        """Return when the element at this distance from the tail was first seen; None if never."""
        return next((at for at, upto in self._rungs if upto >= up_to_tail), None)

    def _thin(self) -> None:
        # A rung left out makes an age look shorter, never longer: "at least" stays true. The
        # first one stays, it is the age of what has been stuck all the time.
        older, newer = self._rungs[: MAX_RUNGS // 2], self._rungs[MAX_RUNGS // 2 :]
        self._rungs = older[::2] + newer
