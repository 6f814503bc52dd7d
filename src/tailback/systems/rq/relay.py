"""From the work horse to its parent: a child that lives for one job never waits for a network.

The horse writes what happened into an unnamed file that it shares with the worker, and ends; the
worker reads it and reports, in the order in which things happened. So a Tailback server that is
down or far away costs a job nothing. A horse that outlives its worker reads the file itself.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

MAX_BYTES = 8 * 1024 * 1024
VARIABLE = "TAILBACK_RQ_RELAY"


class Relay:
    """One file for the life of a worker; used by one horse at a time."""

    def __init__(self, file: BinaryIO | None = None, parent: int | None = None) -> None:
        self._file: BinaryIO = file or tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        self._parent = parent or os.getpid()

    def in_child(self) -> bool:
        """Whether this process is not the one that reads."""
        return os.getpid() != self._parent

    def orphaned(self) -> bool:
        """Whether the one that reads has died under this horse."""
        return self.in_child() and os.getppid() != self._parent

    def share(self, environment: "os._Environ[str]") -> None:
        """Let a horse that is spawned, not forked, find the file by this variable."""
        number = self._file.fileno()
        os.set_inheritable(number, True)
        environment[VARIABLE] = f"{self._parent}:{number}:{os.fstat(number).st_ino}"

    def write(self, told: dict[str, Any]) -> bool:
        """Leave a message for the parent; false when nobody reads it or there is no more room."""
        line = json.dumps(told, default=str).encode() + b"\n"
        if self.orphaned() or self._file.tell() + len(line) > MAX_BYTES:
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


def inherited(environment: Mapping[str, str]) -> Relay | None:
    """Return the relay of the worker that spawned this process; None in any other process.

    A job's own programs inherit the variable but are no children of the worker, and a number may
    mean another file: then nothing is written.
    """
    told = environment.get(VARIABLE, "").split(":")
    if len(told) != 3 or not all(part.isdecimal() for part in told):  # noqa: PLR2004 - as in `share`
        return None
    parent, number, inode = map(int, told)
    try:
        if os.getppid() != parent or os.fstat(number).st_ino != inode:
            return None
        os.set_inheritable(number, False)
        return Relay(os.fdopen(number, "r+b", buffering=0), parent)
    except OSError:
        return None
