"""What is to be kept of a job that ended: the ledger itself forgets it after a day."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from tailback.core.ledger.history import STA, Entry, Names, unpack, unpack_course
from tailback.core.ledger.job import DONE, PHASE_WORDS, Job
from tailback.core.ledger.slices import Slice
from tailback.core.ledger.trimmed import MARK
from tailback.core.rollups import SliceKey


class EndedJob(NamedTuple):
    """One life of a job that ended; times are Unix seconds, errors are numbers (0 is none).

    `steps` are all of its events, None when it was just enqueued, started once and succeeded.
    """

    id: str
    state: str
    key: SliceKey
    tenant: str | None
    worker: str | None
    first_at: float | None
    due_at: float
    started_at: float | None
    ended_at: float
    ran: float | None
    attempt: int
    fails: int
    losses: int
    first_error: int
    last_error: int
    steps: Sequence[Entry] | None


def ended_job(
    id: str,  # noqa: A002
    history: bytes,
    slices: Sequence[Slice],
    names: Names,
    rebuilt: Callable[[str, bytes], Job],
) -> EndedJob:
    """Return what a history tells; `rebuilt` replays one that is not plain."""
    course = unpack_course(history)
    if course is not None:
        at = course.enqueued_at
        return EndedJob(
            id, PHASE_WORDS[DONE], slices[course.number].key, names.texts[course.tenant],
            names.texts[course.worker], at, at, course.started_at, course.at, course.ran,
            course.attempt, 0, 0, 0, 0, None,
        )  # fmt: skip
    job = rebuilt(id, history)
    more = job.more
    steps = [entry for entry in unpack(history, names) if entry.slice_no != MARK]
    starts = [entry for entry in steps if entry.code == STA]
    last = starts[-1] if starts else None
    return EndedJob(
        id, PHASE_WORDS[job.phase], job.slice.key if job.slice else SliceKey("", "", ""),
        job.tenant, last.worker if last else None, job.first if job.known else None,
        job.first_due, last.at if last else None, job.ready_at or job.last_at, steps[-1].ran,
        job.attempt, job.fails, job.losses, more.first_error if more else 0,
        more.last_error if more else 0, steps,
    )  # fmt: skip
