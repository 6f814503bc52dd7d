"""A counter that is asked for takes each moment once, over failures and restarts."""

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tailback.server.config import Config, OutcomeQuery, Source
from tailback.server.counters import Counters
from tailback.server.loops.outcomes import OutcomeLoop
from tailback.store.sqlite.store import SqliteStore
from tailback.systems.sql.counter import count_between
from tailback.testing.waiting import eventually

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


def test_a_counter_that_was_taken_out_of_the_file_keeps_no_answer(shop: Shop) -> None:
    shop.pay(NOW - 30)
    old = shop.loop()
    old.retire()

    assert not old.once(NOW)
    assert shop.counted() == 0

    assert shop.loop().once(NOW)
    assert shop.counted() == 1


def test_counters_follow_the_file_while_the_server_runs(shop: Shop) -> None:
    source = Source(name="shop", system="sql", url=f"sqlite:///{shop.path}")
    paid = OutcomeQuery(name="paid", source="shop", query="select 1", every_s=0.05)
    sold = replace(paid, name="sold", query="select 2")
    config = Config(sources=(source,), outcomes=(paid, sold, OutcomeQuery(name="pushed")))
    counters = Counters(shop.store)

    def threads() -> dict[str, threading.Thread]:
        return {one.name: one for one in threading.enumerate() if "outcome-" in one.name}

    counters.go_by(config)
    eventually(shop.counted, "payments are asked for")
    before = threads()
    assert set(before) == {"outcome-paid", "outcome-sold"}

    refunds = replace(sold, query="select 3")
    counters.go_by(replace(config, outcomes=(paid, refunds)))
    after = threads()
    assert after["outcome-paid"] is before["outcome-paid"], "what did not change goes on"
    assert after["outcome-sold"] is not before["outcome-sold"]

    counters.go_by(replace(config, outcomes=(paid,)))
    assert set(threads()) == {"outcome-paid"}
    counters.stop()
    assert threads() == {}
