"""The events of a job in memory: kept as bytes, or implied by what the job is."""

from collections.abc import Sequence

from tailback.core.ledger.history import ENQ, STA, Entry, Names, pack, unpack
from tailback.core.ledger.job import NEW, SCHEDULED, SCHEDULED_DUE, WAITING, Job
from tailback.core.ledger.slices import Slice


def events_of(job: Job, names: Names) -> list[Entry]:
    """Return the job's events in their own order."""
    if job.history is not None:
        return list(unpack(job.history, names))
    assert job.slice is not None
    assert job.enqueued_at is not None
    number = job.slice.number
    due = job.ready_at if job.phase in (SCHEDULED, SCHEDULED_DUE) else None
    at = job.enqueued_at
    entries = [Entry(at, ENQ, 0, number, due, None, None, 0, None, job.tenant, None)]
    if job.run is not None:
        started_at, worker, stamped = job.run
        first = at if stamped else None
        start = (started_at, STA, job.attempt, number, None, first, None, 0)
        entries.append(Entry(*start, worker, job.tenant, None))
    return entries


def append(job: Job, entry: Entry, slices: Sequence[Slice], names: Names) -> None:
    """Note the event that comes last, before the job takes it; as bytes only if needed."""
    if job.history is not None:
        job.history += pack(entry, names)
    elif job.phase == NEW:
        plain = entry.code == ENQ and entry.first is None and not entry.attempt
        named = entry.root is not None or entry.worker is not None
        if not plain or named or entry.max_attempts:
            job.history = pack(entry, names)
    else:
        implied = events_of(job, names)
        plain = entry.code == STA and job.phase == WAITING and entry.root is None
        same = slices[entry.slice_no] is job.slice and entry.tenant == job.tenant
        if not plain or not same or entry.first is not None or entry.max_attempts:
            job.history = b"".join(pack(e, names) for e in (*implied, entry))
