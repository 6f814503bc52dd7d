"""From what Redis answered to one reading of one RQ queue; pure, no I/O and no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tailback.core.model import QueueReading
from tailback.systems.rq.keys import OPEN, JobTimes, sane_time, text

# A job that was enqueued this much later than it was created had been scheduled or requeued by
# hand; what lies below is the time between building a job and sending it.
BUILT_AHEAD_S = 5.0
# A busy worker reports every 30 s and is given 60 s more; an idle one only every 7 minutes.
BUSY_SILENCE_S = 90.0
CARRIED = 20
MAX_REMEMBERED = 20_000


@dataclass(slots=True, kw_only=True)
class Raw:
    """The first round of answers about one queue; ids in the order of Redis."""

    queue: str
    waiting_count: int
    waiting: list[str]
    handover: list[str]
    running_count: int
    abandoned: int
    running: list[str]
    scheduled_count: int
    overdue: int
    scheduled: dict[str, float]
    dead: int
    deferred: int
    scheduler_alive: bool
    worker_count: int
    worker_keys: list[str]
    held_back: list[str] = field(default_factory=list)

    def ready(self) -> set[str]:
        """Return the sampled ids that wait for a worker."""
        return {*self.waiting, *self.handover}

    def ids(self) -> list[str]:
        """Return every sampled id once."""
        all_of_them = (self.waiting, self.handover, self.running, self.scheduled, self.held_back)
        return list(dict.fromkeys(job for part in all_of_them for job in part))


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What one worker's hash tells."""

    key: str
    birth: str
    beat_at: float | None
    busy: bool
    queues: int
    gone: bool
    succeeded: int

    def alive(self, now: float) -> bool:
        """Whether it may be alive: RQ itself cannot say more for up to 8 minutes."""
        if self.gone or self.beat_at is None:
            return False
        return not self.busy or now - self.beat_at <= BUSY_SILENCE_S


@dataclass(slots=True)
class Memory:
    """What a probe keeps between two readings, so that a job on the move is never overlooked.

    `oldest` are the oldest unfinished ids of each queue. `delayed` are first due times that RQ
    forgets when it promotes a scheduled job, with whether an attempt was seen since.
    """

    oldest: dict[str, list[str]] = field(default_factory=dict)
    delayed: dict[str, tuple[float, bool]] = field(default_factory=dict)
    done: dict[str, dict[str, int]] = field(default_factory=dict)
    done_total: dict[str, int] = field(default_factory=dict)

    def remember(self, job: str, due: float, *, attempted: bool) -> None:
        """Keep a due time, newest last, and forget the oldest above the limit."""
        self.delayed.pop(job, None)
        self.delayed[job] = (due, attempted)
        while len(self.delayed) > MAX_REMEMBERED:
            del self.delayed[next(iter(self.delayed))]


def first_due(job: str, times: JobTimes, score: float | None, memory: Memory) -> float | None:
    """Return when `job` was first due; `score` is its place in the schedule when it stands there.

    `created_at` survives retries, but counts a delayed job from the moment it was scheduled and a
    requeued or repeated one from its earlier life.
    """
    known = memory.delayed.get(job)
    if times.repeats:
        return score if score is not None else times.enqueued_at or times.created_at
    if times.attempted:
        if known:
            memory.remember(job, known[0], attempted=True)
        return known[0] if known else times.stamped or times.created_at
    due = _before_any_attempt(times, score, known)
    if due is not None and due != times.created_at:
        memory.remember(job, due, attempted=False)
    return due


def _before_any_attempt(
    times: JobTimes, score: float | None, known: tuple[float, bool] | None
) -> float | None:
    if score is not None:
        return score
    # Attempted before and now no more: somebody requeued it by hand, a new life begins.
    if known and not known[1]:
        return known[0]
    created, enqueued = times.created_at, times.enqueued_at
    if created is None or enqueued is None or times.held_back:
        return created
    return enqueued if enqueued - created > BUILT_AHEAD_S else created


@dataclass(slots=True)
class _Found:
    """What the sampled jobs of one queue add up to."""

    due: dict[str, float] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    retrying: int = 0
    running_at: list[float] = field(default_factory=list)
    ready_at: list[float] = field(default_factory=list)

    def by_name(self) -> dict[str, float]:
        """Return the oldest due time of every job type met."""
        oldest: dict[str, float] = {}
        for job, due in self.due.items():
            name = self.names.get(job)
            if name is not None:
                oldest[name] = min(due, oldest.get(name, due))
        return oldest


def _add_up(raw: Raw, jobs: Mapping[str, JobTimes], memory: Memory, now: float) -> _Found:
    found = _Found()
    ready, running = raw.ready(), set(raw.running)
    placed = ready | running | raw.scheduled.keys() | set(raw.held_back)
    for job, times in jobs.items():
        score = sane_time(raw.scheduled[job], now) if job in raw.scheduled else None
        # A job that stands nowhere is between two places, or lost in a worker's hands.
        if job not in placed and (times.status not in OPEN or times.origin != raw.queue):
            continue
        due = first_due(job, times, score, memory)
        if score is not None and times.attempted and not times.repeats:
            found.retrying += 1
        if due is not None and due <= now:
            found.due[job] = due
        if times.name is not None:
            found.names[job] = times.name
        if job in running and times.started_at is not None:
            found.running_at.append(times.started_at)
        if job in ready and times.enqueued_at is not None:
            found.ready_at.append(times.enqueued_at)
    return found


def make_reading(
    *,
    source: str,
    raw: Raw,
    jobs: Mapping[str, JobTimes],
    workers: Sequence[Worker],
    memory: Memory,
    taken_at: float,
    broker_now: float,
    paused: bool,
    server_notes: Sequence[str] = (),
) -> QueueReading:
    """Add everything up; `jobs` are the sampled ids and those remembered from the last time.

    `server_notes` are about the whole server.
    """
    drills = {job for job, times in jobs.items() if times.drill}
    found = _add_up(
        raw,
        {job: times for job, times in jobs.items() if job not in drills},
        memory,
        broker_now,
    )
    memory.oldest[raw.queue] = sorted(found.due, key=found.due.__getitem__)[:CARRIED]
    oldest = min(found.due.values(), default=None)
    complete = len(raw.ids()) >= raw.waiting_count + raw.running_count + raw.scheduled_count
    all_scheduled_seen = len(raw.scheduled) >= raw.scheduled_count
    alive = [worker for worker in workers if worker.alive(broker_now)]
    return QueueReading(
        source=source,
        queue=raw.queue,
        taken_at=taken_at,
        broker_now=broker_now,
        waiting=raw.waiting_count + len(raw.handover) - len(drills.intersection(raw.ready())),
        oldest_due_at=oldest,
        oldest_source=None if oldest is None else "exact" if complete else "sample",
        ready_wait=_since(found.ready_at, broker_now),
        running=raw.running_count - raw.abandoned - len(drills.intersection(raw.running)),
        oldest_running_at=min(found.running_at, default=None),
        retrying=found.retrying if all_scheduled_seen else None,
        scheduled=raw.scheduled_count - found.retrying if all_scheduled_seen else None,
        overdue_scheduled=raw.overdue,
        dead=raw.dead,
        workers=len(alive) if raw.worker_count <= len(workers) else raw.worker_count,
        paused=paused,
        scheduler_alive=raw.scheduler_alive,
        done_counter=_done(raw.queue, alive, memory),
        notes=(*server_notes, *_notes(raw, found)),
        oldest_by_job=found.by_name(),
        # A worker of several queues holds a job for a moment that no list shows.
        sees_all=complete and not raw.deferred and all(worker.queues == 1 for worker in alive),
    )


def _since(times: Iterable[float], now: float) -> float | None:
    first = min(times, default=None)
    return None if first is None else max(0.0, now - first)


def _notes(raw: Raw, found: _Found) -> tuple[str, ...]:
    counted = {
        "abandoned": raw.abandoned,
        "deferred": raw.deferred,
        "scheduled-or-retrying": 0
        if len(raw.scheduled) >= raw.scheduled_count
        else raw.scheduled_count,
        "nowhere": len(found.due.keys() - set(raw.ids())),
    }
    return tuple(f"{name}={number}" for name, number in counted.items() if number)


def _done(queue: str, alive: Sequence[Worker], memory: Memory) -> int | None:
    """Return how many jobs the workers of this queue finished since the probe was opened.

    RQ counts per worker, for all its queues together and only while it lives: None when a worker
    serves other queues as well, or has just left with an unknown count.
    """
    before, now = memory.done.get(queue, {}), {}
    for worker in alive:
        identity = f"{worker.key} {worker.birth}"
        now[identity] = worker.succeeded
        # A worker born since the last reading did all of its work since then.
        start = before.get(identity, 0 if queue in memory.done else worker.succeeded)
        memory.done_total[queue] = memory.done_total.get(queue, 0) + max(
            0, worker.succeeded - start
        )
    left = before.keys() - now.keys()
    memory.done[queue] = now
    if left or any(worker.queues != 1 for worker in alive):
        return None
    return memory.done_total.get(queue, 0)


def as_texts(values: Iterable[bytes | str]) -> list[str]:
    """Return Redis members as text."""
    return [text(value) or "" for value in values]
