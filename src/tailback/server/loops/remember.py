"""Notes which queues were read when, so that a restarted server does not forget a blind source."""

from collections.abc import Collection

from tailback.server.readings import Readings
from tailback.store.marks import ReadingStore, SavedReading

EVERY_S = 30.0


class RememberLoop:
    """Saves the time of the last reading of every queue."""

    def __init__(self, readings: Readings, saved: ReadingStore) -> None:
        """Save what `readings` knows to `saved`."""
        self._readings = readings
        self._saved = saved
        self._done: dict[tuple[str, str], float] = {}

    def once(self, now: float) -> bool:  # noqa: ARG002 - every loop is told the time
        """Save what is newer than at the last time; return whether there was any."""
        known = self._readings.known()
        fresh = {key: at for key, at in known.items() if self._done.get(key) != at}
        if fresh:
            self._saved.save(
                [SavedReading(source, queue, at, b"") for (source, queue), at in fresh.items()]
            )
        self._done = known
        return bool(fresh)

    def pause_s(self) -> float:
        """Return how long to wait until the next time."""
        return EVERY_S

    def close(self) -> None:
        """Save for the last time."""
        self.once(0.0)


def recall(readings: Readings, saved: ReadingStore, sources: Collection[str]) -> None:
    """Make known which queues of these sources were read before the restart, and when."""
    for reading in saved.all():
        if reading.source in sources:
            readings.remember(reading.source, reading.queue, reading.taken_at)
