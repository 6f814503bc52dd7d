"""Ended jobs and notes about failure reasons on SQLite."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from tailback.store.base import Offset
from tailback.store.ended import EndedBlock, ReasonNote
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.writer import Writer
from tailback.store.text import storable

_SQL = statements("ended")


class SqliteEnded:
    """Blocks of ended jobs."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def put(self, blocks: Sequence[EndedBlock]) -> None:
        """Keep the blocks, all or none; one of a known number replaces it."""
        rows = [asdict(block) for block in blocks]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(_SQL["put_block"], rows)

        self._writer.call(work, cost=sum(len(block.body) for block in blocks)).result()

    def kept_upto(self) -> Offset:
        """Return the offset up to which everything that ended is kept."""
        return self._number("kept_upto")

    def last_id(self) -> int:
        """Return the number of the newest block, 0 when there is none."""
        return self._number("last_block")

    def keys_before(self, before: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Return (number, terms, keys) of the next older blocks, the newest first."""
        with self._readers.reading() as connection:
            row = {"before": before, "limit": limit}
            return connection.execute(_SQL["blocks_before"], row).fetchall()

    def ids_before(self, before: int, limit: int) -> list[tuple[int, bytes]]:
        """Return (number, ids) of the next older blocks, the newest first."""
        with self._readers.reading() as connection:
            row = {"before": before, "limit": limit}
            return connection.execute(_SQL["ids_before"], row).fetchall()

    def block(self, id: int) -> tuple[int, bytes, bytes, bytes] | None:  # noqa: A002
        """Return (number, terms, keys, body) of one block."""
        with self._readers.reading() as connection:
            row: tuple[int, bytes, bytes, bytes] | None
            row = connection.execute(_SQL["block"], {"id": id}).fetchone()
            return row

    def _number(self, name: str) -> int:
        with self._readers.reading() as connection:
            return int(connection.execute(_SQL[name]).fetchone()[0])


class SqliteReasonNotes:
    """What was last known of every failure reason."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def note(self, notes: Iterable[ReasonNote]) -> None:
        """Keep the notes; of each reason the earliest and the latest moment stay."""
        rows = [asdict(note) | {"key": storable(note.key)} for note in notes]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(_SQL["note_reason"], rows)

        if rows:
            self._writer.call(work).result()

    def all(self) -> list[ReasonNote]:
        """Return the notes of all reasons."""
        with self._readers.reading() as connection:
            return [ReasonNote(*row) for row in connection.execute(_SQL["reason_notes"])]
