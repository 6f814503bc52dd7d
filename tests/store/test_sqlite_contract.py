"""The store contract on SQLite."""

import contextlib
import sqlite3
from pathlib import Path

from tailback.store.sqlite.store import SqliteStore
from tailback.testing.stores import StoreContract


class TestSqliteStore(StoreContract):
    def open_store(self, place: Path) -> SqliteStore:
        # The contract is about what is kept, so it need not pay for a sync at each commit.
        return SqliteStore(place / "tailback.db", synchronous="NORMAL")

    def checkpoint_offsets(self, place: Path) -> list[int]:
        with contextlib.closing(sqlite3.connect(place / "tailback.db")) as connection:
            return [
                row[0]
                for row in connection.execute(
                    "select at_offset from checkpoint order by at_offset"
                )
            ]

    def damage_checkpoint(self, place: Path, offset: int) -> None:
        with contextlib.closing(sqlite3.connect(place / "tailback.db")) as connection, connection:
            connection.execute(
                "update checkpoint_part set blob = zeroblob(length(blob)) where at_offset = ?",
                (offset,),
            )
