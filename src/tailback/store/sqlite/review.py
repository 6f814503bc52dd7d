"""Stories, notes of reviews and dismissed advice on SQLite."""

from dataclasses import asdict

from tailback.store.review import Note
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.writer import Writer
from tailback.store.text import storable

_SQL = statements("review")


class SqliteReview:
    """What weekly reviews keep."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def save_story(self, episode: str, body: bytes, *, made_at: float) -> None:
        """Keep the story of an episode in place of an older one."""
        row = {"episode": storable(episode), "made_at": made_at, "body": body}
        self._writer.execute(_SQL["save_story"], row).result()

    def story(self, episode: str) -> tuple[float, bytes] | None:
        """Return when the story of an episode was made, and its body."""
        with self._readers.reading() as connection:
            row = connection.execute(_SQL["story"], {"episode": storable(episode)}).fetchone()
        return None if row is None else (row[0], row[1])

    def add_note(self, note: Note) -> bool:
        """Keep a note; False when one with its key is there already."""
        row = {
            name: storable(value) if isinstance(value, str) else value
            for name, value in asdict(note).items()
        }
        return self._writer.execute(_SQL["add_note"], row).result() == 1

    def finish_note(self, note: int, *, done_at: float) -> bool:
        """Mark a note as done; False when it is done already or not there."""
        row = {"id": note, "done_at": done_at}
        return self._writer.execute(_SQL["finish_note"], row).result() == 1

    def notes(self, since: float, until: float) -> list[Note]:
        """Return what was noted before `until` and was not done before `since`."""
        with self._readers.reading() as connection:
            rows = connection.execute(_SQL["notes"], {"since": since, "until": until}).fetchall()
        names = ("id", "key", "at", "changed", "fix", "who", "done_at")
        return [Note(**dict(zip(names, row, strict=True))) for row in rows]

    def dismiss(self, key: str, by: str, *, now: float) -> None:
        """Keep that advice is not wanted."""
        row = {"key": storable(key), "by": storable(by), "at": now}
        self._writer.execute(_SQL["dismiss"], row).result()

    def dismissed(self) -> set[str]:
        """Return the keys of all advice that is not wanted."""
        with self._readers.reading() as connection:
            return {row[0] for row in connection.execute(_SQL["dismissed"])}
