"""Kept events of a queue are replayed with shorter promises."""

from pathlib import Path

import pytest

from tailback.core.model import Lane
from tailback.server import what_if
from tailback.server.payload import Payload, WireEvent, encode
from tailback.store.base import LogBatch
from tailback.store.sqlite.store import SqliteStore

BEGAN = 1_795_000_000.0
OPENED = BEGAN + 1200.0
LANE = Lane(key="mail", name="Mail", source="shop", queue="mail", promise_s=1200.0)


def event(kind: str, at: float, number: int, queue: str = "mail") -> object:
    return WireEvent(kind=kind, at=at, id=f"{queue}{number}", queue=queue, job="send")


def keep(store: SqliteStore, source: str = "shop") -> None:
    """One job that never ends, and every minute one that arrives behind it."""
    for minute in range(20):
        at = BEGAN + 60.0 * minute
        events = [event("enqueued", at, minute), event("enqueued", at, minute, "other")]
        batch = LogBatch(None, 0, source, at, encode(Payload(events=events)))
        store.log.append([batch])
    late = LogBatch(None, 0, source, OPENED + 100.0, encode(Payload(events=[])))
    store.log.append([late])


def test_a_shorter_promise_alerts_earlier(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db", synchronous="NORMAL") as store:
        keep(store)

        found = what_if.replayed(store.log, LANE, OPENED, "UTC")

    assert found is not None
    assert [one.promise_s for one in found] == [600.0, 300.0]
    assert 0 < found[0].earlier_s < found[1].earlier_s


def test_what_was_not_kept_is_not_replayed(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db", synchronous="NORMAL") as store:
        keep(store, "elsewhere")

        assert what_if.replayed(store.log, LANE, OPENED, "UTC") is None


def test_what_is_too_much_is_not_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "MAX_EVENTS", 3)
    with SqliteStore(tmp_path / "x.db", synchronous="NORMAL") as store:
        keep(store)

        with pytest.raises(what_if.TooManyError):
            what_if.replayed(store.log, LANE, OPENED, "UTC")


def test_where_no_events_are_kept_the_ages_of_each_minute_tell_it() -> None:
    ages = [(OPENED - 60.0 * back, 1200.0 - 60.0 * back) for back in range(20, -1, -1)]

    found = what_if.by_ages(ages, 1200.0, OPENED)

    # Older than five, then two and a half minutes, a minute each to be sure and to be measured.
    assert [(one.promise_s, one.earlier_s) for one in found or ()] == [
        (600.0, 720.0),
        (300.0, 930.0),
    ]
    assert what_if.by_ages([(OPENED, None)], 1200.0, OPENED) is None
