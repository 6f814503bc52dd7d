"""The application of the SQL contract test: jobs in a table of its own, a worker that polls it.

`SQL_URL` says where. The worker claims one row, runs it, and marks it; it is a script as people
write it, without anything of Tailback's.
"""

import datetime as dt
import json
import os
import sqlite3
import time
from typing import Any

import psycopg

from tailback.testing.work import perform

COLUMNS = """
  queue text not null,
  kind text not null,
  plan text not null,
  created_at {time} not null,
  run_at {time},
  claimed_at {time},
  done_at {time},
  dead_at {time},
  tries integer not null default 0,
  last_error text,
  account text
"""
LIVE = "done_at is null and dead_at is null"
INDEXES = (
    f"create index jobs_live on jobs (queue, created_at) where {LIVE}",
    f"create index jobs_due on jobs (queue, run_at) where {LIVE}",
    "create index jobs_done on jobs (queue, done_at)",
    "create index jobs_dead on jobs (queue) where dead_at is not null",
)
POLL_S = 0.03


def is_sqlite() -> bool:
    return os.environ["SQL_URL"].startswith("sqlite")


def connect() -> Any:
    url = os.environ["SQL_URL"]
    if is_sqlite():
        path = url.removeprefix("sqlite:///")
        connection = sqlite3.connect(path, isolation_level=None, timeout=20)
        connection.execute("pragma journal_mode = wal")
        return connection
    return psycopg.connect(url, autocommit=True)


def create() -> None:
    connection = connect()
    key = "integer primary key" if is_sqlite() else "bigserial primary key"
    time_type = "text" if is_sqlite() else "timestamptz"
    connection.execute("drop table if exists jobs")
    connection.execute(f"create table jobs (id {key}, {COLUMNS.format(time=time_type)})")
    for index in INDEXES:
        connection.execute(index)
    connection.close()


def sql(statement: str) -> str:
    return statement if is_sqlite() else statement.replace("?", "%s")


def moment(at: float) -> Any:
    """Return a time as the table keeps it: SQLite text in UTC, PostgreSQL timestamptz."""
    when = dt.datetime.fromtimestamp(at, dt.UTC)
    return when.strftime("%Y-%m-%d %H:%M:%S.%f") if is_sqlite() else when


def enqueue(plan: dict[str, Any]) -> str:
    connection = connect()
    at = time.time()
    due = moment(at + plan["delay_s"]) if plan["delay_s"] is not None else None
    values = (plan["queue"], "perform", json.dumps(plan), moment(at), due, plan["tenant"])
    statement = "insert into jobs (queue, kind, plan, created_at, run_at, account) values (?, ?, ?, ?, ?, ?) returning id"
    (key,) = connection.execute(sql(statement), values).fetchone()
    connection.close()
    return str(key)


def outcome(key: str) -> Any:
    connection = connect()
    row = connection.execute(
        sql("select done_at, last_error from jobs where id = ?"), (key,)
    ).fetchone()
    connection.close()
    return row


def run_one(connection: Any) -> bool:
    now = moment(time.time())
    skip = "" if is_sqlite() else " for update skip locked"
    claim = (
        f"update jobs set claimed_at = ? where id = (select id from jobs where {LIVE} and claimed_at is null"
        f" and (run_at is null or run_at <= ?) order by created_at limit 1{skip}) returning id, plan, tries"
    )
    row = connection.execute(sql(claim), (now, now)).fetchone()
    if row is None:
        return False
    key, plan, tries = row[0], json.loads(row[1]), row[2]
    try:
        perform(plan)
    except Exception as error:
        fail(connection, key, plan, tries, repr(error))
    else:
        connection.execute(
            sql("update jobs set claimed_at = null, done_at = ? where id = ?"),
            (moment(time.time()), key),
        )
    return True


def fail(connection: Any, key: int, plan: dict[str, Any], tries: int, text: str) -> None:
    again = tries < plan["retries"]
    at = time.time()
    column = "run_at" if again else "dead_at"
    statement = f"update jobs set claimed_at = null, tries = tries + 1, last_error = ?, {column} = ? where id = ?"
    connection.execute(
        sql(statement), (text, moment(at + (plan["retry_delay_s"] if again else 0.0)), key)
    )


def worker() -> None:
    connection = connect()
    while True:
        if not run_one(connection):
            time.sleep(POLL_S)
