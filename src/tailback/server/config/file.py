"""The configuration file as the setup page reads and replaces it: whole, checked, never half."""

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from tailback.core import wording_setup
from tailback.server.config.edit import EditError, Value, with_lane
from tailback.server.config.model import Config

_WRITABLE = 0o222


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The file at one moment; `mark` tells whether it is still the same."""

    text: str
    mark: str

    def lanes(self) -> list[Mapping[str, Any]]:
        """Return the lanes as they are written, secrets and defaults not filled in."""
        return list(tomlkit.parse(self.text).unwrap().get("lane", []))


class ConfigFile:
    """Changes one file; safe from several threads."""

    def __init__(self, path: Path, judge: Callable[[str], Config]) -> None:
        """Change the file at `path`; `judge` reads a text strictly, or raises ConfigError."""
        self.path = path
        self._judge = judge
        self._lock = threading.Lock()

    def read(self) -> Snapshot:
        """Return the file; EditError when it cannot be read."""
        try:
            body = self.path.read_bytes()
            return Snapshot(body.decode(), hashlib.sha256(body).hexdigest())
        except (OSError, UnicodeDecodeError) as error:
            raise EditError(wording_setup.file_unreadable(str(self.path), _why(error))) from error

    def judged(self, snapshot: Snapshot) -> Config:
        """Return what the file says; ConfigError when it cannot be used."""
        return self._judge(snapshot.text)

    def refusal(self) -> str | None:
        """Return why the file cannot be changed; None when it can."""
        path = self.path.resolve()
        try:
            locked = not path.stat().st_mode & _WRITABLE
        except OSError as error:
            return wording_setup.file_unreadable(str(self.path), _why(error))
        if locked or not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
            return wording_setup.file_read_only(str(self.path))
        return None

    def set_lane(
        self,
        mark: str,
        index: int | None,
        values: Mapping[str, Value],
        agreed: Callable[[], None],
    ) -> Config:
        """Set keys of a lane, or add one, and return what the file says then.

        Raises EditError when the file is read-only or no longer the one of `mark`, ConfigError
        when it would not be usable. `agreed` is called when nothing but the writing is left.
        """
        with self._lock:
            refusal = self.refusal()
            if refusal is not None:
                raise EditError(refusal)
            before = self.read()
            if before.mark != mark:
                raise EditError(wording_setup.file_changed(str(self.path)))
            text = with_lane(before.text, index, values)
            config = self._judge(text)
            agreed()
            self._replace(text)
        return config

    def _replace(self, text: str) -> None:
        """Put a text in the file's place at once, with the owner and the mode it had."""
        path = self.path.resolve()  # where a link leads, so that the link stays one
        temporary = None
        try:
            found = path.stat()
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                os.fchmod(handle, found.st_mode)
                with suppress(PermissionError):
                    os.fchown(handle, found.st_uid, found.st_gid)
                file.flush()
                os.fsync(handle)
            Path(temporary).replace(path)
        except OSError as error:
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)
            raise EditError(wording_setup.file_not_written(str(path), _why(error))) from error


def _why(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "is not UTF-8 text"
