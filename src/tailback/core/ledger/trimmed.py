"""A history that grew long, cut short: the latest events, and what still tells of the life."""

from collections.abc import Callable, Iterator, Sequence

from tailback.core.ledger.history import (
    DEA,
    ENQ,
    FAI,
    LOS,
    MAX_ATTEMPT,
    RET,
    STA,
    Entry,
    Names,
    pack,
)
from tailback.core.ledger.job import DEAD, Job

OVER_BYTES = 2_048
TO_BYTES = 1_024
KEEPS = 4
# The slice number of a mark. It stands first in a trimmed history, at the moment up to which all
# was seen, and carries what the missing events had counted: failures as `attempt`, losses as
# `error`, and the end of an earlier life as `first`.
MARK = 0xFFFF
FAILED = frozenset({RET, FAI, DEA})


def trim(
    job: Job, entries: Sequence[Entry], names: Names, replay: Callable[[Job, list[Entry]], None]
) -> bytes:
    """Return a shorter history from which `replay` builds the job as it is after all `entries`."""
    entries = [entry for entry in entries if entry.slice_no != MARK]
    cut = _cut([len(pack(entry, names)) for entry in entries])
    missing = entries[:cut]
    told = sorted({entry for entry in _telling(job, missing) if entry is not None})
    kept = [*told, *entries[cut:]]
    floor = job.more.floor if job.more is not None else None
    mark = Entry(entries[cut].at, ENQ, 0, MARK, None, floor, None, 0, None, None, None)
    again = Job(job.id)
    replay(again, [mark, *kept])
    fails = min(max(job.fails - again.fails, 0), MAX_ATTEMPT)
    losses = max(job.losses - again.losses, 0)
    mark = mark._replace(attempt=fails, error=losses)
    return b"".join(pack(entry, names) for entry in (mark, *kept))


def _cut(sizes: list[int]) -> int:
    """Return how many of the first events are left out."""
    size, cut = sum(sizes), 0
    while size > TO_BYTES and cut < len(sizes) - KEEPS:
        size -= sizes[cut]
        cut += 1
    return cut


def _telling(job: Job, entries: list[Entry]) -> Iterator[Entry | None]:
    """Yield the events that told what is still asked of the present life."""
    more = job.more
    if more is not None and more.floor is not None:
        entries = [entry for entry in entries if entry.at > more.floor]
    started, ended = job.started_at, job.ready_at if job.phase >= DEAD else None
    yield next((e for e in entries if e.code == ENQ and e.at == job.enqueued_at), None)
    yield next((e for e in entries if job.first in (e.first, e.at)), None)
    yield next((e for e in entries if e.code == STA and e.at == started), None)
    yield next((e for e in entries if e.code >= LOS and e.at == ended), None)
    latest = entries[::-1]
    yield next((e for e in latest if e.max_attempts), None)
    yield next((e for e in latest if e.code in FAILED), None)
    yield next((e for e in latest if e.error), None)
    if more is not None and more.first_error:
        error = (more.first_error, more.first_error_attempt)
        yield next((e for e in entries if (e.error, e.attempt) == error), None)
