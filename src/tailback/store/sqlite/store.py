"""The embedded store: opens one SQLite file and hands out what reads and writes it."""

from pathlib import Path
from types import TracebackType
from typing import Self

from tailback.store.migrate import migrate
from tailback.store.sqlite.access import (
    SqliteAudit,
    SqliteLinks,
    SqliteMeta,
    SqliteTokens,
    SqliteUsers,
)
from tailback.store.sqlite.actions import SqliteActions
from tailback.store.sqlite.alerts import SqliteEpisodes, SqliteOutbox, SqliteSilences
from tailback.store.sqlite.checkpoints import SqliteCheckpoints
from tailback.store.sqlite.complaints import SqliteComplaints
from tailback.store.sqlite.connection import (
    BUSY_TIMEOUT_MS,
    Readers,
    Synchronous,
    open_writer,
    translated,
)
from tailback.store.sqlite.ended import SqliteEnded, SqliteReasonNotes
from tailback.store.sqlite.functions import register
from tailback.store.sqlite.hold import Hold
from tailback.store.sqlite.joining import Joiner
from tailback.store.sqlite.log import SqliteLog
from tailback.store.sqlite.marks import SqliteDeploys, SqliteOutcomes, SqliteReadings
from tailback.store.sqlite.retention import Pruner, Retention
from tailback.store.sqlite.review import SqliteReview
from tailback.store.sqlite.rollups import SqliteRollups
from tailback.store.sqlite.segments import SegmentAppender
from tailback.store.sqlite.sessions import SqliteBoardLinks, SqliteSessions
from tailback.store.sqlite.writer import MAX_QUEUED_BYTES, Writer

KEEP = Retention()


class SqliteStore:
    """One database file; close it to finish what is queued. Safe from any thread."""

    def __init__(
        self,
        path: Path,
        *,
        synchronous: Synchronous = "FULL",
        max_queued_bytes: int = MAX_QUEUED_BYTES,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        retention: Retention = KEEP,
    ) -> None:
        """Open `path`, creating it or bringing it up to this version.

        Synchronous FULL survives a power cut, NORMAL a killed process only (and syncs less).
        Raises a StoreError that says what to do when the file cannot be used.
        """
        self.path = path
        connection = open_writer(path, synchronous, busy_timeout_ms=busy_timeout_ms)
        with translated(path):
            register(connection)
            self.schema_version = migrate(connection, where=str(path))
        self._readers = Readers(path)
        self._writer = Writer(
            connection, path, SegmentAppender(), max_queued_bytes=max_queued_bytes
        )
        self._hold = Hold(path)
        self._pruner = Pruner(self._writer, retention)
        self._joiner = Joiner(self._writer, self._readers)
        self._hand_out()

    def _hand_out(self) -> None:
        """Make what reads and writes each part."""
        self.log = SqliteLog(self._writer, self._readers)
        self.rollups = SqliteRollups(self._writer, self._readers)
        self.checkpoints = SqliteCheckpoints(self._writer, self._readers)
        self.meta = SqliteMeta(self._writer, self._readers)
        self.tokens = SqliteTokens(self._writer, self._readers)
        self.users = SqliteUsers(self._writer, self._readers)
        self.links = SqliteLinks(self._writer, self._readers)
        self.sessions = SqliteSessions(self._writer, self._readers)
        self.board_links = SqliteBoardLinks(self._writer, self._readers)
        self.audit = SqliteAudit(self._writer, self._readers)
        self.deploys = SqliteDeploys(self._writer, self._readers)
        self.outcomes = SqliteOutcomes(self._writer, self._readers)
        self.readings = SqliteReadings(self._writer, self._readers)
        self.ended = SqliteEnded(self._writer, self._readers)
        self.reason_notes = SqliteReasonNotes(self._writer, self._readers)
        self.episodes = SqliteEpisodes(self._writer, self._readers)
        self.outbox = SqliteOutbox(self._writer, self._readers)
        self.silences = SqliteSilences(self._writer, self._readers)
        self.actions = SqliteActions(self._writer, self._readers)
        self.complaints = SqliteComplaints(self._writer, self._readers)
        self.review = SqliteReview(self._writer, self._readers)

    def hold(self) -> None:
        """Make this the only server of the file; StoreLockedError when there is one already.

        Commands that only read, or change tokens and accounts, need not hold it.
        """
        self._hold.take()

    def prune(self, now: float) -> bool:
        """Forget what is too old and join small segments, a bounded piece of each.

        Return whether there is more to do: call again soon then, else in some minutes.
        """
        return any([self._pruner.prune(now), self._joiner.join(now)])

    def close(self) -> None:
        """Commit what is queued and close the file."""
        self._readers.close()
        self._writer.close()
        self._hold.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
