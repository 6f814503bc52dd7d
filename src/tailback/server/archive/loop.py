"""Packs the jobs that ended while nobody waits for it."""

from tailback.server.archive.archive import Archive

EVERY_S = 1.0


class ArchiveLoop:
    """Reads what the engine handed over, and writes full blocks."""

    def __init__(self, archive: Archive) -> None:
        """Pack what `archive` was given."""
        self._archive = archive

    def once(self, now: float) -> bool:  # noqa: ARG002 - every loop is told the time
        """Read what came; return whether there was any."""
        return self._archive.settle()

    def pause_s(self) -> float:
        """Return how long to wait until the next time."""
        return EVERY_S

    def close(self) -> None:
        """Leave the rest to the last checkpoint."""
