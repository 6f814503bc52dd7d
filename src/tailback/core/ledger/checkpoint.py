"""A ledger as bytes, and back: what a restart begins with before it reads the rest of the log."""

import struct
import zlib
from collections.abc import Callable
from typing import Any

from tailback.core.events import Event
from tailback.core.ledger.columns import Reader, Writer
from tailback.core.ledger.desk import Desk
from tailback.core.ledger.failing import ReasonStat
from tailback.core.ledger.job import WAITING, Job, More
from tailback.core.ledger.shared import Shared, SliceBook
from tailback.core.ledger.slices import Slice
from tailback.core.ledger.vanished import Readings
from tailback.core.ledger.workers import Worker, Workers
from tailback.core.rollups import COUNTS, Minute, PastMinute
from tailback.core.sketch import DistinctSketch, DurationSketch

MAGIC = b"tailback-ledger-2\n"
_NUMBERS = ("phase", "attempt")
_MORE = tuple(name for name in More.__slots__ if name != "failures")
_TIMES = ("enqueued_at", "first", "due", "ready_at", "last_at", "started_at")


class CheckpointError(ValueError):
    """The bytes are no checkpoint of this version; build the ledger from the log instead."""


def write(shared: Shared, book: SliceBook, desks: dict[str, Desk]) -> bytes:
    """Return the state of a ledger as bytes."""
    out = Writer()
    out.plain([shared.errors.state(), shared.names.texts, book.overflowed])
    out.plain([part.key for part in shared.slices])
    for part in shared.slices:
        _write_slice(out, part)
    out.plain(list(desks))
    for desk in desks.values():
        _write_desk(out, desk)
    return MAGIC + out.done()


def read(blob: bytes, shared: Shared, book: SliceBook, desks: Callable[[str], Desk]) -> None:
    """Fill an empty ledger; raises `CheckpointError` when the bytes cannot be understood."""
    if not blob.startswith(MAGIC):
        raise CheckpointError("these bytes are no checkpoint of this version of the ledger")
    try:
        _read(Reader(blob, len(MAGIC)), shared, book, desks)
    except (struct.error, zlib.error, IndexError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"the checkpoint is damaged ({error})") from error


def _read(source: Reader, shared: Shared, book: SliceBook, desks: Callable[[str], Desk]) -> None:
    errors, names, book.overflowed = source.plain()
    shared.errors.restore(errors)
    for name in names[1:]:
        shared.names.number(name)
    for key in source.plain():
        book.add(*key)
    for part in shared.slices:
        _read_slice(source, part)
        if part.pending or part.pending_reasons:
            shared.touched.add(part)
    for name in source.plain():
        _read_desk(source, desks(name))


# -- slices


def _write_slice(out: Writer, part: Slice) -> None:
    reasons = [
        [key, s.first_error, s.last_error, s.first_error_at, s.last_at, s.last_retry_at,
         list(s.minutes.items()), list(s.recovered.items())]
        for key, s in part.reasons.items()
    ]  # fmt: skip
    waiting = [[minute, key, count] for (minute, key), count in part.pending_reasons.items()]
    unlisted = [part.unlisted, part.unlisted_at]
    out.plain([part.last_success_at, part.sees_enqueues, unlisted, reasons, waiting])
    past = part.recent
    out.plain([[m.greatest_age, m.oldest_age_s] for m in past.values()])
    out.numbers("q", [n for at, m in past.items() for n in (at, *map(m.__getattribute__, COUNTS))])
    # Usually everything is delivered before a checkpoint is written.
    pending = part.pending
    out.plain([[at, m.counts, m.oldest_age_s] for at, m in pending.items()])
    out.blobs([sketch.encode() for m in pending.values() for sketch in _sketches(m)])


def _sketches(minute: Minute) -> tuple[DurationSketch | DistinctSketch, ...]:
    return (minute.run, minute.ready_wait, minute.age, minute.tenants)


def _read_slice(source: Reader, part: Slice) -> None:
    part.last_success_at, part.sees_enqueues, unlisted, reasons, waiting = source.plain()
    part.unlisted, part.unlisted_at = unlisted
    for key, first, last, first_at, last_at, retry_at, counts, recovered in reasons:
        stat = part.reasons[key] = ReasonStat()
        stat.first_error, stat.last_error, stat.first_error_at = first, last, first_at
        stat.last_at, stat.last_retry_at = last_at, retry_at
        stat.minutes, stat.recovered = dict(counts), dict(recovered)
    part.pending_reasons = {(minute, key): count for minute, key, count in waiting}
    ages, numbers = source.plain(), source.numbers("q")
    width = 1 + len(COUNTS)
    for index, (greatest, oldest) in enumerate(ages):
        at, *counted = numbers[index * width : (index + 1) * width]
        past = part.recent[at] = PastMinute()
        for name, count in zip(COUNTS, counted, strict=True):
            setattr(past, name, count)
        past.greatest_age, past.oldest_age_s = greatest, oldest
    pending, blobs = source.plain(), iter(source.blobs())
    for at, counted, oldest in pending:
        minute = part.pending[at] = Minute.of(counted, oldest)
        minute.run = DurationSketch.decode(next(blobs))
        minute.ready_wait = DurationSketch.decode(next(blobs))
        minute.age = DurationSketch.decode(next(blobs))
        minute.tenants = DistinctSketch.decode(next(blobs))


# -- sources


def _write_desk(out: Writer, desk: Desk) -> None:
    jobs = [job for job in desk.jobs.values() if isinstance(job, Job)]
    plain = [job for job in jobs if _is_plain(job)]
    full = [job for job in jobs if not _is_plain(job)]
    names = desk.shared.names
    out.plain([desk.heard_at, desk.beats_at, _workers_of(desk.workers), _readings_of(desk)])
    out.plain([[id_, [e.as_dict() for e in events]] for id_, events in desk.drills.items()])
    _write_finished(out, desk)
    out.texts([job.id for job in plain])
    out.numbers("H", [_number(job) for job in plain])
    out.times([job.last_at for job in plain])
    out.numbers("I", [names.number(job.tenant) for job in plain])
    out.texts([job.id for job in full])
    out.numbers("H", [_number(job) for job in full])
    for name in _NUMBERS:
        out.numbers("i", [getattr(job, name) for job in full])
    for name in _TIMES:
        out.times([getattr(job, name) for job in full])
    out.numbers("?", [job.run is not None and job.run[2] for job in full])
    out.numbers("I", [names.number(job.tenant) for job in full])
    out.numbers("I", [names.number(job.worker) for job in full])
    out.numbers("?", [job.history is not None for job in full])
    out.blobs([job.history or b"" for job in full])
    out.plain([None if job.more is None else _more_of(job.more) for job in full])


def _more_of(more: More) -> list[Any]:
    return [list(more.failures.items()), *(getattr(more, name) for name in _MORE)]


def _is_plain(job: Job) -> bool:
    return (
        job.phase == WAITING
        and job.history is None
        and job.more is None
        and job.due == job.last_at == job.enqueued_at == job.ready_at
    )


def _number(job: Job) -> int:
    return job.slice.number if job.slice is not None else 0


def _read_desk(source: Reader, desk: Desk) -> None:
    desk.heard_at, desk.beats_at, workers, readings = source.plain()
    _read_workers(desk.workers, workers)
    for queue, before, latest, taken_at in readings:
        kept = desk.readings[queue] = Readings()
        kept.before, kept.latest, kept.taken_at = before, latest, taken_at
    for id, events in source.plain():  # noqa: A001
        desk.drills[id] = [Event(**event) for event in events]
    _read_finished(source, desk)
    _read_plain(source, desk)
    _read_full(source, desk)


def _read_plain(source: Reader, desk: Desk) -> None:
    names, slices = desk.shared.names.texts, desk.shared.slices
    ids, numbers, times = source.texts(), source.numbers("H"), source.numbers("d")
    parts = map(slices.__getitem__, numbers)
    tenants = map(names.__getitem__, source.numbers("I"))
    desk.index.put_waiting(zip(ids, parts, times, tenants, strict=True))


def _read_full(source: Reader, desk: Desk) -> None:
    names, slices = desk.shared.names.texts, desk.shared.slices
    jobs = [Job(id_) for id_ in source.texts()]
    for job, number in zip(jobs, source.numbers("H"), strict=True):
        job.slice = slices[number]
    for name in _NUMBERS:
        for job, value in zip(jobs, source.numbers("i"), strict=True):
            setattr(job, name, value)
    for name in _TIMES[:-1]:
        for job, time in zip(jobs, source.times(), strict=True):
            # Most times of a job are the same moment: keep one float of it.
            setattr(job, name, job.enqueued_at if time == job.enqueued_at else time)
    started = source.times()
    rest = (source.numbers("?"), source.numbers("I"), source.numbers("I"), source.numbers("?"))
    for job, at, stamped, tenant, worker, has, history, more in zip(
        jobs, started, *rest, source.blobs(), source.plain(), strict=True
    ):
        job.tenant = names[tenant]
        job.run = None if at is None else (at, names[worker], stamped)
        job.history = history if has else None
        if more is not None:
            failures, *values = more
            job.extra.failures = dict(failures)
            for name, value in zip(_MORE, values, strict=True):
                setattr(job.extra, name, value)
        desk.index.attach(job)


def _write_finished(out: Writer, desk: Desk) -> None:
    finished = desk.finished
    kept = [
        (id_, history)
        for id_, history in zip(finished.ids, finished.histories, strict=True)
        if desk.jobs.get(id_) is history
    ]
    # What was forgotten early moves the marks by as many.
    out.plain([[at, max(0, count - finished.passed)] for at, count in finished.marks])
    out.texts([id_ for id_, _ in kept])
    out.blobs([history for _, history in kept])


def _read_finished(source: Reader, desk: Desk) -> None:
    desk.finished.marks.extend((at, count) for at, count in source.plain())
    ids, histories = source.texts(), source.blobs()
    desk.jobs.update(zip(ids, histories, strict=True))
    desk.finished.add(ids, histories)
    desk.finished.take_new()  # whoever keeps the ended jobs was told before the checkpoint


def _workers_of(workers: Workers) -> list[Any]:
    known = [
        [w.id, list(w.queues), w.slots, w.every_s, w.heard_at,
         [[at, None if ids is None else sorted(ids)] for at, ids in w.beats]]
        for w in workers.by_id.values()
    ]  # fmt: skip
    return [known, list(workers.scripted.items())]


def _read_workers(workers: Workers, said: list[Any]) -> None:
    known, scripted = said
    for id, queues, slots, every_s, heard_at, beats in known:  # noqa: A001
        worker = workers.by_id[id] = Worker(id)
        worker.queues, worker.slots = tuple(queues), slots
        worker.every_s, worker.heard_at = every_s, heard_at
        for at, ids in beats:
            worker.beats.append((at, None if ids is None else frozenset(ids)))
        workers.held += worker.held
    workers.scripted = {queue: (at, alive) for queue, (at, alive) in scripted}


def _readings_of(desk: Desk) -> list[Any]:
    return [[queue, r.before, r.latest, r.taken_at] for queue, r in desk.readings.items()]
