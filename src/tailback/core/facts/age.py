"""How old the oldest unfinished job of a lane is, by hooks and probe together."""

from dataclasses import dataclass
from itertools import islice

from tailback.core.facts.sight import Sight
from tailback.core.facts.unknown import latest, older
from tailback.core.ledger.job import LOST, RETRYING_DUE, SCHEDULED_DUE, WAITING, Job
from tailback.core.ledger.slices import Slice
from tailback.core.model import OldestSource, QueueReading
from tailback.core.rollups import MINUTE_S

LOOK_AT = 2_000
READY_SAMPLE = 200
LATEST_DEAD = 100
# Clocks of workers and broker differ by less than this.
CLOCKS_S = 2.0


@dataclass(frozen=True, slots=True)
class Dues:
    """First dues of unfinished jobs: up to three that are there, of all the oldest.

    `first` is the oldest of each job type, None where it has no job; `vanished` counts jobs that
    the broker no longer holds.
    """

    oldest: list[float]
    first: list[float | None]
    vanished: int
    last_known: float | None


def dues_of(sight: Sight) -> Dues:
    """Return the oldest first dues that the ledger knows of a lane."""
    due: list[float] = []
    vanished = 0
    dues = [part.oldest_dues(3) for part in sight.parts]
    for part, oldest in zip(sight.parts, dues, strict=True):
        mine, gone = _there(sight, part, oldest)
        due += mine
        vanished += gone
    first = [next(iter(oldest), None) for oldest in dues]
    last_known = min((one for one in first if one is not None), default=None)
    last_known = older(last_known, _reading_due(sight, sight.old_reading))
    return Dues(sorted(one for one in due if one <= sight.now)[:3], first, vanished, last_known)


def _there(sight: Sight, part: Slice, oldest: list[float]) -> tuple[list[float], int]:
    readings = sight.readings
    if readings is None or readings.before is None or readings.latest is None:
        return oldest, 0
    looked_at = part.oldest(LOOK_AT)
    there = [job for job in looked_at if not readings.gone(job)]
    return [job.first_due for job in there[:3]], len(looked_at) - len(there)


def oldest_of(sight: Sight, due: float | None) -> tuple[float | None, OldestSource | None, bool]:
    """Return the oldest due, who says so, and whether it is known at all.

    `due` is the oldest that the ledger knows.
    """
    sees_enqueues = sight.lane.pinged or any(part.sees_enqueues for part in sight.parts)
    mine = due if sight.hooked else None
    mine_source: OldestSource = "exact" if sees_enqueues else "first_seen"
    theirs = _reading_due(sight, sight.reading)
    known = (sight.hooked and sees_enqueues) or _reading_knows(sight, theirs)
    if theirs is not None and (theirs > sight.now or _ended_since(sight, theirs)):
        theirs = None
    if mine is None and theirs is None:
        return None, None, known
    if theirs is None or (mine is not None and mine <= theirs):
        return mine, mine_source, True
    return theirs, sight.reading.oldest_source if sight.reading else None, True


def _ended_since(sight: Sight, due: float) -> bool:
    """Tell whether the reading's oldest job may well have ended after the reading was taken.

    Some job at least as old ended since then; a job that hooks never saw stays, because in
    the next reading it is older than all that end.
    """
    if sight.reading is None or not sight.hooked:
        return False
    taken_at = sight.reading.taken_at - CLOCKS_S
    return any(_ended(part, taken_at, due) for part in sight.parts)


def _reading_due(sight: Sight, reading: QueueReading | None) -> float | None:
    if reading is None:
        return None
    if not sight.lane.jobs:
        return reading.oldest_due_at
    dues = [due for job, due in reading.oldest_by_job.items() if job in sight.lane.jobs]
    return min(dues, default=None)


def _reading_knows(sight: Sight, due: float | None) -> bool:
    reading = sight.reading
    if reading is None:
        return False
    # No due at all means "empty" only from a probe that counted everything, or that finds the
    # oldest job wherever it hides and says that nothing waits.
    held = (reading.waiting, reading.running, reading.retrying)
    finds = sight.readings is not None and sight.readings.finds_oldest
    empty = held == (0, 0, 0) or (finds and reading.waiting == 0 and not any(held))
    return due is not None or reading.sees_all or empty


def ready_wait_of(sight: Sight) -> float | None:
    """Return for how many seconds some ready job has waited, of this attempt only."""
    waits = [
        sight.now - (job.ready_at or job.first_due)
        for part in sight.parts
        for job in part.oldest(READY_SAMPLE)
        if job.phase in (WAITING, SCHEDULED_DUE, RETRYING_DUE, LOST)
    ]
    mine = max(0.0, *waits) if sight.hooked and waits else None
    theirs = sight.whole.ready_wait if sight.whole else None
    return latest((mine, theirs))


def longest_running_of(sight: Sight) -> tuple[float | None, str | None]:
    """Return since when the longest running job runs, and its id where hooks know it."""
    jobs = (job for part in sight.parts for job in part.running)
    oldest: Job | None = min(jobs, key=lambda job: job.started_at or 0.0, default=None)
    mine = oldest.started_at if oldest is not None and sight.hooked else None
    theirs = sight.whole.oldest_running_at if sight.whole else None
    if mine is not None and (theirs is None or mine <= theirs):
        return mine, oldest.id if oldest is not None else None
    return theirs, None


def _ended(part: Slice, taken_at: float, due: float) -> bool:
    for job in islice(reversed(part.dead.values()), LATEST_DEAD):
        if job.last_at >= taken_at and abs(job.first_due - due) < CLOCKS_S:
            return True
    if part.last_success_at is None or part.last_success_at < taken_at:
        return False
    minute = int(taken_at) // MINUTE_S * MINUTE_S
    age = part.greatest_age_since(minute)
    # The sketch keeps ages within two per cent.
    return age is not None and 1.03 * age + CLOCKS_S >= taken_at - due
