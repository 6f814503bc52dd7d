"""Since when the oldest ready message of a RabbitMQ queue has been there at least, by counting.

RabbitMQ counts what was ever published to a queue. With P published and R ready, the oldest ready
one is publish number P - R + 1 or an earlier one; the first look at which that many had been
published is a moment at which it was there.
"""

MAX_POINTS = 256


class PublishCounts:
    """The publish counter of one queue over the looks, oldest first."""

    __slots__ = ("_points",)

    def __init__(self) -> None:
        self._points: list[tuple[float, int]] = []

    def look(self, now: float, published: int | None, ready: int) -> float | None:
        """Take one look and return since when the oldest ready message is known, if there is one.

        A counter that fell (the node or the queue began anew) begins the story anew.
        """
        if published is None:
            self._points.clear()
            return None
        if self._points and published < self._points[-1][1]:
            self._points.clear()
        if not self._points or published > self._points[-1][1]:
            self._points.append((now, published))
        oldest = published - ready + 1
        self._points = [point for point in self._points if point[1] >= oldest] or self._points[-1:]
        if len(self._points) > MAX_POINTS:
            half = MAX_POINTS // 2
            self._points = self._points[:half:2] + self._points[half:]
        return self._points[0][0] if ready else None
