"""All jobs of one source: takes events in any order and keeps every index right."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from tailback.core.events import FIELDS, Event
from tailback.core.ledger.finished import Finished
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
from tailback.core.ledger.indexed import Indexed
from tailback.core.ledger.job import (
    DEAD,
    NEW,
    RETRYING,
    RETRYING_DUE,
    RUNNING,
    SCHEDULED,
    SCHEDULED_DUE,
    WAITING,
    Job,
)
from tailback.core.ledger.life import Life
from tailback.core.ledger.shared import Shared, SliceBook
from tailback.core.ledger.slices import SecondIndex, Slice
from tailback.core.ledger.tally import Counter, Silent
from tailback.core.ledger.trimmed import MARK, OVER_BYTES, trim
from tailback.core.ledger.vanished import Readings
from tailback.core.ledger.workers import Workers

MAX_DEAD = 100_000
MAX_DRILLS = 1_000
MAX_DRILL_EVENTS = 50
REPEATED = 2
FOLD_OVER = 32_768
FOLD_AFTER_S = 30.0
SHARED_SECONDS = 4_096
TELL_TENANTS = frozenset({ENQ, RET, FAI, LOS, DEA})


class Desk:
    """The jobs of one source."""

    def __init__(self, source: str, shared: Shared, slices: SliceBook, redelivers: bool) -> None:
        self.source = source
        self.shared = shared
        self.book = slices
        self.queues = slices.queues(source)
        self.seconds: dict[int, int] = {}
        # An unfinished or dead job, or the history of one that ended.
        self.jobs: dict[str, Any] = {}
        self.finished = Finished()
        self.workers = Workers()
        self.counter = Counter(shared.slices, shared.errors)
        self.life = Life(shared.slices, self.counter, redelivers)
        self.silent = Life(shared.slices, Silent(), redelivers)
        self.coming = SecondIndex()
        self.fresh = Fresh(source, self.jobs, self.finished, slices, self._enter)
        self.indexed = Indexed(self.jobs, self.finished, shared.names)
        self.steps: dict[str, tuple[float | None, set[str]]] = {}
        self.drills: dict[str, list[Event]] = {}
        # Ids of dead jobs, in the order in which it was learned of them.
        self.dead: dict[str, None] = {}
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
        for told in self.fresh.fold((self.steps, self.drills)):
            for event in told:
                held = self.jobs.get(event.id)
                if event.drill or event.id in self.drills:
                    self._drill(event)
                elif held.__class__ is not Job or not self.indexed.take(held, event):
                    self._take(event)
        if len(self.dead) > MAX_DEAD:
            self._unlist(list(islice(self.dead, len(self.dead) - MAX_DEAD)))

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
        self._detach(job)
        self._append(job, entry)
        self.life.step(job, entry)
        if job.history is not None and len(job.history) > OVER_BYTES:
            job.history = trim(job, self.history_of(job), self.shared.names, self._replay_silently)
        self._attach(job)

    def _append(self, job: Job, entry: Entry) -> None:
        names = self.shared.names
        if job.history is not None:
            job.history += pack(entry, names)
        elif job.phase == NEW:
            plain = entry.code == ENQ and entry.first is None and not entry.attempt
            named = entry.root is not None or entry.worker is not None
            if not plain or named or entry.max_attempts:
                job.history = pack(entry, names)
        else:
            implied = self.history_of(job)
            plain = entry.code == STA and job.phase == WAITING and entry.root is None
            same = self.shared.slices[entry.slice_no] is job.slice and entry.tenant == job.tenant
            if not plain or not same or entry.first is not None or entry.max_attempts:
                job.history = b"".join(pack(e, names) for e in (*implied, entry))

    def history_of(self, job: Job) -> list[Entry]:
        """Return the job's events in their own order."""
        if job.history is not None:
            return list(unpack(job.history, self.shared.names))
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

    def _insert(self, job: Job, entries: list[Entry], entry: Entry) -> None:
        """Take an event that comes earlier in the job's own time than some already taken."""
        mark = entries[0] if entries and entries[0].slice_no == MARK else None
        key = entry.key
        known = any(key == other[:3] for other in entries)
        if known or (mark is not None and entry.at <= mark.at):
            return
        self._detach(job)
        self.counter.weight = -1
        self._replay(Job(job.id), entries, self.life)
        self.counter.weight = 1
        body = sorted([*entries[mark is not None :], entry])
        entries = [mark, *body] if mark is not None else body
        fresh = Job(job.id)
        self._replay(fresh, entries, self.life)
        fresh.history = b"".join(pack(e, self.shared.names) for e in entries)
        self._attach(fresh)

    def _replay(self, job: Job, entries: Sequence[Entry], life: Life) -> None:
        for entry in entries:
            if entry.slice_no == MARK:
                more = job.extra
                more.fails, more.losses, more.floor = entry.attempt, entry.error, entry.first
            else:
                life.step(job, entry)

    def _replay_silently(self, job: Job, entries: Sequence[Entry]) -> None:
        self._replay(job, entries, self.silent)

    # -- indexes

    def _detach(self, job: Job) -> None:
        part = job.slice
        if part is None or self.jobs.get(job.id) is not job:
            return
        if job.phase == DEAD:
            del part.dead[job.id], self.dead[job.id]
        else:
            self._leave(job, part)
        reason = self.failing_reason(job)
        if reason is not None:
            part.works_again(reason, job)
        if job.more is not None and job.more.root is not None:
            self._forget_step(job.more.root, job.id)

    def _leave(self, job: Job, part: Slice) -> None:
        part.phases[job.phase] -= 1
        second = int(job.first_due)
        part.open.remove(second, job)
        if part.lates:
            part.uncount_late(second, job.tenant)
        if job.phase == RUNNING:
            del part.running[job]
        elif job.phase in (SCHEDULED, RETRYING):
            self.coming.remove(int(job.ready_at or 0), job)

    def _attach(self, job: Job) -> None:
        part = job.slice
        assert part is not None
        if job.phase > DEAD:
            self._end(job)
            self._root_known(job)
            return
        self.jobs[job.id] = job
        if job.more is not None and job.more.root is not None:
            self._join_root(job)
        if job.phase == DEAD:
            part.dead[job.id] = job
            self.dead[job.id] = None
        else:
            self._enter(job, part)
        reason = self.failing_reason(job)
        if reason is not None:
            part.fails(reason, job)
        self._root_known(job)

    def _end(self, job: Job) -> None:
        history = self.jobs[job.id] = job.history or b""
        self.finished.add((job.id,), (history,))

    def _second(self, at: float) -> int:
        # Many slices hold jobs of the same second: one number for all of them.
        second = int(at)
        if len(self.seconds) > SHARED_SECONDS:
            self.seconds.clear()
        return self.seconds.setdefault(second, second)

    def _enter(self, job: Job, part: Slice) -> None:
        part.phases[job.phase] += 1
        second = self._second(job.first_due)
        part.open.add(second, job)
        if part.lates:
            part.count_late(second, job.tenant)
        if job.phase == RUNNING:
            part.running[job] = None
            if job.more is not None and job.fails:
                self._note_retry(job, part)
        elif job.phase in (SCHEDULED, RETRYING):
            self.coming.add(int(job.ready_at or 0), job)

    def failing_reason(self, job: Job) -> str | None:
        """Return why a job fails again and again, or died; None when it does neither."""
        if job.phase != DEAD and job.fails < REPEATED:
            return None
        error = job.more.first_error if job.more is not None else 0
        return self.shared.errors.reasons[error]

    def _note_retry(self, job: Job, part: Slice) -> None:
        error = job.more.first_error if job.more is not None else 0
        stat = part.reasons.get(self.shared.errors.reasons[error])
        if stat is not None and job.started_at is not None:
            stat.last_retry_at = max(job.started_at, stat.last_retry_at or 0.0)

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
                self._detach(job)
                self._end(job)
                done += 1
        return done

    def put(self, job: Job) -> None:
        """Put back a job as a checkpoint kept it."""
        self.jobs[job.id] = job
        self._attach(job)

    def put_waiting(self, rows: Iterable[tuple[str, Slice, float, str | None]]) -> None:
        """Put back jobs of which only the enqueue is known: id, slice, when, tenant.

        To be called before any reader moved along, so that no job is late to anybody yet.
        """
        jobs = self.jobs
        shared: dict[int, int] = {}
        for id, part, at, tenant in rows:  # noqa: A001
            job = jobs[id] = Job(id, part, at, tenant)
            part.phases[WAITING] += 1
            number = int(at)
            second = shared.setdefault(number, number)
            seconds = part.open.seconds
            if second in seconds:
                part.open.add(second, job)
            else:
                seconds[second] = job
        for part in self.book.of_source(self.source):
            part.open.put_in_order()

    # -- roots

    def _join_root(self, job: Job) -> None:
        more = job.extra
        root = more.root or ""
        due, ids = self.steps.get(root, (None, set()))
        if due is None:
            due = self._due_of(root)
        if due is None:
            due = more.root_due
        ids.add(job.id)
        self.steps[root] = (due, ids)
        more.root_due = due

    def _forget_step(self, root: str, id: str) -> None:  # noqa: A002
        ids = self.steps[root][1]
        ids.remove(id)
        if not ids:
            del self.steps[root]

    def _due_of(self, id: str) -> float | None:  # noqa: A002
        job = self.find(id)
        return None if job is None else job.due

    def _root_known(self, job: Job) -> None:
        held = self.steps.get(job.id)
        if held is None or held[0] == job.due:
            return
        self.steps[job.id] = (job.due, held[1])
        for id in held[1]:  # noqa: A001
            self._age_step(self.jobs[id], job.due)

    def _age_step(self, step: Job, due: float) -> None:
        part = step.slice
        assert part is not None
        if step.phase == DEAD:
            step.extra.root_due = due
            return
        self._leave(step, part)
        step.extra.root_due = due
        self._enter(step, part)

    # -- time

    def promote(self, now: float) -> None:
        """Let scheduled and retrying jobs whose moment has come be due."""
        self.fold()
        while (second := self.coming.first()) is not None and second <= now:
            for job in list(self.coming.at(second)):
                if (job.ready_at or 0.0) <= now:
                    self._promote(second, job)
            if self.coming.first() == second:
                return

    def _promote(self, second: int, job: Job) -> None:
        self.coming.remove(second, job)
        phases = job.slice.phases if job.slice is not None else [0] * 8
        phases[job.phase] -= 1
        job.phase = SCHEDULED_DUE if job.phase == SCHEDULED else RETRYING_DUE
        phases[job.phase] += 1

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
        self._detach(job)
        del self.jobs[id]
        self.counter.weight = -1
        self._replay(Job(id), entries, self.life)
        self.counter.weight = 1
