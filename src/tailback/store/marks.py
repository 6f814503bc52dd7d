"""What is shown beside the rollups: deploys, business counters, the probes' last readings."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Deploy:
    """A release of a service that began at `at` (Unix seconds)."""

    at: float
    service: str
    release: str


@dataclass(frozen=True, slots=True)
class SavedReading:
    """The last reading of a queue; `body` is whatever the server encoded."""

    source: str
    queue: str
    taken_at: float
    body: bytes


class DeployStore(Protocol):
    """When what was deployed."""

    def add(self, release: str, *, at: float, service: str = "") -> None: ...
    def between(self, from_: float, to: float) -> list[Deploy]: ...


class OutcomeStore(Protocol):
    """Business counters per minute."""

    def add(self, name: str, count: int, *, at: float) -> None: ...
    def series(self, name: str, *, from_: int, to: int, step_s: int) -> list[tuple[int, int]]: ...
    def names(self) -> list[str]: ...


class ReadingStore(Protocol):
    """The last reading of each queue."""

    def save(self, readings: Iterable[SavedReading]) -> None: ...
    def all(self) -> list[SavedReading]: ...
