"""Measures whether the server itself works, at most every few seconds however many ask."""

import threading
from collections.abc import Callable, Collection

from tailback.core.alive import Vitals
from tailback.core.steady import ClockWatch
from tailback.server.confirmed import Confirmations
from tailback.server.hub import Hub
from tailback.server.readings import Readings
from tailback.store.errors import StoreError
from tailback.store.store import Store

KEPT_S = 10.0
WRITTEN = "alive_at"


class Pulse:
    """Feels every part; safe from several threads."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        engine_runs: Callable[[], bool],
        readings: Readings,
        channels: Callable[[], Collection[str]],
        monotonic: Callable[[], float],
    ) -> None:
        """Feel these parts; `channels` names those of the file as it is now."""
        self._confirmed = Confirmations(store)
        self._monotonic = monotonic
        self._clock = ClockWatch()
        self._store = store
        self._hub = hub
        self._engine_runs = engine_runs
        self._readings = readings
        self._channels = channels
        self._lock = threading.Lock()
        self._kept: Vitals | None = None

    def feel(self, now: float) -> Vitals:
        """Return what was measured in the last ten seconds, measuring it now when nothing was."""
        with self._lock:
            if self._kept is None or not 0.0 <= now - self._kept.now < KEPT_S:
                self._kept = self._measure(now)
            return self._kept

    def _measure(self, now: float) -> Vitals:
        board = self._hub.board
        channels = self._channels()
        try:
            # Only a write proves that the disk has room.
            self._store.meta.set(WRITTEN, str(now))
            oldest = self._store.outbox.oldest_ready_at(now)
            states = self._store.outbox.channels()
            confirmed = self._confirmed.newest_at(channels)
            written = True
        except StoreError:
            oldest, states, confirmed, written = None, [], {}, False
        broken = {s.name for s in states if s.broken_since is not None and s.name in channels}
        return Vitals(
            now=now,
            engine_runs=self._engine_runs(),
            jumped_s=self._clock.look(now, self._monotonic()),
            confirmed_at=max(
                (at for name, at in confirmed.items() if name not in broken), default=None
            ),
            judged_at=board.as_of if board.version else None,
            written=written,
            oldest_ready_at=oldest,
            broken_channels=tuple(sorted(broken)),
            channels=len(channels),
            blind=tuple(
                (source.name, source.blind_since)
                for source in self._readings.sources()
                if source.blind_since is not None
            ),
        )
