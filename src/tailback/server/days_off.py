"""Which days are holidays: for a country, and for the lanes of somebody who lives there."""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import lru_cache, partial

from tailback.core.judge.baseline import no_holidays
from tailback.core.model import Lane
from tailback.core.policy.people import IsHoliday, Person

IsDayOff = Callable[[dt.date], bool]


def no_holidays_of(_lane: Lane) -> IsDayOff:
    """Say that no lane has holidays."""
    return no_holidays


def holidays_of_lanes(people: Callable[[], Iterable[Person]]) -> Callable[[Lane], IsDayOff]:
    """Return a function that gives a lane the holidays of its owner, if its owner has any."""
    is_holiday = holidays_of()

    def of(lane: Lane) -> IsDayOff:
        owner = next((person for person in people() if person.name == lane.owner), None)
        country = owner.holidays if owner is not None else None
        return no_holidays if country is None else partial(is_holiday, country)

    return of


def holidays_of() -> IsHoliday:
    """Return a function that tells a country's holidays; the calendar is loaded when asked."""

    @lru_cache(maxsize=64)
    def calendar(country: str, year: int) -> frozenset[dt.date]:
        import holidays  # noqa: PLC0415 - big, and rarely configured

        place, _, part = country.partition("-")
        try:
            return frozenset(holidays.country_holidays(place, subdiv=part or None, years=year))
        except NotImplementedError:
            # A part of the country that the calendar does not know: its common days count.
            return frozenset(holidays.country_holidays(place, years=year))

    def is_holiday(country: str, day: dt.date) -> bool:
        return day in calendar(country, day.year)

    return is_holiday
