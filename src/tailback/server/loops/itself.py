"""Looks after Tailback itself, every few seconds."""

from tailback.server.itself import Itself

EVERY_S = 10.0


class ItselfLoop:
    """Looks whether every part works, on a thread that waits for none of them for long."""

    def __init__(self, itself: Itself) -> None:
        """Look with `itself`."""
        self._itself = itself

    def once(self, now: float) -> bool:
        """Look and tell; return whether all is well."""
        return self._itself.look(now)

    def pause_s(self) -> float:
        """Return how long to wait until the next look."""
        return EVERY_S

    def close(self) -> None:
        """Hold nothing."""
