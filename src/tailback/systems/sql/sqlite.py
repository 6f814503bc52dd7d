"""Reads SQLite through a connection that is opened read-only."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from tailback import clock
from tailback.core.system import ProbeError
from tailback.systems.sql.layout import Layout, closest
from tailback.systems.sql.reader import LOCK_TIMEOUT_S, STATEMENT_TIMEOUT_S, Row

STEPS_BETWEEN_LOOKS = 20_000
_MILLISECONDS_ABOVE = 100_000_000_000
_SEPARATOR_AT = 11
_WIDEST_OFFSET_S = 15 * 3600
_UTC = ("Z", "+00:00")


def file_of(url: str) -> Path:
    """Return the file of a `sqlite:///` address."""
    return Path(unquote(url.removeprefix("sqlite://").removeprefix("/")))


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a file that exists so that nothing can be written; ProbeError when there is none."""
    if not path.is_file():
        raise ProbeError(
            f"there is no SQLite database at {path}. Check url: three slashes "
            "for a path from the working directory, four for one from the root."
        )
    # A server thread opens the probe, another may read; never two at once.
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=ro",
        uri=True,
        isolation_level=None,
        timeout=LOCK_TIMEOUT_S,
        check_same_thread=False,
    )
    connection.execute("pragma query_only = on")
    return connection


class SqliteReader:
    """One file; its table and each expression of `layout` are tried at once."""

    def __init__(self, url: str, layout: Layout) -> None:
        if layout.time_zone != "UTC":
            raise ProbeError(
                f'[source.table] time_zone = "{layout.time_zone}": SQLite cannot convert named '
                "zones. Store UTC, or write the offset into the expression: "
                "created = \"datetime(created_at, '-2 hours')\"."
            )
        self._path = file_of(url)
        self._layout = layout
        self._connection: sqlite3.Connection | None = None
        try:
            self._check()
        except ProbeError:
            self.close()
            raise

    def query(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        try:
            return self._run(statement, values)
        except sqlite3.Error as error:
            raise ProbeError(self._explain(error)) from error

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        self.query("begin", {})
        try:
            yield
        finally:
            if self._connection is not None:
                self._connection.execute("commit")

    def value(self, name: str) -> str:
        return f":{name}"

    def text(self, expression: str) -> str:
        return f"({expression})"

    def epoch(self, key: str, expression: str) -> str:  # noqa: ARG002 - PostgreSQL needs the key
        inner = self.text(expression)
        return (
            f"(case typeof({inner}) when 'text' then (julianday({inner}) - 2440587.5) * 86400.0"
            f" when 'null' then null else case when {inner} > {_MILLISECONDS_ABOVE}"
            f" then {inner} / 1000.0 else {inner} * 1.0 end end)"
        )

    def since(self, key: str, expression: str, name: str) -> str:
        exact = f"{self.epoch(key, expression)} >= :{name}"
        inner = self.text(expression)
        newest = self._run(
            f"select {inner} from {self._layout.table} where {inner} is not null"  # noqa: S608 - the operator's own file
            f" order by {inner} desc limit 1",
            {},
        )
        if not newest or not isinstance(newest[0][0], str):
            factor = 1000 if newest and newest[0][0] > _MILLISECONDS_ABOVE else 1
            return f"({inner} >= :{name} * {factor} and {exact})"
        return f"({inner} >= {_text_since(newest[0][0], name)} and {exact})"

    def clock(self, now: float) -> float:
        return now

    def size(self) -> float | None:
        try:
            rows = self._run(f"select max(rowid) from {self._layout.table}", {})  # noqa: S608 - quoted
        except sqlite3.Error:
            return None
        return float(rows[0][0] or 0)

    def scans(self, statement: str, values: Mapping[str, Any]) -> bool:
        table = self._layout.table.replace('"', "")
        steps = [row[3] for row in self.query(f"explain query plan {statement}", values)]
        return any(step in {f"SCAN {table}", f"SCAN TABLE {table}"} for step in steps)

    def refuse_blindness(self) -> None:
        """Do nothing: SQLite has no accounts, whoever reads the file sees all of it."""

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, statement: str, values: Mapping[str, Any]) -> list[Row]:
        connection = self._connect()
        deadline = clock.monotonic() + STATEMENT_TIMEOUT_S
        connection.set_progress_handler(
            lambda: int(clock.monotonic() > deadline), STEPS_BETWEEN_LOOKS
        )
        try:
            with contextlib.closing(connection.execute(statement, values)) as cursor:
                return cursor.fetchall()
        except sqlite3.DatabaseError:
            self.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = open_read_only(self._path)
        return self._connection

    def _check(self) -> None:
        try:
            self._run(f"select 1 from {self._layout.table} limit 0", {})  # noqa: S608 - quoted
        except sqlite3.Error as error:
            raise ProbeError(self._no_table(error)) from error
        for key, expression in self._layout.expressions.items():
            statement = f"select {self.text(expression)} from {self._layout.table} limit 0"  # noqa: S608 - the operator's own file
            try:
                self._run(statement, {})
            except sqlite3.Error as error:
                known = self._columns()
                hint = closest(expression, known) or f" Columns: {', '.join(known)}."
                where = f'[source.table] {key} = "{expression}"'
                raise ProbeError(f"{where}: {error}.{hint}") from error

    def _columns(self) -> list[str]:
        name = self._layout.table.replace('"', "")
        return [row[1] for row in self._run(f"pragma table_info('{name}')", {})]

    def _no_table(self, error: sqlite3.Error) -> str:
        if "no such table" not in str(error):
            return self._explain(error)
        rows = self._run("select name from sqlite_master where type in ('table', 'view')", {})
        known = sorted(row[0] for row in rows)
        hint = closest(self._layout.table.replace('"', ""), known)
        return f"[source.table] name: {error}.{hint or ' Tables: ' + ', '.join(known[:20]) + '.'}"

    def _explain(self, error: sqlite3.Error) -> str:
        if "interrupted" in str(error):
            return (
                f"reading {self._layout.table} took longer than {STATEMENT_TIMEOUT_S:g} s and was "
                "stopped. Create an index that serves unfinished_when: docs/systems/sql.md."
            )
        return (
            f"SQLite cannot read {self._path}: {error}. Check url and that the file is readable."
        )


def _text_since(newest: str, name: str) -> str:
    """Return SQL text to compare with times written like `newest`.

    Text that ends in no offset or in UTC's sorts as time; with another offset the comparison only
    narrows the rows down to the last hours, and the exact one follows.
    """
    separator = newest[_SEPARATOR_AT - 1 : _SEPARATOR_AT] or " "
    tail = newest[_SEPARATOR_AT:]
    plain = tail.endswith(_UTC) or not any(sign in tail for sign in "+-")
    shift = 0 if plain else _WIDEST_OFFSET_S
    moment = f"datetime(:{name} - {shift}, 'unixepoch')"
    return f"replace({moment}, ' ', 'T')" if separator == "T" else moment
