import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tailback.store import migrate as migrate_module
from tailback.store.errors import StoreCorruptError, StoreVersionError
from tailback.store.migrate import Migration, migrate, migrations, version
from tailback.store.sql import queries, topics
from tailback.store.sqlite.functions import register
from tailback.store.sqlite.store import SqliteStore


def schema(connection: sqlite3.Connection) -> list[tuple[str, ...]]:
    return connection.execute(
        "select type, name, tbl_name, sql from sqlite_schema order by type, name"
    ).fetchall()


def test_a_fresh_schema_equals_all_migrations_one_after_the_other(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "fresh.db").close()

    with closing(sqlite3.connect(tmp_path / "steps.db", isolation_level=None)) as steps:
        for migration in migrations():
            steps.executescript(migration.script)
        with closing(sqlite3.connect(tmp_path / "fresh.db")) as fresh:
            assert schema(fresh) == schema(steps)
            assert version(fresh) == len(migrations())


def test_every_old_version_is_brought_up_to_this_one_with_its_rows(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "fresh.db", isolation_level=None)) as fresh:
        migrate(fresh, where="fresh")
        expected = schema(fresh)

    for old in range(1, len(migrations())):
        with closing(sqlite3.connect(tmp_path / f"{old}.db", isolation_level=None)) as connection:
            for migration in migrations()[:old]:
                connection.executescript(
                    f"{migration.script}\npragma user_version = {migration.number}"
                )
            connection.execute("insert into meta values ('colour', 'blue')")

            assert migrate(connection, where="old") == len(migrations())
            assert schema(connection) == expected
            assert connection.execute("select value from meta").fetchall() == [("blue",)]


def test_a_database_newer_than_the_code_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    SqliteStore(path).close()
    newer = len(migrations()) + 3
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"pragma user_version = {newer}")
        before = schema(connection)

    with pytest.raises(
        StoreVersionError,
        match=rf"newer\.db was written by a newer Tailback \(its schema is {newer}, .*Start that version",
    ):
        SqliteStore(path)

    with closing(sqlite3.connect(path)) as connection:
        assert (version(connection), schema(connection)) == (newer, before)


def test_a_migration_that_fails_leaves_the_version_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [
        Migration(1, "good", "create table good (x integer);"),
        Migration(2, "bad", "create table half (x integer);\nselect nonsense;"),
    ]
    monkeypatch.setattr(migrate_module, "migrations", lambda: steps)
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="nonsense"):
            migrate(connection, where="x.db")

        assert not connection.in_transaction
        assert version(connection) == 1
        assert [row[1] for row in schema(connection)] == ["good"]


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary " * 1000)

    with pytest.raises(
        StoreCorruptError, match=r"notes\.txt is damaged or is no Tailback database"
    ):
        SqliteStore(path)

    assert path.read_text() == "dear diary " * 1000


def test_somebody_elses_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table customers (name text)")

    with pytest.raises(StoreCorruptError, match="holds tables of something else"):
        SqliteStore(path)

    with closing(sqlite3.connect(path)) as connection:
        assert [row[1] for row in schema(connection)] == ["customers"]


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.number for migration in migrations()] == list(
        range(1, len(migrations()) + 1)
    )


def test_a_gap_in_the_numbers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate_module, "_FILE", re.compile(r"^(0002)_([a-z0-9_]+)\.sql$"))

    with pytest.raises(ValueError, match="without gaps or repetitions"):
        migrations()


def test_a_last_statement_without_its_semicolon_is_not_lost() -> None:
    script = "create table a (x);\n-- a note; with one\ncreate table b (y)"

    assert len(list(migrate_module._statements(script))) == 2


def test_queries_compile_against_the_schema(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as connection:
        register(connection)
        migrate(connection, where="x.db")
        for topic in topics():
            for query in queries(topic).values():
                names = dict.fromkeys(parameters(query.sql), 1)
                connection.execute(f"explain {query.sql}", names)


def parameters(sql: str) -> list[str]:
    return re.findall(r":([a-z_0-9]+)", sql)


SMALL = {
    "board_link",
    "token",
    "user_account",
    "one_time_link",
    "checkpoint",
    "checkpoint_part",
    "reading",
    "channel_state",
    "sqlite_schema",
    "dismissal",
}
LISTED_WHOLE = {"all_slices", "reason_notes", "dismissed"}


def test_no_query_reads_a_large_table_from_end_to_end(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as connection:
        register(connection)
        migrate(connection, where="x.db")
        tables = {row[1] for row in schema(connection) if row[0] == "table"} - SMALL
        for topic in topics():
            for query in queries(topic).values():
                names = dict.fromkeys(parameters(query.sql), 1)
                plan = [
                    row[3] for row in connection.execute(f"explain query plan {query.sql}", names)
                ]
                scanned = {found[1] for step in plan if (found := re.match(r"SCAN (\w+)", step))}

                assert query.name in LISTED_WHOLE or not scanned & tables, (
                    f"{topic}.{query.name}: {plan}"
                )
