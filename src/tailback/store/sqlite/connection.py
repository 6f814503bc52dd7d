"""Connections to the SQLite file, and SQLite's errors in our words."""

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from tailback.store.errors import (
    StoreClosedError,
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreUnavailableError,
)
from tailback.store.migrate import examine
from tailback.store.sqlite.functions import register

Synchronous = Literal["FULL", "NORMAL"]

BUSY_TIMEOUT_MS = 5_000
MMAP_BYTES = 256 * 1024 * 1024
MAX_READERS = 8


def open_writer(
    path: Path, synchronous: Synchronous, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS
) -> sqlite3.Connection:
    """Open the file for writing, creating it (readable by its owner only) where there is none."""
    with translated(path):
        if not path.exists():
            path.touch(mode=0o600)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute(f"pragma busy_timeout = {busy_timeout_ms:d}")
        examine(connection, where=str(path))
        connection.execute("pragma journal_mode = wal")
        connection.execute(f"pragma synchronous = {synchronous}")
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma temp_store = memory")
        connection.execute("pragma cache_size = -32768")
        # A large checkpoint makes the WAL grow; without a limit it would stay that large.
        connection.execute(f"pragma journal_size_limit = {64 * 1024 * 1024}")
    return connection


class Readers:
    """A pool of read-only connections: reading never waits for the writer, nor it for reading."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # None is put there once the pool is closed, and put back by whoever finds it.
        self._free: queue.LifoQueue[sqlite3.Connection | None] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._opened = 0
        self._closed = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for a short read; at most `MAX_READERS` at once, others wait."""
        with translated(self._path):
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)

    def close(self) -> None:
        """Close what is free now, and the rest when it is given back; who waits is told."""
        with self._lock:
            self._closed = True
            while not self._free.empty():
                connection = self._free.get_nowait()
                if connection is not None:
                    connection.close()
            self._free.put(None)

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._free.empty() and self._opened < MAX_READERS and not self._closed:
                connection = self._connect()
                self._opened += 1
                return connection
        free = self._free.get()
        if free is None:
            self._free.put(None)
            raise StoreClosedError(f"{self._path} is closed; the server is stopping.")
        return free

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if self._closed:
                connection.close()
            else:
                self._free.put(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute(f"pragma busy_timeout = {BUSY_TIMEOUT_MS:d}")
        connection.execute("pragma query_only = on")
        connection.execute(f"pragma mmap_size = {MMAP_BYTES}")
        register(connection)
        return connection


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, each naming the file and what to do next."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error, path) from error
    except OSError as error:
        raise StoreUnavailableError(
            f"{path} cannot be opened: {error.strerror or error}. "
            "Check the path and its permissions."
        ) from error


def translate(error: sqlite3.Error, path: Path) -> StoreError:
    """Return our error for SQLite's."""
    # The low byte is the primary code; the rest tells its kinds apart.
    code = (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StoreFullError(
            f"{path} cannot grow, the disk is full. Free space; nothing has to be restarted."
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreLockedError(
            f"{path} is locked by another process. Stop whatever else writes to it."
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreCorruptError(
            f"{path} is damaged or is no Tailback database ({error}). "
            "Keep a copy of it, then restore a backup or start with a new file."
        )
    if code in (
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
    ):
        return StoreUnavailableError(
            f"{path} cannot be read or written ({error}). "
            "Check the disk, the folder and its permissions."
        )
    return StoreError(
        f"{path}: {error}. This is a fault of Tailback; please report it with this text."
    )
