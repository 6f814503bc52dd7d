"""How often a reason makes attempts fail at this hour of other days."""

from statistics import median

from tailback.server.reason_table import ReasonRow
from tailback.store.base import RollupStore

HOUR_S = 3_600
DAY_S = 86_400
DAYS = 14


def usual_of(rollups: RollupStore, row: ReasonRow, now: float) -> int | None:
    """Return the median of failed attempts in this hour of the days before, at most 14.

    None for a reason that was first seen less than a day ago: nothing is usual about it.
    """
    hour = int(now) // HOUR_S * HOUR_S
    begin = row.first_seen_at
    days = 0 if begin is None else min(DAYS, int(now - begin) // DAY_S)
    if not days:
        return None
    counts = dict.fromkeys((hour - day * DAY_S for day in range(1, days + 1)), 0)
    for place in row.places:
        for key in row.keys:
            series = rollups.reason_series(
                place.source, place.queue, [place.job], key,
                from_=hour - days * DAY_S, to=hour, step_s=HOUR_S,
            )  # fmt: skip
            for at, failed in series:
                if at in counts:
                    counts[at] += failed
    return round(median(counts.values()))
