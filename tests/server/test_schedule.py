"""Declared schedules in nights when the clocks change, on a virtual clock."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tailback.core.timetable import Timetable
from tailback.server.timetables import Times

LISBON = ZoneInfo("Europe/Lisbon")
HOUR_S = 3600.0


def dues(expression: str, first: dt.date, days: int) -> list[str]:
    """Every moment at which work is due, in UTC."""
    begin = dt.datetime.combine(first, dt.time(12), LISBON).timestamp()
    timetable = Timetable(name="nightly", queue="nightly", cron=expression)
    times = Times(timetable, LISBON, begin)
    found, due = [], times.next_after(begin)
    while due < begin + days * 24 * HOUR_S:
        found.append(due)
        due = times.next_after(due)
    return [dt.datetime.fromtimestamp(at, dt.UTC).strftime("%d %H:%M") for at in found]


@pytest.mark.parametrize(
    ("expression", "first", "expected"),
    [
        # In the night of 29 March 01:00 becomes 02:00: what is due between comes at once after it.
        ("30 1 * * *", dt.date(2026, 3, 27), ["28 01:30", "29 01:00", "30 00:30"]),
        ("0 3 * * *", dt.date(2026, 3, 27), ["28 03:00", "29 02:00", "30 02:00"]),
        # In the night of 25 October the hour from 01:00 comes twice: work is due once.
        ("30 1 * * *", dt.date(2026, 10, 23), ["24 00:30", "25 00:30", "26 01:30"]),
        ("0 3 * * *", dt.date(2026, 10, 23), ["24 02:00", "25 03:00", "26 03:00"]),
    ],
)
def test_nightly_work_is_due_once_in_every_night(
    expression: str, first: dt.date, expected: list[str]
) -> None:
    assert dues(expression, first, 3) == expected


def test_hourly_work_is_due_each_real_hour_of_a_long_night() -> None:
    found = dues("0 * * * *", dt.date(2026, 10, 24), 1)

    # From noon (11:00 UTC) on for 24 real hours, the first and the last moment left out.
    assert found == [f"24 {hour}:00" for hour in range(12, 24)] + [
        f"25 {hour:02}:00" for hour in range(11)
    ]
