"""Complaints of users on SQLite."""

import sqlite3
from dataclasses import asdict

from tailback.store.complaints import Complaint
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.writer import Writer
from tailback.store.text import storable

_SQL = statements("complaints")
_COLUMNS = ("id", "lane", "at", "by", "text", "account", "reference")


class SqliteComplaints:
    """What users complained about."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def add(self, complaint: Complaint) -> int:
        """Keep a complaint and return its id; one with a known reference is kept once."""
        row = {
            name: storable(value) if isinstance(value, str) else value
            for name, value in asdict(complaint).items()
        }

        def work(connection: sqlite3.Connection) -> int:
            found = connection.execute(_SQL["add_complaint"], row).fetchone()
            if found is None:
                found = connection.execute(_SQL["complaint_by_reference"], row).fetchone()
            return int(found[0])

        return self._writer.call(work).result()

    def between(self, from_: float, to: float, *, lane: str | None = None) -> list[Complaint]:
        """Return the complaints in [from_, to), oldest first."""
        query = "complaints" if lane is None else "complaints_of_lane"
        wanted = {"from": from_, "to": to, "lane": None if lane is None else storable(lane)}
        with self._readers.reading() as connection:
            rows = connection.execute(_SQL[query], wanted).fetchall()
        return [Complaint(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]
