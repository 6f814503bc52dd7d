"""Sessions and read-only board links on SQLite; only hashes are kept."""

from tailback.store.access import BoardLink, Session
from tailback.store.secret import hashed, new_secret, visible
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.writer import Writer
from tailback.store.text import storable

KEEP_ENDED_S = 30 * 86400.0

_SQL = statements("sessions")


class SqliteSessions:
    """Who is signed in."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def create(self, user_id: int, *, now: float, ttl_s: float, origin: str | None = None) -> str:
        """Return the secret of a new session; forgets those that ended a month ago."""
        secret = new_secret("tbs_")
        row = {
            "sha256": hashed(secret),
            "user_id": user_id,
            "created_at": now,
            "expires_at": now + ttl_s,
            "origin": None if origin is None else storable(origin),
        }
        self._writer.execute(_SQL["forget_sessions"], {"before": now - KEEP_ENDED_S})
        self._writer.execute(_SQL["add_session"], row).result()
        return secret

    def find(self, secret: str, *, now: float) -> Session | None:
        """Return the session of a secret; None when it is unknown, ended or too old."""
        wanted = {"sha256": hashed(secret), "at": now}
        with self._readers.reading() as connection:
            row = connection.execute(_SQL["session_by_hash"], wanted).fetchone()
        return None if row is None else Session(*row)

    def of_user(self, user_id: int, *, now: float) -> list[Session]:
        """Return the valid sessions of an account, newest first."""
        with self._readers.reading() as connection:
            rows = connection.execute(_SQL["sessions_of"], {"user_id": user_id, "at": now})
            return [Session(*row) for row in rows]

    def end(self, secret: str, *, now: float) -> bool:
        """End one session; False when it was not valid."""
        wanted = {"sha256": hashed(secret), "at": now}
        return self._writer.execute(_SQL["end_session"], wanted).result() == 1

    def end_all(self, user_id: int, *, now: float, but: str | None = None) -> int:
        """End every session of an account except that of the secret `but`; return how many."""
        kept = b"" if but is None else hashed(but)
        wanted = {"user_id": user_id, "at": now, "but": kept}
        return self._writer.execute(_SQL["end_sessions_of"], wanted).result()


class SqliteBoardLinks:
    """Links that show the board until an end date."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def create(
        self, *, now: float, ttl_s: float, note: str | None = None, created_by: str | None = None
    ) -> str:
        """Return the secret of a new link; it is shown now or never."""
        secret = new_secret("tbv_")
        row = {
            "sha256": hashed(secret),
            "prefix": visible(secret),
            "note": None if note is None else storable(note),
            "created_at": now,
            "created_by": created_by,
            "expires_at": now + ttl_s,
        }
        self._writer.execute(_SQL["add_board_link"], row).result()
        return secret

    def find(self, secret: str, *, now: float) -> BoardLink | None:
        """Return the link of a secret; None when it is unknown, ended or too old."""
        wanted = {"sha256": hashed(secret), "at": now}
        with self._readers.reading() as connection:
            row = connection.execute(_SQL["board_link_by_hash"], wanted).fetchone()
        return None if row is None else BoardLink(*row)

    def all(self) -> list[BoardLink]:
        """Return every link, newest first, ended ones too."""
        with self._readers.reading() as connection:
            return [BoardLink(*row) for row in connection.execute(_SQL["board_links"])]

    def end(self, link_id: int, *, now: float) -> bool:
        """End a link by its number; False when there is none that is not ended."""
        wanted = {"id": link_id, "at": now}
        return self._writer.execute(_SQL["end_board_link"], wanted).result() == 1
