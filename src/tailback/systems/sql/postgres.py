"""Reads PostgreSQL in short read-only transactions, safe through a transaction pooler.

Nothing is set for the session: behind PgBouncer a session belongs to the application too.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

from tailback.core.system import ProbeError
from tailback.systems.sql.layout import CONDITIONS, TIMES, Layout, closest
from tailback.systems.sql.reader import (
    CONNECT_TIMEOUT_S,
    LOCK_TIMEOUT_S,
    STATEMENT_TIMEOUT_S,
    Row,
)

_BEGIN = (
    "begin transaction isolation level repeatable read, read only;"
    f" set local statement_timeout = {STATEMENT_TIMEOUT_S * 1000:.0f};"
    f" set local lock_timeout = {LOCK_TIMEOUT_S * 1000:.0f};"
    f" set local idle_in_transaction_session_timeout = {STATEMENT_TIMEOUT_S * 2000:.0f};"
    " set local max_parallel_workers_per_gather = 0;"
    " set local jit = off;"
    " set local timezone = "
)
_BOOLEAN, _TIMESTAMPTZ, _TIMESTAMP = 16, 1184, 1114
_NUMBERS = frozenset((20, 21, 23, 700, 701, 1700))
_MILLISECONDS_ABOVE = "100000000000"


class PostgresReader:
    """One connection; the table of `layout` and each of its expressions are tried at once."""

    def __init__(self, url: str, layout: Layout) -> None:
        self._url = url
        self._layout = layout
        self._connection: psycopg.Connection[Any] | None = None
        zone = sql.Literal(layout.time_zone).as_string(None)
        self._begin = (_BEGIN + zone).encode()
        self._types: dict[str, int] = {}
        self._in_snapshot = False
        self._account = conninfo_to_dict(url).get("user") or "this account"
        try:
            self._check()
            self._hidden_rows = self._row_security()
        except ProbeError:
            self.close()
            raise

    def query(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        try:
            return self._run(statement, values)[0]
        except psycopg.Error as error:
            raise ProbeError(self._explain(error)) from error

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        try:
            self._connect().execute(self._begin)
        except psycopg.Error as error:
            self._end("rollback")
            raise ProbeError(self._explain(error)) from error
        self._in_snapshot = True
        try:
            yield
        finally:
            self._in_snapshot = False
            self._end("commit")

    def value(self, name: str) -> str:
        return f"%({name})s"

    def text(self, expression: str) -> str:
        return f"({expression.replace('%', '%%')})"

    def epoch(self, key: str, expression: str) -> str:
        kind, inner = self._types[key], self.text(expression)
        if kind == _TIMESTAMPTZ:
            return f"date_part('epoch', {inner})"
        if kind == _TIMESTAMP:
            return f"date_part('epoch', {inner} at time zone {self._zone()})"
        return (
            f"(case when {inner} > {_MILLISECONDS_ABOVE} then {inner}::float8 / 1000"
            f" else {inner}::float8 end)"
        )

    def since(self, key: str, expression: str, name: str) -> str:
        kind, inner, value = self._types[key], self.text(expression), self.value(name)
        if kind == _TIMESTAMPTZ:
            return f"{inner} >= to_timestamp({value})"
        if kind == _TIMESTAMP:
            return f"{inner} >= to_timestamp({value}) at time zone {self._zone()}"
        newest = f"(select max({inner}) from {self._layout.table})"  # noqa: S608 - the operator's own file
        unit = f"case when {newest} > {_MILLISECONDS_ABOVE} then 1000 else 1 end"
        return f"{inner} >= {value} * {unit}"

    def clock(self, now: float) -> float:  # noqa: ARG002 - the port's signature; SQLite needs it
        return float(self.query("select extract(epoch from clock_timestamp())", {})[0][0])

    def size(self) -> float | None:
        rows = self.query(
            "select reltuples from pg_class where oid = to_regclass(%(name)s)",
            {"name": self._layout.table},
        )
        return float(rows[0][0]) if rows and rows[0][0] >= 0 else None

    def scans(self, statement: str, values: Mapping[str, Any]) -> bool:
        plan = self.query(f"explain (format json) {statement}", values)[0][0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        return _has_seq_scan(plan[0]["Plan"])

    def refuse_blindness(self) -> None:
        if not self._hidden_rows:
            return
        if self.query(f"select 1 from {self._layout.table} limit 1", {}):  # noqa: S608 - quoted
            return
        size = self.size()
        if size is None or size > 0:
            raise ProbeError(
                f"{self._account} sees no row of {self._layout.table}, though it has some: "
                f"row-level security hides them. Add a policy for this account (create policy "
                f"tailback on {self._layout.table} for select to {self._account} using (true))."
            )

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(
        self, statement: str, values: Mapping[str, Any]
    ) -> tuple[list[Row], Sequence[psycopg.Column]]:
        connection = self._connect()
        alone = not self._in_snapshot
        try:
            if alone:
                connection.execute(self._begin)
            # Parameters are always passed, so that the server takes exactly one statement.
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall(), cursor.description or ()
        finally:
            if alone:
                self._end("commit")  # of a failed transaction it is a rollback

    def _end(self, how: LiteralString) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.execute(how)
            if self._connection.closed:
                self.close()

    def _connect(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=int(CONNECT_TIMEOUT_S),
                prepare_threshold=None,
                application_name="tailback",
            )
        return self._connection

    def _zone(self) -> str:
        return sql.Literal(self._layout.time_zone).as_string(None).replace("%", "%%")

    def _check(self) -> None:
        try:
            self._run(f"select 1 from {self._layout.table} limit 0", {})  # noqa: S608 - quoted
        except errors.UndefinedTable as error:
            raise ProbeError(self._no_table(error)) from error
        except errors.InsufficientPrivilege:
            pass  # granted by column: each expression is tried below
        except psycopg.Error as error:
            raise ProbeError(self._explain(error)) from error
        for key, expression in self._layout.expressions.items():
            self._check_expression(key, expression)

    def _check_expression(self, key: str, expression: str) -> None:
        where = f'[source.table] {key} = "{expression}"'
        statement = f"select {self.text(expression)} from {self._layout.table} limit 0"  # noqa: S608 - the operator's own file
        try:
            columns = self._run(statement, {})[1]
        except errors.UndefinedColumn as error:
            known = self._columns()
            hint = closest(expression, known) or f" Columns: {', '.join(known)}."
            raise ProbeError(f"{where}: {_first_line(error)}.{hint}") from error
        except psycopg.OperationalError as error:
            raise ProbeError(self._explain(error)) from error
        except psycopg.Error as error:
            raise ProbeError(f"{where}: {self._explain(error)}") from error
        kind = self._types[key] = columns[0].type_code
        if key in CONDITIONS and kind != _BOOLEAN:
            remedy = f'a comparison, such as {key} = "{expression} is not null"'
            raise ProbeError(f"{where} is not a condition. Write {remedy}.")
        if key in TIMES and kind not in {_TIMESTAMPTZ, _TIMESTAMP, *_NUMBERS}:
            remedy = f'{key} = "({expression})::timestamptz"'
            raise ProbeError(f"{where} is not a time or Unix number. Convert it: {remedy}.")
        if key == "attempts" and kind not in _NUMBERS:
            raise ProbeError(f"{where} is not a number. Convert it: ({expression})::int.")

    def _columns(self) -> list[str]:
        rows, _ = self._run(
            "select attname from pg_attribute where attrelid = to_regclass(%(name)s)"
            " and attnum > 0 and not attisdropped order by attnum",
            {"name": self._layout.table},
        )
        return [row[0] for row in rows]

    def _no_table(self, error: psycopg.Error) -> str:
        rows, _ = self._run(
            "select case when schemaname = any (current_schemas(false)) then tablename"
            " else schemaname || '.' || tablename end from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema') order by 1 limit 200",
            {},
        )
        known = [row[0] for row in rows]
        name = self._layout.table.replace('"', "")
        hint = closest(name, known) or f" Tables: {', '.join(known[:20]) or 'none'}."
        return f"[source.table] name: {_first_line(error)}.{hint}"

    def _row_security(self) -> bool:
        try:
            rows, _ = self._run(
                "select row_security_active(oid) from pg_class where oid = to_regclass(%(name)s)",
                {"name": self._layout.table},
            )
        except psycopg.Error:
            return False
        return bool(rows and rows[0][0])

    def _explain(self, error: psycopg.Error) -> str:
        if isinstance(error, errors.QueryCanceled):
            return (
                f"reading {self._layout.table} took longer than {STATEMENT_TIMEOUT_S:g} s and was "
                "stopped. Create an index that serves unfinished_when: docs/systems/sql.md."
            )
        if isinstance(error, errors.InsufficientPrivilege):
            return (
                f"{_first_line(error)}. Grant it: grant select on {self._layout.table} "
                f"to {self._account}."
            )
        if isinstance(error, errors.LockNotAvailable):
            return (
                f"{self._layout.table} is locked by somebody, perhaps a migration: trying again."
            )
        if isinstance(error, psycopg.OperationalError):
            return f"PostgreSQL cannot be read: {_first_line(error)}. Check url and that it runs."
        return f"PostgreSQL answered: {_first_line(error)}."


def _has_seq_scan(plan: Mapping[str, Any]) -> bool:
    return plan.get("Node Type") == "Seq Scan" or any(map(_has_seq_scan, plan.get("Plans", ())))


def _first_line(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error)
    return " ".join(text.split("\n")[0].split()).rstrip(".")
