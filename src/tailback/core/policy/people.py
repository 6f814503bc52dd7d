"""People who look after lanes, and when they work."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
LOOK_DAYS = 21

IsHoliday = Callable[[str, dt.date], bool]
"""Tells whether nobody works in a country (code such as "PT") on a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """A span of local time on some weekdays (0 = Monday), minutes after midnight."""

    weekdays: frozenset[int]
    from_minute: int
    until_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who can own a lane. Empty `working_hours` means always.

    With `turns` the name stands for one of these people, who take turns by week; the next one
    begins at `hand_over`, the weekday (0 = Monday) and minute of its day in `time_zone`.
    """

    name: str
    channels: tuple[str, ...]
    working_hours: tuple[WeeklyWindow, ...] = ()
    time_zone: str = "UTC"
    holidays: str | None = None
    backup: str | None = None
    turns: tuple[str, ...] = ()
    hand_over: tuple[int, int] = (0, 0)


def no_holidays(_country: str, _day: dt.date) -> bool:
    """Every day may be worked on."""
    return False


def next_work(person: Person, now: float, is_holiday: IsHoliday) -> float:
    """Return `now` when the person works then, else when work begins next, Unix seconds.

    Somebody who does not work within three weeks is told now: late is better than never.
    """
    if not person.working_hours:
        return now
    zone = ZoneInfo(person.time_zone)
    today = dt.datetime.fromtimestamp(now, zone).date()
    begins = None
    # A window that passes midnight may have begun yesterday.
    for day in (today + dt.timedelta(days=n) for n in range(-1, LOOK_DAYS)):
        if person.holidays is not None and is_holiday(person.holidays, day):
            continue
        for start, end in _windows(person, day, zone):
            if start <= now < end:
                return now
            if start > now and (begins is None or start < begins):
                begins = start
        if begins is not None and day > today:
            break
    return now if begins is None else begins


def works(person: Person, now: float, is_holiday: IsHoliday) -> bool:
    """Tell whether the person works at `now`."""
    return next_work(person, now, is_holiday) == now


def _windows(person: Person, day: dt.date, zone: ZoneInfo) -> Iterator[tuple[float, float]]:
    for window in person.working_hours:
        if day.weekday() in window.weekdays:
            until = window.until_minute
            if until <= window.from_minute:
                until += DAY_MINUTES
            yield _moment(day, window.from_minute, zone), _moment(day, until, zone)


def _moment(day: dt.date, minute: int, zone: ZoneInfo) -> float:
    """Return a local time of a day as Unix seconds; a time that the clocks skip comes after it."""
    days, rest = divmod(minute, DAY_MINUTES)
    at = dt.datetime.combine(
        day + dt.timedelta(days=days), dt.time(rest // 60, rest % 60), tzinfo=zone
    )
    return at.timestamp()


def on_duty(name: str | None, people: Sequence[Person], now: float) -> str | None:
    """Return the person whom a name stands for at `now`: whose turn it is, or itself.

    There is exactly one at every instant. Weeks are counted from a fixed Monday, so a restart
    changes nobody's turn.
    """
    rota = next((person for person in people if person.name == name and person.turns), None)
    if rota is None:
        return name
    day, minute = rota.hand_over
    # The clock on the wall hands over, in a night of another length as well.
    local = dt.datetime.fromtimestamp(now, ZoneInfo(rota.time_zone)).replace(tzinfo=None)
    week = ((local - dt.timedelta(days=day, minutes=minute)).toordinal() - 1) // 7
    return rota.turns[week % len(rota.turns)]


def people_now(people: Sequence[Person], now: float) -> list[Person]:
    """Return the people themselves, each with the backup who is on duty at `now`."""
    return [
        replace(person, backup=on_duty(person.backup, people, now))
        for person in people
        if not person.turns
    ]
