"""Who is working: beats of workers, and the jobs that died with one."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tailback.core.events import WorkerBeat
from tailback.core.ledger.job import Job

BEATS_MISSED = 3
EVERY_S = 15.0
MAX_WORKERS = 20_000
MAX_RUNNING = 500_000
FORGET_S = 86_400.0


class Worker:
    """One worker: when it was heard, and what its latest beats said was running."""

    __slots__ = ("beats", "every_s", "heard_at", "id", "queues", "slots")

    def __init__(self, id: str) -> None:  # noqa: A002
        self.id = id
        self.queues: tuple[str, ...] = ()
        self.slots: int | None = None
        self.every_s = EVERY_S
        self.heard_at = 0.0
        # None: the worker cannot tell what it runs.
        self.beats: deque[tuple[float, frozenset[str] | None]] = deque(maxlen=BEATS_MISSED)

    @property
    def held(self) -> int:
        """Return how many ids of jobs its beats hold."""
        return sum(len(ids) for _at, ids in self.beats if ids)

    @property
    def running(self) -> frozenset[str] | None:
        """Return the jobs that its latest beat named; None when it cannot tell."""
        return self.beats[-1][1] if self.beats else None

    def silent_after(self) -> float:
        """Return when the worker counts as silent, Unix seconds."""
        return self.heard_at + BEATS_MISSED * self.every_s

    def dropped(self, job: Job) -> bool:
        """Return whether the latest three beats, all after its start, did not name the job."""
        started_at = job.started_at
        if started_at is None or len(self.beats) < BEATS_MISSED:
            return False
        return all(
            ids is not None and at > started_at and job.id not in ids for at, ids in self.beats
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkersView:
    """The workers of one queue; `alive` is None when no worker was ever announced.

    Only then `elsewhere` counts those alive that are known to listen to other queues. `busy` is
    how many jobs those alive run, of whatever queue; None when one of them cannot tell.
    """

    alive: int | None
    slots: int | None
    silent_since: float | None
    elsewhere: int = 0
    busy: int | None = None


class Workers:
    """The workers of one source."""

    __slots__ = ("by_id", "held", "listening_since", "scripted")

    def __init__(self) -> None:
        # Silence before this moment proves nothing: nobody listened.
        self.listening_since = 0.0
        self.by_id: dict[str, Worker] = {}
        # How many ids of running jobs the beats hold; beyond `MAX_RUNNING` a beat counts as one
        # that cannot tell what runs.
        self.held = 0
        self.scripted: dict[str, tuple[float, int]] = {}

    def beat(self, beats: Iterable[WorkerBeat], received_at: float) -> None:
        """Take beats as received at a moment of the server's clock."""
        for beat in beats:
            worker = self.by_id.get(beat.id)
            if worker is None:
                if len(self.by_id) >= MAX_WORKERS:
                    self._forget(received_at)
                worker = self.by_id[beat.id] = Worker(beat.id)
            if received_at < worker.heard_at:
                continue
            worker.heard_at = received_at
            worker.queues = tuple(beat.queues or ())
            worker.slots = beat.slots
            worker.every_s = beat.every_s or EVERY_S
            self.held -= worker.held
            ids = None if beat.running is None else frozenset(beat.running)
            if ids and self.held + worker.held + len(ids) > MAX_RUNNING:
                ids = None
            worker.beats.append((received_at, ids))
            self.held += worker.held

    def _forget(self, now: float) -> None:
        oldest = min(self.by_id.values(), key=lambda worker: worker.heard_at)
        silent = [w for w in self.by_id.values() if now - w.heard_at > FORGET_S]
        for worker in silent or [oldest]:
            self.held -= self.by_id.pop(worker.id).held

    def lost(self, running: Iterable[Job], now: float, listening_since: float) -> Iterator[Job]:
        """Yield the running jobs that died with their worker or were dropped by it.

        Silence before `listening_since` proves nothing: nobody listened.
        """
        for job in running:
            worker = self.by_id.get(job.worker) if job.worker is not None else None
            if worker is None:
                continue
            quiet_for = BEATS_MISSED * worker.every_s
            if now - max(worker.heard_at, listening_since) > quiet_for or worker.dropped(job):
                yield job

    def view(self, queue: str, now: float) -> WorkersView:
        """Return who works on a queue now; scripted numbers count until a worker beats.

        For three beats after a restart of the server it is not known who still lives.
        """
        mine = [worker for worker in self.by_id.values() if queue in worker.queues]
        if not mine:
            scripted = self.scripted.get(queue)
            if scripted is None:
                others = [one for one in self.by_id.values() if now <= one.silent_after()]
                elsewhere = len(others) if all(one.queues for one in others) else 0
                return WorkersView(alive=None, slots=None, silent_since=None, elsewhere=elsewhere)
            at, count = scripted
            return WorkersView(alive=count, slots=None, silent_since=None if count else at)
        since = self.listening_since
        for worker in mine:
            if worker.heard_at < since and now <= since + BEATS_MISSED * worker.every_s:
                return WorkersView(alive=None, slots=None, silent_since=None)
        alive = [worker for worker in mine if now <= worker.silent_after()]
        known = [worker.slots for worker in alive if worker.slots is not None]
        running = [ids for worker in alive if (ids := worker.running) is not None]
        return WorkersView(
            alive=len(alive),
            slots=sum(known) if len(known) == len(alive) else None,
            silent_since=None if alive else max(worker.heard_at for worker in mine),
            busy=sum(map(len, running)) if len(running) == len(alive) else None,
        )
