"""What the composition of the alerting parts decides by itself."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from tailback.core.model import Lane
from tailback.core.policy.people import Person
from tailback.notify.channel import ChannelError
from tailback.server.alerting import quiet_times
from tailback.server.config import Channel, Config, Silence
from tailback.server.config.current import Current
from tailback.server.days_off import holidays_of, holidays_of_lanes
from tailback.server.ways import Ways, open_way
from tailback.store.sqlite.store import SqliteStore


def test_holidays_are_those_of_the_country_and_of_its_part() -> None:
    is_holiday = holidays_of()

    assert is_holiday("PT", dt.date(2026, 12, 25))
    assert not is_holiday("PT", dt.date(2026, 12, 23))
    assert is_holiday("DE-BY", dt.date(2026, 1, 6))
    assert not is_holiday("DE", dt.date(2026, 1, 6))
    assert is_holiday("DE-NOWHERE", dt.date(2026, 12, 25))


def test_a_lane_has_the_holidays_of_its_owner() -> None:
    lane = Lane(key="a", name="A", source="shop", queue="a", owner="ana")
    people = [
        Person(name="ana", channels=(), holidays="PT"),
        Person(name="bo", channels=()),
    ]
    of = holidays_of_lanes(lambda: people)
    day = dt.date(2026, 12, 8)

    assert of(lane)(day)
    assert not of(replace(lane, owner="bo"))(day)
    assert not of(replace(lane, owner=None))(day)


def test_a_channel_that_is_wrong_does_not_stop_the_server() -> None:
    wrong = Channel(name="m", kind="email", settings={"smtp": "x", "to": "a@b", "from": "c@d"})

    assert isinstance(open_way(wrong), ChannelError)


def test_a_channel_is_opened_anew_only_when_the_file_says_something_else() -> None:
    hook = Channel(name="hook", kind="webhook", settings={"url": "https://a.example/"})
    mail = Channel(name="mail", kind="email", settings={})
    current = Current(Config(channels=(hook, mail)))
    ways = Ways(current)
    first = ways.named("hook")

    assert ways.named("hook") is first
    assert [ways.is_read_by_people(name) for name in ("hook", "mail", "x")] == [False, True, False]
    current.take(Config(channels=(replace(hook, settings={"url": "https://b.example/"}),)))
    assert ways.named("hook") is not first
    assert ways.named("mail") is None


def test_a_silence_counts_as_long_as_it_is_in_the_file(tmp_path: Path) -> None:
    current = Current(Config())
    with SqliteStore(tmp_path / "t.db", synchronous="NORMAL") as store:
        quiet = quiet_times(current, store)
        assert quiet(10.0) == []
        planned = Silence(lane="a", starts_at=None, until=50.0, reason=None)
        current.take(Config(silences=(planned,)))
        assert [one.lane for one in quiet(11.0)] == ["a"]
        current.take(Config())
        assert quiet(12.0) == []


def test_what_is_quiet_is_what_the_file_says_and_what_was_asked_for(tmp_path: Path) -> None:
    config = Config(silences=(Silence(lane="a", starts_at=None, until=50.0, reason=None),))
    with SqliteStore(tmp_path / "t.db", synchronous="NORMAL") as store:
        quiet = quiet_times(Current(config), store)
        assert [one.lane for one in quiet(10.0)] == ["a"]
        store.silences.add("b", starts_at=10.0, ends_at=60.0, reason="r", by="x", now=10.0)

        assert [one.lane for one in quiet(10.5)] == ["a"]
        assert [one.lane for one in quiet(11.0)] == ["a", "b"]
