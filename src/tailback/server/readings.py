"""The newest reading of every queue and the state of every source, shared between threads.

A source that cannot be read loses its readings at once: an old number must never look fresh.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tailback.core.model import QueueReading

MAX_QUEUES_PER_SOURCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of one source. `seen_at` is the last good look or the last pushed batch."""

    name: str
    system: str | None
    probed: bool
    seen_at: float | None = None
    blind_since: float | None = None
    why: str | None = None


class Readings:
    """Written by probe threads and the intake, read by the judge."""

    def __init__(self) -> None:
        """Start with nothing known."""
        self._lock = threading.Lock()
        self._sources: dict[str, SourceState] = {}
        self._latest: dict[tuple[str, str], QueueReading] = {}
        self._known: dict[tuple[str, str], float] = {}

    def declare(self, name: str, system: str | None, *, probed: bool) -> None:
        """Make a source known; declaring it again only adds what was not known."""
        with self._lock:
            known = self._sources.get(name)
            if known is None:
                self._sources[name] = SourceState(name=name, system=system, probed=probed)
            elif (probed and not known.probed) or (system and not known.system):
                self._sources[name] = replace(
                    known, system=known.system or system, probed=known.probed or probed
                )

    def looked(self, source: str, readings: Iterable[QueueReading], now: float) -> None:
        """Keep what a look at a source found; the source is no longer blind."""
        with self._lock:
            state = self._state(source)
            self._sources[source] = replace(state, seen_at=now, blind_since=None, why=None)
            held = sum(1 for key in self._known if key[0] == source)
            for reading in readings:
                key = (source, reading.queue)
                if key not in self._known:
                    if held >= MAX_QUEUES_PER_SOURCE:
                        continue
                    held += 1
                if reading.taken_at >= self._known.get(key, 0.0):
                    self._latest[key] = reading
                    self._known[key] = reading.taken_at

    def blinded(self, source: str, why: str, now: float) -> None:
        """Note that a source cannot be read: every reading of it is dropped."""
        with self._lock:
            state = self._state(source)
            since = state.blind_since if state.blind_since is not None else state.seen_at or now
            self._sources[source] = replace(state, blind_since=since, why=why)
            for key in [key for key in self._latest if key[0] == source]:
                del self._latest[key]

    def pushed(self, source: str, now: float) -> None:
        """Note that a batch of events arrived from a source."""
        with self._lock:
            state = self._state(source)
            if not state.probed and (state.seen_at is None or now > state.seen_at):
                self._sources[source] = replace(state, seen_at=now)

    def forget(self, source: str, queues: Iterable[str]) -> None:
        """Drop the readings of queues that no longer exist."""
        with self._lock:
            for queue in queues:
                self._latest.pop((source, queue), None)
                self._known.pop((source, queue), None)

    def newest(self, source: str, queue: str) -> QueueReading | None:
        """Return the newest reading of a queue, however old it is."""
        return self._latest.get((source, queue))

    def remember(self, source: str, queue: str, taken_at: float) -> None:
        """Make a queue known that an earlier run of the server has read."""
        with self._lock:
            self._known.setdefault((source, queue), taken_at)
            state = self._state(source)
            if state.seen_at is None or taken_at > state.seen_at:
                self._sources[source] = replace(state, seen_at=taken_at)

    def known(self) -> dict[tuple[str, str], float]:
        """Return when every (source, queue) was last read, also while its source is blind."""
        with self._lock:
            return dict(self._known)

    def queues(self) -> list[tuple[str, str]]:
        """Return every (source, queue) that was read, also while its source is blind."""
        with self._lock:
            return list(self._known)

    def sources(self) -> list[SourceState]:
        """Return the state of every source by name."""
        with self._lock:
            return [self._sources[name] for name in sorted(self._sources)]

    def source(self, name: str) -> SourceState | None:
        """Return the state of one source."""
        return self._sources.get(name)

    def _state(self, source: str) -> SourceState:
        return self._sources.get(source) or SourceState(name=source, system=None, probed=False)
