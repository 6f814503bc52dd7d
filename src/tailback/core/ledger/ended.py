"""What is to be kept of a job that ended: the ledger itself forgets it after a day."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from tailback.core.ledger.history import STA, Entry, Names, is_course, unpack, unpack_courses
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


Row = tuple[Any, ...]
"""The fields of an `EndedJob`: nearly a million of them are made a minute under load."""

ENDED_AT = EndedJob._fields.index("ended_at")


def ended_rows(
    jobs: Iterable[tuple[str, bytes]],
    slices: Sequence[Slice],
    names: Names,
    rebuilt: Callable[[str, bytes], Job],
) -> list[Row]:
    """Return what ids and histories tell, in no order; `rebuilt` replays what is not plain."""
    plain: list[tuple[str, bytes]] = []
    found: list[Row] = []
    for id_, history in jobs:
        if is_course(history):
            plain.append((id_, history))
        else:
            found.append(_ended_job(rebuilt(id_, history), history, names))
    if plain:
        ids, histories = zip(*plain, strict=True)
        found += _just_ran(ids, histories, slices, names)
    return found


def _just_ran(
    ids: Sequence[str], histories: Sequence[bytes], slices: Sequence[Slice], names: Names
) -> Iterator[Row]:
    # A column per field, as nearly all jobs are of this kind.
    _, attempts, numbers, workers, tenants, enqueued, started, ended, ran = zip(
        *unpack_courses(histories), strict=True
    )
    keys = [part.key for part in slices]
    text = names.texts.__getitem__
    nothing, never, state = repeat(0), repeat(None), repeat(PHASE_WORDS[DONE])
    return zip(
        ids, state, map(keys.__getitem__, numbers), map(text, tenants), map(text, workers),
        enqueued, enqueued, started, ended, ran, attempts,
        nothing, nothing, nothing, nothing, never,
        strict=False,  # what repeats never ends
    )  # fmt: skip


def _ended_job(job: Job, history: bytes, names: Names) -> EndedJob:
    more = job.more
    steps = [entry for entry in unpack(history, names) if entry.slice_no != MARK]
    starts = [entry for entry in steps if entry.code == STA]
    last = starts[-1] if starts else None
    return EndedJob(
        job.id, PHASE_WORDS[job.phase], job.slice.key if job.slice else SliceKey("", "", ""),
        job.tenant, last.worker if last else None, job.first if job.known else None,
        job.first_due, last.at if last else None, job.ready_at or job.last_at, steps[-1].ran,
        job.attempt, job.fails, job.losses, more.first_error if more else 0,
        more.last_error if more else 0, steps,
    )  # fmt: skip
