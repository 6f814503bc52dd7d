"""A counter that is asked for takes each moment once, over failures and restarts."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.server.config import OutcomeQuery, Source
from tailback.server.loops.outcomes import OutcomeLoop
from tailback.store.sqlite.store import SqliteStore
from tailback.systems.sql.counter import count_between

NOW = 1_795_000_000.0
QUERY = """select count(*) from payments
           where at > cast(strftime('%s', :since) as int) and at <= cast(strftime('%s', :until) as int)"""


class Shop:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "shop.db"
        self.store = SqliteStore(folder / "t.db", synchronous="NORMAL")
        self._run("create table payments (at integer)")

    def _run(self, statement: str) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.execute(statement)
        connection.close()

    def pay(self, at: float) -> None:
        self._run(f"insert into payments values ({int(at)})")

    def loop(self, query: str = QUERY) -> OutcomeLoop:
        outcome = OutcomeQuery(name="paid", source="shop", query=query, every_s=60.0)
        source = Source(name="shop", system="sql", url=f"sqlite:///{self.path}")
        return OutcomeLoop(outcome, source, self.store, count_between)

    def counted(self) -> int:
        rows = self.store.outcomes.series("paid", from_=0, to=2**40, step_s=60)
        return sum(count for _, count in rows)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    yield shop
    shop.store.close()


def test_each_payment_counts_once_also_after_a_restart(shop: Shop) -> None:
    shop.pay(NOW - 30)
    first = shop.loop()
    assert first.once(NOW)
    shop.pay(NOW + 20)
    assert first.once(NOW + 60)
    assert shop.counted() == 2

    shop.pay(NOW + 70)
    assert shop.loop().once(NOW + 120)

    assert shop.counted() == 3


def test_what_could_not_be_asked_is_asked_later(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    assert shop.loop().once(NOW)
    shop.pay(NOW + 30)
    shop.path.rename(shop.path.with_suffix(".away"))
    loop = shop.loop()

    assert not loop.once(NOW + 60)
    assert not loop.once(NOW + 120)
    assert caplog.text.count("outcome not known") == 1

    shop.path.with_suffix(".away").rename(shop.path)
    assert loop.once(NOW + 180)
    assert shop.counted() == 1


def test_after_a_long_pause_only_the_last_hour_is_asked_for(shop: Shop) -> None:
    assert shop.loop().once(NOW)
    shop.pay(NOW + 60)
    shop.pay(NOW + 90_000)

    assert shop.loop().once(NOW + 90_060)

    assert shop.counted() == 1


def test_a_moment_is_not_asked_for_twice(shop: Shop) -> None:
    loop = shop.loop()

    assert loop.once(NOW)
    assert not loop.once(NOW)
    assert loop.pause_s() == 60.0
    loop.close()
