"""Numbered migrations, forward only.

`migrations/NNNN_what.sql` are applied in order, each in one transaction with the note that it was
applied. A database that knows more migrations than this code is refused: an older server would
misread what a newer one wrote.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from tailback.store.errors import StoreCorruptError, StoreVersionError
from tailback.store.sql import statements

_SQL = statements("schema")
_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: its number, what it does and its statements."""

    number: int
    what: str
    script: str


def migrations() -> list[Migration]:
    """Return all migrations of this version, in order; numbers start at 1 without gaps."""
    found: list[Migration] = []
    for entry in files("tailback.store").joinpath("migrations").iterdir():
        match = _FILE.match(entry.name)
        if match:
            found.append(
                Migration(int(match.group(1)), match.group(2), entry.read_text(encoding="utf-8"))
            )
    found.sort(key=lambda migration: migration.number)
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(
            "store/migrations must be numbered 0001, 0002, … without gaps or repetitions"
        )
    return found


def migrate(connection: sqlite3.Connection, *, where: str) -> int:
    """Bring the schema up to this version and return its number; errors name `where`."""
    examine(connection, where=where)
    while _apply_next(connection):
        pass
    return version(connection)


def examine(connection: sqlite3.Connection, *, where: str) -> None:
    """Refuse a database of a newer Tailback, or of something else, before anything is changed."""
    current, known = version(connection), len(migrations())
    if current > known:
        raise StoreVersionError(
            f"{where} was written by a newer Tailback (its schema is {current}, "
            f"this version knows {known}). "
            "Start that version again, or restore a backup made before the upgrade."
        )
    if current == 0 and connection.execute(_SQL["any_table"]).fetchone():
        raise StoreCorruptError(f"{where} holds tables of something else. Choose another file.")


def version(connection: sqlite3.Connection) -> int:
    """Return the number of the last migration applied, 0 for a new database."""
    row = connection.execute("pragma user_version").fetchone()
    return int(row[0])


def _apply_next(connection: sqlite3.Connection) -> bool:
    """Apply the next migration with its number, both or neither; False when there is none."""
    connection.execute("begin immediate")
    try:
        # Asked inside the transaction: another process may have been faster.
        rest = migrations()[version(connection) :]
        if rest:
            for statement in _statements(rest[0].script):
                connection.execute(statement)
            connection.execute(f"pragma user_version = {rest[0].number:d}")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
    return bool(rest)


def _statements(script: str) -> Iterator[str]:
    """Split a script; a trigger with its inner semicolons stays whole."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
