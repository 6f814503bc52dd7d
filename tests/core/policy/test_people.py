"""When people work: weekly hours, midnight, holidays and the two odd nights of the year."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tailback.core.policy.people import (
    Person,
    WeeklyWindow,
    next_work,
    no_holidays,
    on_duty,
    people_now,
    works,
)

LISBON = ZoneInfo("Europe/Lisbon")
OFFICE = WeeklyWindow(weekdays=frozenset(range(5)), from_minute=9 * 60, until_minute=18 * 60)
ANA = Person(
    name="ana",
    channels=("mail",),
    working_hours=(OFFICE,),
    time_zone="Europe/Lisbon",
    holidays="PT",
)


def at(text: str, zone: ZoneInfo = LISBON) -> float:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("now", "begins"),
    [
        ("2026-12-02 09:00", "2026-12-02 09:00"),  # a Wednesday
        ("2026-12-02 17:59", "2026-12-02 17:59"),
        ("2026-12-02 18:00", "2026-12-03 09:00"),
        ("2026-12-02 03:00", "2026-12-02 09:00"),
        ("2026-12-04 20:00", "2026-12-07 09:00"),  # over a weekend
        ("2026-03-29 00:30", "2026-03-30 09:00"),  # the clocks go forward
        ("2026-10-24 12:00", "2026-10-26 09:00"),  # and back
    ],
)
def test_work_begins_at_the_next_hour_of_work_in_the_zone_of_the_person(
    now: str, begins: str
) -> None:
    assert next_work(ANA, at(now), no_holidays) == at(begins)
    assert works(ANA, at(now), no_holidays) == (now == begins)


def test_nobody_works_on_a_holiday_of_the_country() -> None:
    def is_holiday(country: str, day: dt.date) -> bool:
        return country == "PT" and day == dt.date(2026, 12, 8)

    assert next_work(ANA, at("2026-12-07 19:00"), is_holiday) == at("2026-12-09 09:00")
    assert next_work(ANA, at("2026-12-08 10:00"), is_holiday) == at("2026-12-09 09:00")


def test_a_shift_that_passes_midnight_belongs_to_the_day_it_begins_on() -> None:
    night = WeeklyWindow(weekdays=frozenset({4}), from_minute=22 * 60, until_minute=6 * 60)
    bo = Person(name="bo", channels=("slack",), working_hours=(night,))
    utc = ZoneInfo("UTC")

    assert works(bo, at("2026-12-05 05:59", utc), no_holidays)
    assert not works(bo, at("2026-12-05 06:00", utc), no_holidays)
    assert next_work(bo, at("2026-12-05 06:00", utc), no_holidays) == at("2026-12-11 22:00", utc)


def test_the_earlier_of_two_windows_of_a_day_counts() -> None:
    late = WeeklyWindow(weekdays=frozenset({2}), from_minute=20 * 60, until_minute=21 * 60)
    early = WeeklyWindow(weekdays=frozenset({2}), from_minute=8 * 60, until_minute=9 * 60)
    bo = Person(name="bo", channels=(), working_hours=(late, early))
    utc = ZoneInfo("UTC")

    assert next_work(bo, at("2026-12-02 07:00", utc), no_holidays) == at("2026-12-02 08:00", utc)


def test_who_names_no_hours_always_works() -> None:
    assert works(Person(name="bo", channels=()), 12345.0, no_holidays)


def test_who_has_no_hour_of_work_in_three_weeks_is_told_now() -> None:
    assert next_work(ANA, 12345.0, lambda _country, _day: True) == 12345.0


@pytest.mark.parametrize(
    ("when", "who"),
    [
        ("2026-10-19T08:59", "ana"),  # 9:59 in Lisbon
        ("2026-10-19T09:00", "bo"),  # Monday, 10:00 in summer
        ("2026-10-26T09:59", "bo"),  # the clocks went back in between
        ("2026-10-26T10:00", "ana"),
        ("2026-11-02T10:00", "bo"),
    ],
)
def test_turns_are_taken_by_week_at_the_hour_of_the_clock_on_the_wall(when: str, who: str) -> None:
    rota = Person(
        name="support", channels=(), turns=("ana", "bo"), hand_over=(0, 600),
        time_zone="Europe/Lisbon",
    )  # fmt: skip
    now = dt.datetime.fromisoformat(when + "+00:00").timestamp()
    ana = Person(name="ana", channels=("m",), backup="support")

    assert on_duty("support", [rota, ana], now) == who
    assert on_duty("ana", [rota, ana], now) == "ana"
    assert on_duty(None, [rota, ana], now) is None
    assert people_now([rota, ana], now) == [replace(ana, backup=who)]
