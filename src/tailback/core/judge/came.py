"""What came of scheduled work, and what followed, as the ledger knows it now."""

from functools import partial
from itertools import islice

from tailback.core.judge.reader import LOOK_AT_RUNNING, sums_of
from tailback.core.judge.runs import Came
from tailback.core.ledger.job import SCHEDULED
from tailback.core.ledger.slices import Slice
from tailback.core.rollups import MINUTE_S


def completed_in(parts: list[Slice], minute: int) -> int:
    """Return how many jobs succeeded in the minute that begins then, told late or in time."""
    return sums_of(parts, minute)[1]


def came(parts: list[Slice], now: float, needed: float) -> Came:
    """Return what came of scheduled work that runs in these slices."""
    going = [job.first_due for part in parts for job in islice(part.running, LOOK_AT_RUNNING)]
    return Came(
        first=partial(_first_minute, parts),
        needed=needed,
        unfinished=any(part.unfinished > part.phases[SCHEDULED] for part in parts),
        going_since=min((due for due in going if due <= now), default=None),
    )


def _first_minute(parts: list[Slice], since: float, needed: float) -> float | None:
    """Return the first minute with an arrival, when so many came from that of `since` on."""
    begin, first, total = int(since) // MINUTE_S * MINUTE_S, None, 0
    for part in parts:
        for kept in (part.recent, part.pending):
            for minute, counts in kept.items():
                if minute >= begin and counts.arrivals:
                    total += counts.arrivals
                    first = minute if first is None else min(first, minute)
    return None if first is None or total < needed else float(first)
