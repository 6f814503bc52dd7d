"""Notes when each reason was seen, so that it is still known when the ledger forgot it."""

from collections.abc import Callable

from tailback.core.ledger.failing_look import FailingLook
from tailback.server.reason_table import noted
from tailback.store.ended import ReasonNote, ReasonNotes

EVERY_S = 30.0


class NotesLoop:
    """Keeps first and last sight and one error of every reason."""

    def __init__(self, look: Callable[[float], list[FailingLook]], notes: ReasonNotes) -> None:
        """Note to `notes` what `look` finds."""
        self._look = look
        self._notes = notes
        self._known: dict[str, ReasonNote] = {}

    def once(self, now: float) -> bool:
        """Note what changed; return whether anything did."""
        found = noted(self._look(now))
        fresh = [note for note in found if self._known.get(note.key) != note]
        self._notes.note(fresh)
        self._known.update((note.key, note) for note in fresh)
        return bool(fresh)

    def pause_s(self) -> float:
        """Return how long to wait until the next time."""
        return EVERY_S

    def close(self) -> None:
        """Leave the rest to the next start: the ledger keeps it with its checkpoint."""
