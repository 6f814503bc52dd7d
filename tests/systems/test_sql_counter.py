"""A business counter is asked of the database, between two moments, reading only."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tailback.core.system import ProbeError
from tailback.systems.sql.counter import count_between

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
PAID = "select count(*) from payments where status = 'ok' and at > :since and at <= :until"


@pytest.fixture
def shop(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table payments (status text, at text)")
        connection.executemany(
            "insert into payments values (?, ?)",
            [
                ("ok", "2026-11-25 11:58:59"),
                ("ok", "2026-11-25 11:59:30"),
                ("ok", "2026-11-25 12:00:00"),
                ("failed", "2026-11-25 11:59:31"),
            ],
        )
    connection.close()
    return f"sqlite:///{tmp_path / 'shop.db'}"


def test_sqlite_counts_between_two_moments(shop: str) -> None:
    assert count_between(shop, PAID, NOON - 60, NOON) == 2


def test_postgresql_counts_between_two_moments_and_keeps_casts_and_percents(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop table if exists paid")
        connection.execute("create table paid (status text, at timestamptz)")
        connection.execute(
            "insert into paid values ('ok', to_timestamp(%s)), ('okay', to_timestamp(%s)),"
            " ('ok', to_timestamp(%s))",
            (NOON - 30, NOON - 20, NOON - 90),
        )
    query = (
        "select count(*)::bigint from paid"
        " where status::text like 'ok%' and at > :since and at <= :until"
    )

    assert count_between(postgres, query, NOON - 60, NOON) == 2
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop table paid")


def test_a_sum_of_nothing_is_none_of_them(shop: str) -> None:
    query = "select sum(1) from payments where at > :since and at <= :until"

    assert count_between(shop, query, NOON + 60, NOON + 120) == 0
    assert count_between(shop, "select 1 where :since > :until", NOON, NOON + 1) == 0


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("select amount from payments", "no such column"),
        (
            "delete from payments where at > :since and at > :until",
            "readonly|read-only|query_only",
        ),
        ("select 'many', :since, :until", "not a number"),
        (
            (
                "with recursive n(i) as (select 1 union all select i + 1 from n)"
                " select count(*) from n where :since < :until"
            ),
            "interrupted",
        ),
    ],
)
def test_what_cannot_be_counted_says_why(shop: str, query: str, why: str) -> None:
    with pytest.raises(ProbeError, match=why):
        count_between(shop, query, NOON - 60, NOON)

    assert count_between(shop, PAID, NOON - 60, NOON) == 2


def test_postgresql_refuses_to_write_and_says_so(postgres: str) -> None:
    with pytest.raises(ProbeError, match="read-only transaction"):
        count_between(postgres, "create table made (n int)", NOON - 60, NOON)


def test_a_database_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="there is no SQLite database"):
        count_between(f"sqlite:///{tmp_path / 'none.db'}", PAID, NOON - 60, NOON)
    with pytest.raises(ProbeError, match="PostgreSQL answered"):
        count_between("postgresql://127.0.0.1:9/none", PAID, NOON - 60, NOON)
