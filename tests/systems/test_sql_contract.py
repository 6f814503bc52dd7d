"""The SQL probe on real PostgreSQL and real SQLite, against a worker that polls its table."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tailback import systems
from tailback.core.system import Probe
from tailback.systems.sql.probe import open_probe
from tailback.testing.rig import ProcessRig
from tailback.testing.systems import ProbeContract
from tests.systems import sql_app
from tests.systems.sql_guard import Traffic, Wire, trace_sqlite, watch_sqlite

TABLE = {
    "name": "jobs",
    "queue": "queue",
    "job": "kind",
    "created": "created_at",
    "due": "run_at",
    "attempts": "tries",
    "running_when": "claimed_at is not null",
    "started": "claimed_at",
    "finished_when": "done_at is not null",
    "dead_when": "dead_at is not null",
    "done_at": "done_at",
    "error": "last_error",
    "tenant": "account",
}
FILL = {
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) insert into jobs (queue, kind, plan, created_at) select ?, 'perform', '{}', strftime('%Y-%m-%d %H:%M:%f', 'now') from n",
    "postgres": "insert into jobs (queue, kind, plan, created_at) select %(queue)s, 'perform', '{}', clock_timestamp() from generate_series(1, %(count)s)",
}
READY = "select count(*) from jobs where queue = ? and done_at is null and dead_at is null and claimed_at is null and (run_at is null or run_at <= ?)"


class SqlRig(ProcessRig):
    """A table of its own; the probe of PostgreSQL is watched on the wire and may only read."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(systems.load("sql"), "tests.systems.sql_app", {"SQL_URL": url}, folder)
        os.environ["SQL_URL"] = url
        sql_app.create()
        self.url = url
        self.wire: Wire | None = None
        if sql_app.is_sqlite():
            self.started.enter_context(trace_sqlite())
        else:
            self.wire = self._listen_in()

    def _listen_in(self) -> Wire:
        parts = urlsplit(self.url)
        with psycopg.connect(self.url, autocommit=True) as admin:
            admin.execute(
                "do $$ begin create role tailback_look login; exception when duplicate_object or unique_violation then null; end $$"
            )
            admin.execute("revoke all on jobs from tailback_look")
            readable = ", ".join(
                {
                    "id",
                    "queue",
                    "kind",
                    "created_at",
                    "run_at",
                    "claimed_at",
                    "done_at",
                    "dead_at",
                    "tries",
                    "last_error",
                    "account",
                }
            )
            admin.execute(f"grant select ({readable}) on jobs to tailback_look".encode())
        wire = Wire(parts.hostname or "127.0.0.1", parts.port or 5432)
        self.started.callback(wire.close)
        self.probe_url = f"postgresql://tailback_look@127.0.0.1:{wire.port}{parts.path}?sslmode=disable&gssencmode=disable"
        return wire

    def worker_command(self, queues: Sequence[str]) -> Sequence[str]:
        return ["tests.systems.sql_app:worker"]

    def probe(self) -> Probe:
        url = self.probe_url if self.wire else self.url
        return open_probe("shop", url, {"table": TABLE})

    def guard(self) -> AbstractContextManager[Traffic]:
        return self.wire.guard() if self.wire else watch_sqlite()

    def fill(self, queue: str, count: int) -> None:
        connection = sql_app.connect()
        if sql_app.is_sqlite():
            connection.execute(FILL["sqlite"], (count, queue))
        else:
            connection.execute(FILL["postgres"], {"queue": queue, "count": count})
        connection.close()

    def naive_length(self, queue: str) -> int:
        connection = sql_app.connect()
        values: tuple[Any, ...] = (queue, sql_app.moment(time.time()))
        number: int = connection.execute(sql_app.sql(READY), values).fetchone()[0]
        connection.close()
        return number


class TestPostgresTable(ProbeContract):
    @pytest.fixture
    def rig(self, postgres: str, tmp_path: Path) -> Iterator[SqlRig]:
        with SqlRig(postgres, tmp_path) as rig:
            yield rig


class TestSqliteTable(ProbeContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[SqlRig]:
        with SqlRig(f"sqlite:///{tmp_path}/jobs.db", tmp_path) as rig:
            yield rig
