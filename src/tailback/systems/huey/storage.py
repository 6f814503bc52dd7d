"""What both storages of Huey answer, in one shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Stored:
    """One message as it lies there; `at` is a time that the storage itself keeps, if any."""

    data: bytes
    at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at one queue: counts, and a bounded sample from both ends of the line.

    `schedule` are the soonest, each with its score, which is not Unix time (`reading.offset`).
    Counting stops at `most_counted`. `server_notes` are about the whole storage.
    """

    queue: str
    broker_now: float | None
    waiting_count: int
    waiting: Sequence[Stored]
    schedule_count: int
    schedule: Sequence[Stored]
    most_counted: int | None = None
    server_notes: Sequence[str] = ()


class Storage(Protocol):
    """One Redis database or one SQLite file, opened to be read."""

    def names(self) -> Sequence[str]:
        """Return the queues that hold anything now."""
        ...

    def look(self, queues: Sequence[str]) -> Sequence[Look]:
        """Return one look per queue, in a bounded number of calls."""
        ...

    def due_before(self, queue: str, score: float) -> int:
        """Return how many scheduled messages have at most this score."""
        ...

    def close(self) -> None:
        """Give up the connection."""
        ...
