"""From the work horse to its parent: a child that lives for one job never waits for a network.

The horse writes what happened into an unnamed file that it shares with the worker, and ends; the
worker reads it and reports. So a Tailback server that is down or far away costs a job nothing.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO

MAX_BYTES = 8 * 1024 * 1024


class Relay:
    """One file for the life of a worker; used by one horse at a time."""

    def __init__(self) -> None:
        self._file: BinaryIO = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        self._parent = os.getpid()

    def in_child(self) -> bool:
        """Whether this process is not the one that reads."""
        return os.getpid() != self._parent

    def write(self, told: dict[str, Any]) -> bool:
        """Leave a message for the parent; false when there is no room for more."""
        line = json.dumps(told, default=str).encode() + b"\n"
        if self._file.tell() + len(line) > MAX_BYTES:
            return False
        return self._file.write(line) == len(line)

    def take(self) -> Iterator[dict[str, Any]]:
        """Return the messages of the horse that has ended; what it was killed in is left out."""
        if not self._file.tell():
            return
        self._file.seek(0)
        lines = self._file.read().split(b"\n")
        self._file.seek(0)
        self._file.truncate()
        # What follows the last line end is half a message or nothing.
        for line in lines[:-1]:
            yield json.loads(line)
