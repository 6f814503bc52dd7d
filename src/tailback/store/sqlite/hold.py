"""One server per database file: two would count the same batches twice."""

import fcntl
import os
from pathlib import Path

from tailback.store.errors import StoreLockedError
from tailback.store.sqlite.connection import translated


class Hold:
    """A lock beside the database that ends with the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Take the lock; StoreLockedError when another server has it."""
        if self._file is not None:
            return
        with translated(self._path):
            file = os.open(
                self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600
            )
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise StoreLockedError(
                f"Another Tailback server uses {self._path}. "
                "Stop it, or give this one a database of its own."
            ) from None
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
