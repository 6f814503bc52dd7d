"""What a scheduler holds as numbers is written as cron, and never as what cron means otherwise."""

import pytest

from tailback.core.cron import five_fields

ALL = (range(60), range(24), range(1, 32), range(1, 13), range(7))


def written(**given: object) -> str | None:
    names = ("minutes", "hours", "days", "months", "weekdays")
    return five_fields(*(given.get(name, every) for name, every in zip(names, ALL, strict=True)))


@pytest.mark.parametrize(
    ("given", "expression"),
    [
        ({}, "* * * * *"),
        ({"minutes": {0}, "hours": {2}}, "0 2 * * *"),
        ({"minutes": range(0, 60, 5)}, "*/5 * * * *"),
        ({"minutes": {1, 2, 30}, "hours": range(9, 18)}, "1,2,30 9-17 * * *"),
        ({"minutes": {0}, "hours": {0}, "weekdays": {1, 2, 3, 4, 5}}, "0 0 * * 1-5"),
        ({"minutes": {0}, "hours": {0}, "days": {1, 15}, "months": {1, 7}}, "0 0 1,15 */6 *"),
        # Huey holds Sunday twice.
        ({"minutes": [0], "hours": [3], "weekdays": [0, 1, 2, 3, 4, 5, 6, 7]}, "0 3 * * *"),
    ],
)
def test_numbers_become_fields(given: dict[str, object], expression: str) -> None:
    assert written(**given) == expression


def test_a_day_of_the_month_that_must_be_a_certain_weekday_cannot_be_written() -> None:
    assert written(days={13}, weekdays={5}) is None


def test_no_number_at_all_is_never_due() -> None:
    assert written(minutes=set()) is None
