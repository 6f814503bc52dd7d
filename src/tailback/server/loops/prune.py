"""Lets old segments, minutes and links go by their tier of retention."""

from tailback.store.store import Store

EVERY_S = 600.0
SOON_S = 1.0


class PruneLoop:
    """Asks the store to forget what is older than it has to keep."""

    def __init__(self, store: Store) -> None:
        """Prune `store`."""
        self._more = False
        self._store = store

    def once(self, now: float) -> bool:
        """Prune a bounded piece; return whether there is more to do."""
        self._more = self._store.prune(now)
        return self._more

    def pause_s(self) -> float:
        """Return how long to wait until the next time."""
        return SOON_S if self._more else EVERY_S

    def close(self) -> None:
        """Hold nothing."""
