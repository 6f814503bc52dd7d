"""Measures whether the server itself works, at most every few seconds however many ask."""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from tailback.core.alive import Vitals
from tailback.core.steady import ClockWatch
from tailback.server.confirmed import Confirmations
from tailback.server.hub import Hub
from tailback.server.readings import Readings
from tailback.store.errors import StoreError
from tailback.store.store import Store

KEPT_S = 10.0
WRITTEN = "alive_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is felt; `channels` and `told_of` are those of the file as it is now.

    `told_of` are the sources with a lane that tells somebody, `lost` how many events were lost
    lately, `room` the free and all bytes of the disk, None where it is not ours. `watched`:
    somebody outside is told of it.
    """

    store: Store
    hub: Hub
    readings: Readings
    engine_runs: Callable[[], bool]
    monotonic: Callable[[], float]
    channels: Callable[[], Collection[str]] = frozenset
    told_of: Callable[[], Collection[str]] = frozenset
    lost: Callable[[float], int] = lambda _now: 0
    room: Callable[[], tuple[int, int] | None] = lambda: None
    watched: bool = True


class Pulse:
    """Feels every part; safe from several threads."""

    def __init__(self, parts: Parts) -> None:
        """Feel these parts."""
        self._parts = parts
        self._confirmed = Confirmations(parts.store)
        self._clock = ClockWatch()
        self._lock = threading.Lock()
        self._kept: Vitals | None = None

    def feel(self, now: float) -> Vitals:
        """Return what was measured in the last ten seconds, measuring it now when nothing was."""
        with self._lock:
            if self._kept is None or not 0.0 <= now - self._kept.now < KEPT_S:
                self._kept = self._measure(now)
            return self._kept

    def _measure(self, now: float) -> Vitals:
        parts = self._parts
        board, channels = parts.hub.board, parts.channels()
        delivered: dict[str, float] | None = None
        confirmed: dict[str, float] = {}
        oldest, broken = None, set()
        try:
            # Only a write proves that the disk has room.
            parts.store.meta.set(WRITTEN, str(now))
            oldest = parts.store.outbox.oldest_ready_at(now)
            states = parts.store.outbox.channels()
            broken = {s.name for s in states if s.broken_since is not None and s.name in channels}
            delivered = self._confirmed.delivered_at(channels)
            confirmed = self._confirmed.newest_at(channels)
            written = True
        except StoreError:
            written = False
        works = [at for name, at in confirmed.items() if name not in broken]
        return Vitals(
            now=now,
            engine_runs=parts.engine_runs(),
            judged_at=board.as_of if board.version else None,
            written=written,
            oldest_ready_at=oldest,
            broken_channels=tuple(sorted(broken)),
            channels=len(channels),
            blind=tuple(
                (source.name, source.blind_since)
                for source in parts.readings.sources()
                if source.blind_since is not None
            ),
            jumped_s=self._clock.look(now, parts.monotonic()),
            watched=parts.watched,
            confirmed_at=max(works, default=None),
            unverified=tuple(sorted(set(channels) - set(delivered)))
            if delivered is not None
            else (),
            told_of=frozenset(parts.told_of()),
            lost=parts.lost(now),
            room=parts.room(),
        )
