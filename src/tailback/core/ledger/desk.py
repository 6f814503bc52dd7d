"""All jobs of one source: takes events in any order and keeps every index right."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from tailback.core.events import FIELDS, Event
from tailback.core.ledger.fresh import Fresh
from tailback.core.ledger.history import (
    CODES,
    DEA,
    ENQ,
    FAI,
    LOS,
    MAX_ATTEMPT,
    RET,
    STA,
    SUC,
    Entry,
    pack,
    unpack,
)
from tailback.core.ledger.index import Index
from tailback.core.ledger.indexed import Indexed
from tailback.core.ledger.job import DEAD, Job
from tailback.core.ledger.life import Life
from tailback.core.ledger.shared import Shared, SliceBook
from tailback.core.ledger.tally import Counter, Silent
from tailback.core.ledger.told import append, events_of
from tailback.core.ledger.trimmed import MARK, OVER_BYTES, trim
from tailback.core.ledger.vanished import Readings
from tailback.core.ledger.workers import Workers

MAX_DEAD = 100_000
MAX_DRILLS = 1_000
MAX_DRILL_EVENTS = 50
FOLD_OVER = 32_768
FOLD_AFTER_S = 30.0
TELL_TENANTS = frozenset({ENQ, RET, FAI, LOS, DEA})


class Desk:
    """The jobs of one source."""

    def __init__(self, source: str, shared: Shared, slices: SliceBook, redelivers: bool) -> None:
        self.source = source
        self.shared = shared
        self.book = slices
        self.queues = slices.queues(source)
        self.index = Index(shared.errors, self.find)
        self.jobs = self.index.jobs
        self.finished = self.index.finished
        self.workers = Workers()
        self.counter = Counter(shared.slices, shared.errors)
        self.life = Life(shared.slices, self.counter, redelivers)
        self.silent = Life(shared.slices, Silent(), redelivers)
        self.fresh = Fresh(source, self.jobs, self.finished, slices, self.index.enter)
        self.indexed = Indexed(self.jobs, self.finished, shared.names)
        self.drills: dict[str, list[Event]] = {}
        self.readings: dict[str, Readings] = {}
        self.heard_at: float | None = None
        self.beats_at: float | None = None

    # -- taking events

    def apply(self, events: Sequence[Any], received_at: float) -> None:
        """Take events in any order; each distinct event counts once."""
        self.heard(received_at)
        fresh = self.fresh
        if fresh.events and received_at - fresh.since > FOLD_AFTER_S:
            self.fold()
        if not fresh.events:
            fresh.since = received_at
        self.finished.forget(self.jobs, received_at)
        fresh.events += events
        if len(fresh.events) > FOLD_OVER:
            self.fold()

    def fold(self) -> None:
        """Take in what is held as mere events, so that everything can be asked."""
        if not self.fresh.events:
            return
        rest = self.fresh.fold((self.index.steps, self.drills))
        rest.reverse()
        try:
            while rest:
                for event in rest.pop():
                    held = self.jobs.get(event.id)
                    if event.drill or event.id in self.drills:
                        self._drill(event)
                    elif held.__class__ is not Job or not self.indexed.take(held, event):
                        self._take(event)
        finally:
            # A job that cannot be taken in is told of by its error, and loses no other job.
            self.fresh.events += [event for told in reversed(rest) for event in told]
        if len(self.index.dead) > MAX_DEAD:
            self._unlist(list(islice(self.index.dead, len(self.index.dead) - MAX_DEAD)))

    def _unlist(self, ids: Sequence[str]) -> None:
        """Let go of dead jobs that are too many, and count them where they were."""
        for id in ids:  # noqa: A001
            part = self.jobs[id].slice
            part.unlisted += 1
            part.unlisted_at = self.heard_at
        self.acknowledge(ids)

    def heard(self, received_at: float) -> None:
        """Note that the source reported something."""
        if self.heard_at is None or received_at > self.heard_at:
            self.heard_at = received_at

    def _take(self, event: Any) -> None:
        """Take any event the thorough way."""
        entry = self._entry(event)
        part = self.shared.slices[entry.slice_no]
        if entry.tenant is not None and entry.code in TELL_TENANTS:
            part.minute_of(entry.at).tenants.add(self.shared.names.tenant(entry.tenant)[1])
        if entry.code == SUC and entry.at > (part.last_success_at or 0.0):
            part.last_success_at = entry.at
        job = self.jobs.get(event.id)
        if job is None:
            self._step(Job(event.id), entry)
        elif isinstance(job, bytes):
            self._take_ended(event.id, job, entry)
        elif entry.at > job.last_at or entry.key > self.history_of(job)[-1][:3]:
            self._step(job, entry)
        else:
            self._insert(job, self.history_of(job), entry)

    def _entry(self, event: Any) -> Entry:
        names = self.shared.names
        queue = event.queue
        code = CODES[event.kind]
        at = float(event.at)
        due, first = event.due_at, event.first_enqueued_at
        return Entry(
            at,
            code,
            min(event.attempt or 0, MAX_ATTEMPT),
            self.book.find(self.queues, self.source, queue, event.job or queue).number,
            float(due) if due is not None and due > at and code in (ENQ, RET) else None,
            float(first) if first is not None and (code != ENQ or first != at) else None,
            event.ran_for,
            self.shared.errors.number(event.error),
            names.shared(event.worker) if code == STA else None,
            names.shared(event.tenant),
            event.root,
            min(event.max_attempts or 0, MAX_ATTEMPT),
        )

    def _take_ended(self, id: str, history: bytes, entry: Entry) -> None:  # noqa: A002
        entries = list(unpack(history, self.shared.names))
        key = entry.key
        if any(key == other[:3] for other in entries):
            return
        job = self.rebuilt(id, history)
        if key > entries[-1][:3]:
            self._step(job, entry)
        else:
            self._insert(job, entries, entry)

    def rebuilt(self, id: str, history: bytes) -> Job:  # noqa: A002
        """Return an ended job as its history tells it; nothing is counted."""
        job = Job(id)
        job.history = history
        self._replay_silently(job, self.history_of(job))
        return job

    def _step(self, job: Job, entry: Entry) -> None:
        """Take the event that comes last in the job's own time."""
        self.index.detach(job)
        append(job, entry, self.shared.slices, self.shared.names)
        self.life.step(job, entry)
        if job.history is not None and len(job.history) > OVER_BYTES:
            job.history = trim(job, self.history_of(job), self.shared.names, self._replay_silently)
        self.index.attach(job)

    def history_of(self, job: Job) -> list[Entry]:
        """Return the job's events in their own order."""
        return events_of(job, self.shared.names)

    def _insert(self, job: Job, entries: list[Entry], entry: Entry) -> None:
        """Take an event that comes earlier in the job's own time than some already taken."""
        mark = entries[0] if entries and entries[0].slice_no == MARK else None
        key = entry.key
        known = any(key == other[:3] for other in entries)
        if known or (mark is not None and entry.at <= mark.at):
            return
        self.index.detach(job)
        self.counter.weight = -1
        self._replay(Job(job.id), entries, self.life)
        self.counter.weight = 1
        body = sorted([*entries[mark is not None :], entry])
        entries = [mark, *body] if mark is not None else body
        fresh = Job(job.id)
        self._replay(fresh, entries, self.life)
        fresh.history = b"".join(pack(e, self.shared.names) for e in entries)
        self.index.attach(fresh)

    def _replay(self, job: Job, entries: Sequence[Entry], life: Life) -> None:
        for entry in entries:
            if entry.slice_no == MARK:
                more = job.extra
                more.fails, more.losses, more.floor = entry.attempt, entry.error, entry.first
            else:
                life.step(job, entry)

    def _replay_silently(self, job: Job, entries: Sequence[Entry]) -> None:
        self._replay(job, entries, self.silent)

    def find(self, id: str) -> Job | None:  # noqa: A002
        """Return a job that is unfinished, dead or lately finished."""
        self.fold()
        held = self.jobs.get(id)
        return self.rebuilt(id, held) if isinstance(held, bytes) else held

    def acknowledge(self, ids: Iterable[str]) -> int:
        """Stop counting dead jobs; returns how many were counted."""
        self.fold()
        done = 0
        for id in ids:  # noqa: A001
            job = self.jobs.get(id)
            if isinstance(job, Job) and job.phase == DEAD:
                self.index.detach(job)
                self.index.end(job)
                done += 1
        return done

    def promote(self, now: float) -> None:
        """Let scheduled and retrying jobs whose moment has come be due."""
        self.fold()
        self.index.promote(now)

    # -- drills

    def _drill(self, event: Any) -> None:
        kept = Event(**{name: getattr(event, name) for name in FIELDS})
        events = self.drills.get(event.id)
        if events is None:
            events = self.drills[event.id] = []
            if len(self.drills) > MAX_DRILLS:
                del self.drills[next(iter(self.drills))]
            self._unlive(event.id)
        if kept not in events and len(events) < MAX_DRILL_EVENTS:
            events.append(kept)
            events.sort(key=lambda one: (one.at, CODES[one.kind]))

    def _unlive(self, id: str) -> None:  # noqa: A002
        """Take back everything a job counted before it was known to be a drill."""
        job = self.find(id)
        if job is None:
            return
        entries = self.history_of(job)
        self.index.detach(job)
        del self.jobs[id]
        self.counter.weight = -1
        self._replay(Job(id), entries, self.life)
        self.counter.weight = 1
