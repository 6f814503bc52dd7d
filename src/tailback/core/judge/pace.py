"""How many jobs an hour came just before they stopped coming."""

from collections.abc import Callable

from tailback.core.rollups import MINUTE_S

HALF_HOUR_S = 1800
TWO_SIGMAS = 2.0
LAST_MINUTES = (10, 5)


def rate_before(came: Callable[[int, int], int], ends: int) -> float:
    """Return the smaller rate an hour of the two half hours before arrivals ended.

    `came` counts the arrivals of the minutes from one Unix second to another.

    It is no more than their last five and ten minutes allow by chance: traffic that had sunk
    before, as at the begin of a holiday, is no producer that stopped.
    """
    middle = ends - HALF_HOUR_S
    rate_h = 2.0 * min(came(middle, ends), came(middle - HALF_HOUR_S, middle))
    for minutes in LAST_MINUTES:
        lately = came(ends - minutes * MINUTE_S, ends)
        rate_h = min(rate_h, 60.0 / minutes * (lately + TWO_SIGMAS * lately**0.5 + 1.0))
    return rate_h
