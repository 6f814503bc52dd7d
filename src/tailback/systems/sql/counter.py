"""Asks a database how often a business outcome happened in a span of time; reads only."""

import contextlib
import re
import sqlite3
from datetime import UTC, datetime
from typing import Any

from tailback import clock
from tailback.core.system import ProbeError
from tailback.systems.sql.reader import CONNECT_TIMEOUT_S, LOCK_TIMEOUT_S, STATEMENT_TIMEOUT_S
from tailback.systems.sql.sqlite import STEPS_BETWEEN_LOOKS, file_of, open_read_only

# `::type` is a cast of PostgreSQL, not a name.
_NAME = re.compile(r"(?<!:):(since|until)\b")


def count_between(url: str, query: str, since: float, until: float) -> int:
    """Return the one number that `query` answers for [:since, :until), both Unix seconds.

    PostgreSQL gets the moments as timestamps with time zone, SQLite as UTC text
    ("2026-11-25 09:00:00"). No row and NULL count as 0; ProbeError says what is wrong.
    """
    moments = [datetime.fromtimestamp(at, UTC) for at in (since, until)]
    row = (
        _sqlite(url, query, moments)
        if url.startswith("sqlite:")
        else _postgres(url, query, moments)
    )
    value = row[0] if row else 0
    try:
        return int(value or 0)
    except (TypeError, ValueError) as error:
        raise ProbeError(
            f"the query answers {type(value).__name__}, not a number. Write: select count(*) …"
        ) from error


def _sqlite(url: str, query: str, moments: list[datetime]) -> Any:
    names = dict(
        zip(("since", "until"), (f"{at:%Y-%m-%d %H:%M:%S}" for at in moments), strict=True)
    )
    deadline = clock.monotonic() + STATEMENT_TIMEOUT_S
    try:
        with contextlib.closing(open_read_only(file_of(url))) as connection:
            connection.set_progress_handler(
                lambda: int(clock.monotonic() > deadline), STEPS_BETWEEN_LOOKS
            )
            return connection.execute(query, names).fetchone()
    except sqlite3.Error as error:
        raise ProbeError(f"SQLite answered: {error}. Check the query.") from error


def _postgres(url: str, query: str, moments: list[datetime]) -> Any:
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is asked

    statement = _NAME.sub(r"%(\1)s", query.replace("%", "%%"))
    begin = (
        "begin transaction read only;"
        f" set local statement_timeout = {STATEMENT_TIMEOUT_S * 1000:.0f};"
        f" set local lock_timeout = {LOCK_TIMEOUT_S * 1000:.0f}"
    )
    try:
        with psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=int(CONNECT_TIMEOUT_S),
            prepare_threshold=None,
            application_name="tailback",
        ) as connection:
            connection.execute(begin.encode())
            names = dict(zip(("since", "until"), moments, strict=True))
            return connection.execute(statement.encode(), names).fetchone()
    except psycopg.Error as error:
        text = " ".join(str(error).split())
        raise ProbeError(
            f"PostgreSQL answered: {text}. Check the query and the account."
        ) from error
