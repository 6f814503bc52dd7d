"""The SQL probe beyond the contract: every wrong key, every way to write times, every blind spot."""

import datetime as dt
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tailback.core.model import QueueReading
from tailback.core.system import ProbeError
from tailback.systems.sql import OPTIONS, TABLE_KEYS
from tailback.systems.sql.completions import Completions
from tailback.systems.sql.first_due import MOST, FirstDue
from tailback.systems.sql.layout import EXPRESSIONS, quoted, read_layout
from tailback.systems.sql.probe import SqlProbe, open_probe
from tailback.systems.sql.statements import COUNT_UP_TO, DEAD_UP_TO

OUTBOX = {"name": "outbox", "created": "created_at", "finished_when": "sent_at is not null"}
FULL = {
    **OUTBOX,
    "queue": "queue",
    "job": "kind",
    "due": "run_at",
    "attempts": "tries",
    "dead_when": "dead = 1",
    "done_at": "sent_at",
    "error": "error",
    "tenant": "account",
}


class Outbox:
    """A SQLite table that an application writes; `probe` opens ours beside it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "app.db"
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.execute(
            "create table outbox (id integer primary key, queue text default 'emails', kind text, created_at, run_at, sent_at, tries integer default 0, dead integer default 0, error text, account text)"
        )
        self.probes: list[SqlProbe] = []

    def add(self, **columns: Any) -> int:
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        return (
            self.db.execute(
                f"insert into outbox ({names}) values ({marks})", list(columns.values())
            ).lastrowid
            or 0
        )

    def set(self, key: int, **columns: Any) -> None:
        assigned = ", ".join(f"{name} = ?" for name in columns)
        self.db.execute(f"update outbox set {assigned} where id = ?", [*columns.values(), key])

    def probe(self, **keys: str) -> SqlProbe:
        probe = open_probe("shop", f"sqlite:///{self.path}", {"table": {**FULL, **keys}})
        self.probes.append(probe)
        return probe

    def read(self, **keys: str) -> QueueReading:
        return self.probe(**keys).read(["emails"], time.time())[0]

    def close(self) -> None:
        for probe in self.probes:
            probe.close()
        self.db.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = Outbox(tmp_path)
    yield outbox
    outbox.close()


@pytest.fixture
def table(postgres: str) -> Iterator[psycopg.Connection[Any]]:
    """The same table in PostgreSQL, fresh, with a connection that owns it."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop table if exists outbox cascade")
        connection.execute(
            "create table outbox (id bigserial primary key, queue text default 'emails', kind text, created_at timestamptz default now(), naive timestamp, run_at timestamptz, sent_at timestamptz, tries int default 0, dead int default 0, error text, account text, millis bigint)"
        )
        yield connection
        connection.execute("drop table if exists outbox cascade")


def as_account(url: str, name: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{name}@{parts.netloc.split('@')[-1]}").geturl()


def wrong(**keys: Any) -> str:
    table = {key: value for key, value in {**OUTBOX, **keys}.items() if value is not None}
    with pytest.raises(ProbeError) as caught:
        read_layout({"table": table})
    return str(caught.value)


def test_every_key_is_described_and_read() -> None:
    assert set(EXPRESSIONS) | {"name", "time_zone"} == set(TABLE_KEYS)
    assert set(OPTIONS) == {"table"}
    assert all(key in OPTIONS["table"] for key in TABLE_KEYS)


def test_a_source_without_a_table_says_what_to_write() -> None:
    with pytest.raises(
        ProbeError, match=r'source "shop": \[source.table\] is missing.*finished_when'
    ):
        open_probe("shop", "sqlite:///x.db", {})


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"craeted": "x"}, 'unknown key "craeted". Did you mean "created"?'),
        ({"zzz": "x"}, "Known keys: name"),
        ({"attempts": 3}, "attempts is not text"),
        ({"name": None}, "name is missing"),
        ({"created": None}, "created is missing"),
        ({"name": "a.b.c"}, '"schema.table"'),
        ({"finished_when": None}, "finished and late jobs look alike"),
        ({"due": "run_at"}, "due needs attempts or retrying_when"),
        ({"job": "kind; drop table outbox"}, "a semicolon or a comment"),
        ({"job": "kind -- oh"}, "a semicolon or a comment"),
        ({"job": "kind) from outbox where (1=1"}, "a bracket or a quote is not closed"),
        ({"job": "'kind"}, "a bracket or a quote is not closed"),
    ],
)
def test_a_wrong_key_is_named_with_its_remedy(keys: dict[str, Any], words: str) -> None:
    assert words in wrong(**keys)


def test_punctuation_inside_quotes_is_no_fault() -> None:
    layout = read_layout(
        {"table": {**OUTBOX, "job": "replace(kind, ';', '--(')", "queue": "'the shop''s'"}}
    )

    assert layout.literal_queue == "the shop's"


def test_names_are_quoted() -> None:
    assert quoted('shop.out"box') == '"shop"."out""box"'


def test_an_unknown_zone_and_an_unknown_database_are_refused() -> None:
    with pytest.raises(ProbeError, match="is not a time zone"):
        open_probe("shop", "sqlite:///x.db", {"table": {**OUTBOX, "time_zone": "Mars/Base"}})
    with pytest.raises(ProbeError, match='"mysql" is not a database that can be read'):
        open_probe("shop", "mysql://x", {"table": OUTBOX})
    with pytest.raises(ProbeError, match="SQLite cannot convert named zones"):
        open_probe("shop", "sqlite:///x.db", {"table": {**OUTBOX, "time_zone": "Europe/Lisbon"}})


def test_a_missing_file_says_how_paths_are_written(tmp_path: Path) -> None:
    with pytest.raises(
        ProbeError, match=r"there is no SQLite database at .*four for one from the root"
    ):
        open_probe("shop", f"sqlite:///{tmp_path}/nobody.db", {"table": OUTBOX})


def test_a_wrong_column_is_found_at_open_with_the_nearest_name(outbox: Outbox) -> None:
    with pytest.raises(
        ProbeError, match=r'created = "creatd_at": no such column.*Did you mean "created_at"'
    ):
        outbox.probe(created="creatd_at")
    with pytest.raises(ProbeError, match=r"no such table.*Tables: outbox"):
        outbox.probe(name="jobs")


def test_a_wrong_column_of_postgresql_is_found_at_open(table: Any, postgres: str) -> None:
    def opening(**keys: str) -> str:
        with pytest.raises(ProbeError) as caught:
            open_probe("shop", postgres, {"table": {**FULL, **keys}})
        return str(caught.value)

    assert 'created = "creatd_at"' in (text := opening(created="creatd_at"))
    assert 'Did you mean "created_at"?' in text
    assert 'Did you mean "outbox"?' in opening(name="outbx")
    assert "is not a condition" in opening(dead_when="dead")
    assert 'Convert it: created = "(kind)::timestamptz"' in opening(created="kind")
    assert "is not a number" in opening(attempts="kind")
    assert "syntax error" in opening(job="kind kind kind")


def test_a_server_that_is_down_is_told_apart_from_a_wrong_table() -> None:
    with pytest.raises(
        ProbeError, match=r"PostgreSQL cannot be read: .*Check url and that it runs"
    ):
        open_probe("shop", "postgresql://nobody@127.0.0.1:1/none", {"table": OUTBOX})


@pytest.mark.parametrize(
    "write",
    [
        lambda at: at,
        lambda at: int(at * 1000),
        lambda at: dt.datetime.fromtimestamp(at, dt.UTC).isoformat(),
        lambda at: dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        lambda at: dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%d %H:%M:%S"),
        lambda at: dt.datetime.fromtimestamp(at, dt.timezone(dt.timedelta(hours=-5))).isoformat(),
        lambda at: dt.datetime.fromtimestamp(
            at, dt.timezone(dt.timedelta(hours=5, minutes=45))
        ).isoformat(),
    ],
    ids=["seconds", "milliseconds", "iso", "iso-z", "sqlite", "west", "east"],
)
def test_times_of_sqlite_are_understood_however_they_are_written(
    outbox: Outbox, write: Any
) -> None:
    now = time.time()
    outbox.add(created_at=write(now - 40), kind="a")
    outbox.add(created_at=write(now - 90), run_at=write(now + 600), kind="b")
    probe = outbox.probe()
    probe.read(["emails"], now)
    outbox.add(created_at=write(now - 99), sent_at=write(now - 3))

    reading = probe.read(["emails"], now)[0]

    assert reading.oldest_due_at == pytest.approx(now - 40, abs=1.1)
    assert (reading.waiting, reading.scheduled, reading.done_counter) == (1, 1, 1)
    assert reading.oldest_source == "exact"


@pytest.mark.parametrize(
    ("column", "zone"), [("naive", "UTC"), ("naive", "Asia/Kathmandu"), ("millis", "UTC")]
)
def test_times_of_postgresql_without_a_zone_are_read_in_the_configured_one(
    table: Any, postgres: str, column: str, zone: str
) -> None:
    now = time.time()
    keys = {**FULL, "created": column, "time_zone": zone, "done_at": column}
    table.execute(
        "insert into outbox (naive, millis) values (to_timestamp(%(at)s) at time zone %(zone)s, %(at)s * 1000)",
        {"at": now - 2640, "zone": zone},
    )
    probe = open_probe("shop", postgres, {"table": keys})

    before = probe.read(["emails"], now)[0]
    table.execute(
        "update outbox set sent_at = now(), naive = now() at time zone %s, millis = %s",
        (zone, int(now * 1000)),
    )
    after = probe.read(["emails"], now)[0]
    probe.close()

    assert before.oldest_due_at == pytest.approx(now - 2640, abs=1)
    assert (before.done_counter, after.done_counter) == (0, 1)


def test_a_wrong_zone_shows_as_jobs_from_the_future(outbox: Outbox) -> None:
    now = time.time()
    outbox.add(created_at=now + 7200)

    reading = outbox.probe().read(["emails"], now)[0]

    assert reading.oldest_due_at == pytest.approx(now)
    assert any("in the future: check time_zone" in note for note in reading.notes)


def test_a_job_without_a_created_time_is_told(outbox: Outbox) -> None:
    outbox.add(created_at=None)

    reading = outbox.read()

    assert reading.oldest_due_at is None
    assert reading.waiting == 1
    assert "1 job without a created time cannot have an age" in reading.notes


def test_a_retry_that_overwrites_its_due_time_keeps_the_first_one(outbox: Outbox) -> None:
    now = time.time()
    probe = outbox.probe()
    job = outbox.add(created_at=now - 86_400, run_at=now + 5, kind="digest")
    assert probe.read(["emails"], now)[0].oldest_due_at is None

    outbox.set(job, tries=1, run_at=now + 300)
    reading = probe.read(["emails"], now + 60)[0]

    assert reading.oldest_due_at == pytest.approx(now + 5, abs=0.1)
    assert reading.oldest_by_job == {"digest": reading.oldest_due_at}
    assert (reading.retrying, reading.scheduled) == (1, 0)


def test_each_job_type_has_its_own_oldest(outbox: Outbox) -> None:
    now = time.time()
    outbox.add(created_at=now - 10, kind="receipt")
    outbox.add(created_at=now - 500, kind="receipt", tries=2)
    outbox.add(created_at=now - 50, run_at=now - 20, kind="invoice")

    reading = outbox.probe().read(["emails"], now)[0]

    assert reading.oldest_by_job == pytest.approx(
        {"receipt": now - 500, "invoice": now - 20}, abs=0.01
    )
    assert reading.ready_wait == pytest.approx(500, abs=0.1)
    assert (reading.waiting, reading.retrying, reading.overdue_scheduled) == (2, 1, 1)


def test_accounts_and_redacted_errors_of_late_jobs_are_in_the_notes(outbox: Outbox) -> None:
    for number in range(3):
        outbox.add(
            created_at=time.time(),
            tries=1,
            account=f"acct_{number % 2}",
            error="login failed password=hunter2",
        )

    notes = outbox.read().notes

    assert "unfinished jobs of 2 accounts" in notes
    assert any("(3 jobs)" in note and "hunter2" not in note for note in notes)


def test_a_table_without_queues_is_one_queue_by_its_own_name(outbox: Outbox) -> None:
    outbox.add(created_at=time.time())
    probe = open_probe("shop", f"sqlite:///{outbox.path}", {"table": OUTBOX})
    outbox.probes.append(probe)

    found, other = probe.read(["outbox", "emails"], time.time())

    assert probe.discover() == ["outbox"]
    assert found.waiting == 1
    assert (found.running, found.retrying, found.dead, found.done_counter) == (
        None,
        None,
        None,
        None,
    )
    assert (found.scheduled, found.sees_all) == (0, True)
    assert other.waiting is None
    assert other.notes == ('this source has one queue, "outbox"',)


def test_dead_jobs_leave_the_age_and_too_many_are_not_a_number(outbox: Outbox) -> None:
    outbox.add(created_at=1.0, dead=1)
    assert (outbox.read().dead, outbox.read().oldest_due_at) == (1, None)

    outbox.db.execute(
        f"with recursive n(i) as (select 1 union all select i + 1 from n where i < {DEAD_UP_TO}) insert into outbox (created_at, dead) select 1, 1 from n"
    )
    reading = outbox.read()

    assert reading.dead is None
    assert "more than 10,000 dead jobs; counting stops there" in reading.notes


@pytest.mark.parametrize("ahead", [False, True], ids=["waiting", "scheduled-in-front"])
def test_above_a_hundred_thousand_jobs_the_age_stays_and_the_count_is_not_known(
    outbox: Outbox, ahead: bool
) -> None:
    now = time.time()
    run_at = now + 3600 if ahead else None
    for index in ("queue, created_at", "queue, run_at", "queue, sent_at", "dead"):
        outbox.db.execute(f"create index [{index}] on outbox ({index})")
    outbox.db.execute(
        f"with recursive n(i) as (select 1 union all select i + 1 from n where i < {COUNT_UP_TO}) insert into outbox (created_at, run_at) select ?, ? from n",
        (now - 900, run_at),
    )
    outbox.add(created_at=now - 5, run_at=now - 3, kind="late")
    probe = outbox.probe()

    first = probe.read(["emails"], now)[0]
    second = probe.read(["emails"], now + 5)[0]
    outbox.db.execute("update outbox set sent_at = ? where id > 10", (now,))
    third = probe.read(["emails"], now + 10)[0]

    assert (
        first.oldest_due_at
        == second.oldest_due_at
        == pytest.approx(now - 3 if ahead else now - 900, abs=0.1)
    )
    assert first.oldest_source == ("sample" if ahead else "exact")
    assert (first.waiting, second.waiting, first.sees_all) == (None, None, False)
    assert "more than 100,000 unfinished jobs; counting stops there" in first.notes
    assert (third.waiting, third.scheduled, third.sees_all) == (
        (0, 10, True) if ahead else (10, 0, True)
    )


@pytest.mark.parametrize("system", ["sqlite", "postgres"])
def test_what_would_read_all_of_a_large_table_is_left_out_with_its_remedy(
    system: str, outbox: Outbox, table: Any, postgres: str
) -> None:
    fill = "insert into outbox (created_at, sent_at) select {now}, {now} from {rows}"
    if system == "sqlite":
        rows = "(with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000) select i from n)"
        outbox.db.execute(fill.format(now="1000.0", rows=rows))
        probe = outbox.probe()
    else:
        table.execute(fill.format(now="now()", rows="generate_series(1, 60000)"))
        table.execute("analyze outbox")
        probe = open_probe("shop", postgres, {"table": FULL})
        outbox.probes.append(probe)

    reading = probe.read(["emails"], time.time())[0]
    found = probe.discover()

    assert (reading.dead, reading.done_counter, reading.waiting) == (None, None, 0)
    text = " ".join(reading.notes)
    assert 'create index on "outbox" ((queue), (sent_at))' in text
    assert 'create index on "outbox" ((queue)) where dead = 1' in text
    assert "every look reads all 60,000 rows" in text
    assert found == []


def test_rows_hidden_by_row_level_security_are_blindness_not_health(
    table: Any, postgres: str
) -> None:
    table.execute("insert into outbox (kind) values ('receipt')")
    table.execute("analyze outbox")
    table.execute(
        "do $$ begin create role tailback_blind login; exception when duplicate_object or unique_violation then null; end $$"
    )
    table.execute("grant select on outbox to tailback_blind")
    table.execute("alter table outbox enable row level security")
    address = as_account(postgres, "tailback_blind")

    with pytest.raises(ProbeError, match=r"tailback_blind sees no row .*create policy tailback"):
        open_probe("shop", address, {"table": FULL})

    table.execute("create policy look on outbox for select to tailback_blind using (true)")
    probe = open_probe("shop", address, {"table": FULL})
    assert probe.read(["emails"], time.time())[0].waiting == 1
    table.execute("drop policy look on outbox")
    with pytest.raises(ProbeError, match="row-level security hides them"):
        probe.read(["emails"], time.time())
    probe.close()


def test_an_account_without_rights_is_told_what_to_grant(table: Any, postgres: str) -> None:
    table.execute(
        "do $$ begin create role tailback_nothing login; exception when duplicate_object or unique_violation then null; end $$"
    )
    address = as_account(postgres, "tailback_nothing")

    with pytest.raises(
        ProbeError, match=r'permission denied.*grant select on "outbox" to tailback_nothing'
    ):
        open_probe("shop", address, {"table": FULL})


def test_a_locked_table_is_an_error_at_once_and_not_a_wait(table: Any, postgres: str) -> None:
    probe = open_probe("shop", postgres, {"table": FULL})

    with table.transaction():
        table.execute("lock table outbox in access exclusive mode")
        with pytest.raises(ProbeError, match="is locked by somebody"):
            probe.read(["emails"], time.time())

    assert probe.read(["emails"], time.time())[0].waiting == 0
    probe.close()


def test_a_broken_connection_is_an_error_once_and_then_made_anew(
    table: Any, postgres: str
) -> None:
    probe = open_probe("shop", postgres, {"table": FULL})
    table.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'tailback' and datname = current_database()"
    )

    with pytest.raises(ProbeError, match="PostgreSQL cannot be read"):
        probe.read(["emails"], time.time())

    assert probe.read(["emails"], time.time())[0].waiting == 0
    probe.close()


def test_a_statement_that_takes_too_long_is_stopped(
    outbox: Outbox, table: Any, postgres: str
) -> None:
    outbox.add(created_at=1.0)
    endless = "(with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n) > 0"
    with pytest.raises(ProbeError, match="longer than 2 s and was stopped"):
        outbox.probe(dead_when=endless).read(["emails"], time.time())

    table.execute("insert into outbox (kind) values ('x')")
    probe = open_probe(
        "shop", postgres, {"table": {**FULL, "dead_when": "pg_sleep(9)::text = 'x'"}}
    )
    with pytest.raises(ProbeError, match="longer than 2 s and was stopped"):
        probe.read(["emails"], time.time())
    probe.close()


def test_the_transaction_itself_refuses_to_write(table: Any, postgres: str) -> None:
    table.execute(
        "create or replace function harm() returns boolean language plpgsql as $$ begin insert into outbox (kind) values ('harm'); return true; end $$"
    )
    table.execute("insert into outbox (kind) values ('x')")
    probe = open_probe("shop", postgres, {"table": {**FULL, "dead_when": "harm()"}})

    with pytest.raises(ProbeError, match="read-only transaction"):
        probe.read(["emails"], time.time())

    probe.close()
    assert table.execute("select count(*) from outbox").fetchone() == (1,)


def test_percent_signs_in_expressions_mean_what_they_say(table: Any, postgres: str) -> None:
    table.execute("insert into outbox (kind) values ('x%sy'), ('other')")
    probe = open_probe(
        "shop",
        postgres,
        {"table": {**FULL, "job": "case when kind like 'x%s%' then 'percent' else 'other' end"}},
    )

    assert set(probe.read(["emails"], time.time())[0].oldest_by_job) == {"percent", "other"}
    probe.close()


def test_a_condition_that_is_null_hides_no_job(outbox: Outbox) -> None:
    outbox.add(created_at=time.time(), dead=None)

    assert outbox.read(finished_when="kind = 'done'").waiting == 1


def test_retries_can_be_told_by_a_condition(outbox: Outbox) -> None:
    outbox.add(created_at=time.time(), error="x")
    keys = {key: value for key, value in FULL.items() if key != "attempts"}
    probe = open_probe(
        "shop",
        f"sqlite:///{outbox.path}",
        {"table": {**keys, "retrying_when": "error is not null"}},
    )
    outbox.probes.append(probe)

    assert probe.read(["emails"], time.time())[0].retrying == 1


def test_completions_count_what_commits_late_but_nothing_twice() -> None:
    completions = Completions()

    assert completions.count([(100, 5)], 101.0) == 0
    assert completions.count([(100, 6), (101, 2)], 102.0) == 3
    assert completions.count([(100, 4), (101, 2)], 103.0) == 3
    assert completions.count([], 1000.0) == 3
    assert completions.count([(1000, 1)], 1001.0) == 4


def test_the_memory_of_first_due_times_is_bounded() -> None:
    memory = FirstDue()
    for number in range(MOST + 1):
        memory.learn(str(number), float(number))

    assert memory.of("0", otherwise=-1.0) == -1.0
    assert memory.of("1", otherwise=-1.0) == 1.0
