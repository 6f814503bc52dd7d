"""What weekly reviews keep: stories of problems, notes with something to do, dismissed advice."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One row of the notes: what changed, what needs a fix, who looks.

    `key` names what a rule opened (None: a person wrote it); `done_at` None: it carries over.
    """

    id: int
    key: str | None
    at: float
    changed: str
    fix: str
    who: str
    done_at: float | None = None


class ReviewStore(Protocol):
    """Stories, notes and dismissals."""

    def save_story(self, episode: str, body: bytes, *, made_at: float) -> None: ...
    def story(self, episode: str) -> tuple[float, bytes] | None:
        """Return when the story of an episode was made, and what `save_story` was given."""
        ...

    def add_note(self, note: Note) -> bool:
        """Keep a note, not its id; False when one with its key is there already."""
        ...

    def finish_note(self, note: int, *, done_at: float) -> bool:
        """Mark a note as done; False when it is done already or not there."""
        ...

    def notes(self, since: float, until: float) -> list[Note]:
        """Return what was noted before `until` and was not done before `since`, oldest first."""
        ...

    def dismiss(self, key: str, by: str, *, now: float) -> None: ...
    def dismissed(self) -> set[str]: ...
