"""The configuration file as the setup page reads and replaces it: whole, checked, never half."""

import hashlib
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from tailback.core import wording_setup
from tailback.server.config.edit import EditError, Value, with_item, without_item
from tailback.server.config.model import Config
from tailback.server.config.problem import ConfigError, Problem

_WRITABLE = 0o222


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The file at one moment; `mark` tells whether it is still the same."""

    text: str
    mark: str

    def tables(self, name: str) -> list[Mapping[str, Any]]:
        """Return each `[[name]]` as it is written, secrets and defaults not filled in."""
        return list(tomlkit.parse(self.text).unwrap().get(name, []))


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

    def change(
        self,
        mark: str,
        table: str,
        index: int | None,
        values: Mapping[str, Value] | None,
        agreed: Callable[[], None],
    ) -> Config:
        """Set keys of a `[[table]]`, add one (`index` None) or remove one (`values` None).

        Returns what the file says then. Raises EditError when the file is read-only or no longer
        the one of `mark`, ConfigError when `tailback check` would refuse it for something it did
        not refuse before. `agreed` is called when nothing but the writing is left.
        """
        with self._lock:
            refusal = self.refusal()
            if refusal is not None:
                raise EditError(refusal)
            before = self.read()
            if before.mark != mark:
                raise EditError(wording_setup.file_changed(str(self.path)))
            if values is not None:
                text = with_item(before.text, table, index, values)
            else:
                text = without_item(before.text, table, -1 if index is None else index)
            config = self._judged_better(before.text, text)
            agreed()
            self._replace(text)
        return config

    def _judged_better(self, before: str, after: str) -> Config:
        """Return what `after` says, which may have no faults but those of `before`."""
        try:
            known = self._judge(before).findings
        except ConfigError as error:
            known = error.problems
        config = self._judge(after)
        more = _refused(config.findings) - _refused(known)
        if more:
            raise ConfigError([one for one in config.findings if more[one.wrong]])
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


def _refused(findings: Iterable[Problem]) -> Counter[str]:
    return Counter(found.wrong for found in findings if found.severity == "refused")


def _why(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "is not UTF-8 text"
