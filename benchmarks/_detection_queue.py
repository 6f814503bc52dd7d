"""One queue, its workers and what can happen to them: a seeded simulation that writes wire events.

A `Queue` says what is usual, each `Change` what is different for a while. Jobs are taken in the
order in which they became ready, one per worker; nothing here knows how anything is judged.
"""

import heapq
import math
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
OFFICE = (
    0.1, 0.07, 0.05, 0.05, 0.05, 0.1, 0.2, 0.5, 0.8, 1.0, 1.0, 0.95,
    0.85, 0.95, 1.0, 1.0, 0.95, 0.85, 0.75, 0.65, 0.55, 0.4, 0.3, 0.2,
)  # fmt: skip
PROBE_EVERY_S = 30.0
STEADY = (1.0,) * 24
EXPONENTIAL = tuple(10.0 * 3**attempt for attempt in range(6))
MINUTELY = (60.0,) * 5
THRICE = (180.0,) * 3
PATIENT = tuple(30.0 + attempt**4 for attempt in range(12))
NEVER: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A job type: its share of the arrivals, and how long a run takes (lognormal)."""

    name: str
    share: float
    mean_s: float
    spread: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Jobs that come at once: every day at `at_s` of it, or once at a moment with `once`."""

    at_s: float
    jobs: int
    mean_s: float
    kind: int = 0
    account: str | None = None
    spread_s: float = 30.0
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What differs from `start` to `end` (seconds since the begin of the recording).

    `arrivals` and `stretch` multiply how much comes and how long a run takes; `ramp` lets the
    stretch grow from 1. `workers` is how many are left, `kills` lets the others take their jobs
    with them. Attempts fail with `error` by `chance`, all or those of `kind` or `account`, after
    `error_after_s`; the error `crash` is a worker that dies, `discard` a job thrown away, `hang`
    an attempt that ends with the change, `redeliver` one that the broker takes back and gives out
    anew. `per_minute` attempts pass a rate limit. `only_first` jobs are hit. `asleep`: workers
    take nothing. `frozen`: nothing that runs ends. `loses`: what waits at the start is gone
    without a word. `astray` is where jobs are put by mistake. Of `untold` attempts nobody reports
    anything. With `kind`, `arrivals` are those of one job type.
    """

    start: float
    end: float
    arrivals: float = 1.0
    stretch: float = 1.0
    ramp: bool = False
    workers: int | None = None
    kills: bool = False
    asleep: bool = False
    frozen: bool = False
    error: str | None = None
    error_after_s: float = 0.3
    chance: float = 1.0
    kind: int | None = None
    account: str | None = None
    only_first: int | None = None
    per_minute: int | None = None
    loses: bool = False
    astray: str | None = None
    untold: float = 0.0

    def holds(self, at: float) -> bool:
        return self.start <= at < self.end

    def hits(self, kind: int, account: str) -> bool:
        return self.kind in (None, kind) and self.account in (None, account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What is usual: jobs a minute at the busiest hour, and how the day goes."""

    name: str
    per_minute: float
    workers: int
    promise_s: float
    kinds: tuple[Kind, ...]
    backoff: tuple[float, ...] = EXPONENTIAL
    weekend: float = 0.5
    shape: tuple[float, ...] = OFFICE
    growth: float = 0.0
    batches: tuple[Batch, ...] = ()
    blips: float = 0.004
    delay_s: float = 0.0
    probed: bool = False
    probed_only: bool = False


ERRORS: dict[str, tuple[str, str, int | None]] = {
    "template": ("jinja2.exceptions.UndefinedError", "'customer' has no attribute 'name'", None),
    "code": ("AttributeError", "'Order' object has no attribute 'total_cents'", None),
    "forbidden": ("requests.exceptions.HTTPError", "403 Client Error: Forbidden for url: https://api.crm.example/v2/contacts/{n}", 403),
    "limit": ("requests.exceptions.HTTPError", "429 Client Error: Too Many Requests for url: https://api.search.example/v1/{n}", 429),
    "reset": ("ConnectionResetError", "[Errno 104] Connection reset by peer", None),
    "timeout": ("requests.exceptions.ReadTimeout", "HTTPSConnectionPool(host='api.mail.example', port=443): Read timed out. (read timeout=10)", None),
    "certificate": ("ssl.SSLCertVerificationError", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)", None),
    "pool": ("sqlalchemy.exc.TimeoutError", "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00", None),
    "lock": ("psycopg.errors.LockNotAvailable", "canceling statement due to lock timeout", None),
    "disk": ("OSError", "[Errno 28] No space left on device: '/tmp/export-{n}.csv'", None),
    "credentials": ("smtplib.SMTPAuthenticationError", "(535, b'5.7.8 Username and Password not accepted')", None),
    "dns": ("requests.exceptions.ConnectionError", "HTTPSConnectionPool(host='api.mail.example', port=443): Max retries exceeded (Caused by NameResolutionError(\"Failed to resolve 'api.mail.example' ([Errno -3] Temporary failure in name resolution)\"))", None),
    "renamed": ("NameError", "uninitialized constant SendReceiptWorker", None),
    "schema": ("psycopg.errors.UndefinedColumn", "column orders.total_cents does not exist", None),
    "deadlock": ("psycopg.errors.DeadlockDetected", "deadlock detected", None),
    "token": ("stripe.AuthenticationError", "Invalid API Key provided: sk_live_********", 401),
    "unavailable": ("requests.exceptions.HTTPError", "503 Server Error: Service Unavailable for url: https://api.pay.example/v1/charges/{n}", 503),
}  # fmt: skip


@dataclass(slots=True)
class Job:
    """One job; `ended` is when it succeeded, `gone` that it never will."""

    number: int
    due: float
    kind: int
    account: str
    run_s: float
    attempts: int = 0
    ended: float = math.inf
    gone: bool = False
    blip: bool = False
    told: bool = True
    running: object = None


@dataclass(slots=True)
class Run:
    """A simulation of `days` days; after `events` was read to its end, `jobs` says what became."""

    queue: Queue
    changes: tuple[Change, ...]
    days: int
    seed: str
    weekday: int = 0
    jobs: list[Job] = field(default_factory=list)
    _heap: list[tuple[float, int, str, Any]] = field(default_factory=list)
    _ready: deque[Job] = field(default_factory=deque)
    _running: dict[int, Job] = field(default_factory=dict)
    _open: deque[Job] = field(default_factory=deque)
    _retrying: int = 0
    _done: int = 0
    _order: int = 0
    _poison: set[int] = field(default_factory=set)
    _passed: dict[int, int] = field(default_factory=dict)
    _random: random.Random = field(default_factory=random.Random)

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield wire events in order of time; `at` counts from the begin."""
        self._random.seed(self.seed)
        self._plan()
        yield self._alive(0.0)
        end = self.days * DAY
        while self._heap and self._heap[0][0] < end:
            now, _order, what, subject = heapq.heappop(self._heap)
            said = [*getattr(self, f"_{what}")(now, subject), *self._take(now)]
            yield from said
            if what == "probe":
                yield self._reading(now)
        # Without a last line a recording would end before work that does not come.
        yield self._alive(end)

    def rate(self, at: float) -> float:
        """Return how many jobs a minute come."""
        hour = at % DAY / HOUR
        here, share = int(hour), hour % 1
        shape = self.queue.shape
        rate = shape[here] * (1 - share) + shape[(here + 1) % 24] * share
        day = int(at // DAY)
        if (day + self.weekday) % 7 >= 5:
            rate *= self.queue.weekend
        for change in self.changes:
            if change.kind is None and change.holds(at):
                rate *= change.arrivals
        return self.queue.per_minute * rate * (1 + self.queue.growth) ** day

    # -- what comes

    def _plan(self) -> None:
        draw, kinds = self._random, self.queue.kinds
        shares = [kind.share for kind in kinds]
        dues: list[tuple[float, int, str | None, float]] = []
        for minute in range(int(self.days * DAY / MINUTE)):
            start = minute * MINUTE
            for _ in range(poisson(draw, self.rate(start))):
                at = start + draw.random() * MINUTE
                kind = draw.choices(range(len(kinds)), shares)[0]
                run_s = _run_s(draw, kinds[kind].mean_s, kinds[kind].spread)
                if not self._never_comes(at, kind):
                    dues.append((at, kind, None, run_s))
        for batch in self.queue.batches:
            starts = (
                [batch.at_s] if batch.once else [d * DAY + batch.at_s for d in range(self.days)]
            )
            for start in starts:
                stopped = any(c.arrivals == 0.0 and c.holds(start) for c in self.changes)
                for _ in range(0 if stopped else batch.jobs):
                    at = start + draw.random() * batch.spread_s
                    dues.append((at, batch.kind, batch.account, _run_s(draw, batch.mean_s, 0.4)))
        for number, (at, kind, account, run_s) in enumerate(sorted(dues, key=lambda due: due[0])):
            whose = account or f"acct_{min(int(draw.paretovariate(1.2) * 2), 40)}"
            blip = draw.random() < self.queue.blips
            job = Job(number, at + self.queue.delay_s, kind, whose, run_s, blip=blip)
            self.jobs.append(job)
            self._open.append(job)
            self._at(at, "arrive", job)
        for change in self.changes:
            self._at(change.start, "turn", change)
            self._at(change.end, "turn", change)
        if self.queue.probed or self.queue.probed_only:
            for number in range(int(self.days * DAY / PROBE_EVERY_S)):
                self._at(number * PROBE_EVERY_S, "probe", None)

    def _never_comes(self, at: float, kind: int) -> bool:
        mine = [c for c in self.changes if c.kind == kind and c.arrivals < 1.0 and c.holds(at)]
        return any(self._random.random() >= change.arrivals for change in mine)

    def _at(self, at: float, what: str, subject: Any) -> None:
        self._order += 1
        heapq.heappush(self._heap, (at, self._order, what, subject))

    def _arrive(self, now: float, job: Job) -> Iterator[dict[str, Any]]:
        later = {"due_at": job.due} if self.queue.delay_s else {}
        elsewhere = [change.astray for change in self._active(now) if change.astray is not None]
        if elsewhere:
            yield self._event("enqueued", now, job) | {"queue": elsewhere[0]}
            return
        yield self._event("enqueued", now, job, **later)
        if later:
            self._at(job.due, "become_ready", job)
        else:
            self._ready.append(job)

    def _become_ready(self, _now: float, job: Job) -> Iterator[dict[str, Any]]:
        self._retrying -= job.attempts > 0
        self._ready.append(job)
        return iter(())

    # -- what a probe sees

    def _probe(self, _now: float, _nothing: None) -> Iterator[dict[str, Any]]:
        return iter(())

    def _reading(self, now: float) -> dict[str, Any]:
        while self._open and (self._open[0].gone or self._open[0].ended <= now):
            self._open.popleft()
        arrived = bool(self._open) and self._open[0].due <= now
        return {
            "kind": "reading",
            "at": now,
            "queue": self.queue.name,
            "waiting": len(self._ready),
            "running": len(self._running),
            "retrying": self._retrying,
            "oldest_due_at": self._open[0].due if arrived else None,
            "oldest_source": "exact" if arrived else None,
            "workers": self._workers(now),
            "done_counter": self._done,
        }

    # -- workers

    def _active(self, now: float) -> list[Change]:
        return [change for change in self.changes if change.holds(now)]

    def _workers(self, now: float) -> int:
        left = [c.workers for c in self._active(now) if c.workers is not None]
        return min(left, default=self.queue.workers)

    def _alive(self, now: float) -> dict[str, Any]:
        return {
            "kind": "workers",
            "at": now,
            "queue": self.queue.name,
            "alive": self._workers(now),
        }

    def _turn(self, now: float, change: Change) -> Iterator[dict[str, Any]]:
        if change.workers is not None:
            yield self._alive(now)
        if change.kills and now == change.start:
            for job in list(self._running.values())[self._workers(now) :]:
                yield from self._lose(now, job)
        if change.loses and now == change.start:
            for job in self._ready:
                job.gone = True
            self._ready.clear()

    def _lose(self, now: float, job: Job) -> Iterator[dict[str, Any]]:
        del self._running[job.number]
        job.running = None
        yield self._event("lost", now, job, attempt=job.attempts)
        self._retrying += 1
        self._at(now + 5.0, "become_ready", job)

    def _take(self, now: float) -> Iterator[dict[str, Any]]:
        active = self._active(now)
        if any(change.asleep for change in active):
            return
        while self._ready and len(self._running) < self._workers(now):
            job = self._ready.popleft()
            job.attempts += 1
            job.running = attempt = object()
            self._running[job.number] = job
            job.told = not any(c.untold and self._random.random() < c.untold for c in active)
            error, run_s = self._outcome(now, job, active)
            if job.told:
                yield self._event("started", now, job, attempt=job.attempts)
            self._at(now + run_s, "finish", (job, attempt, error, now))

    def _outcome(self, now: float, job: Job, active: list[Change]) -> tuple[str | None, float]:
        """Return the error of an attempt that begins now, None if it ends well, and its seconds."""
        run_s, error = job.run_s, None
        for change in active:
            if not change.hits(job.kind, job.account):
                continue
            grown = (now - change.start) / (change.end - change.start) if change.ramp else 1.0
            run_s *= 1.0 + (change.stretch - 1.0) * grown
            if change.error is not None and self._is_hit(now, change, job):
                error = change.error
                run_s = change.end - now if error == "hang" else change.error_after_s
        if error is None and job.blip and job.attempts == 1:
            return "reset", min(run_s, 1.0)
        return error, run_s

    def _is_hit(self, now: float, change: Change, job: Job) -> bool:
        if change.per_minute is not None:
            minute = int(now // MINUTE)
            self._passed[minute] = self._passed.get(minute, 0) + 1
            return self._passed[minute] > change.per_minute
        if change.only_first is not None:
            if job.attempts == 1 and len(self._poison) < change.only_first:
                self._poison.add(job.number)
            return job.number in self._poison
        return self._random.random() < change.chance

    def _finish(self, now: float, ended: Any) -> Iterator[dict[str, Any]]:
        job, attempt, error, began = ended
        if job.running is not attempt:
            return
        frozen = [change.end for change in self._active(now) if change.frozen]
        if frozen:
            self._at(max(frozen) + self._random.random(), "finish", ended)
            return
        if error == "crash":
            yield from self._lose(now, job)
            return
        said = list(self._ended(now, job, error, began))
        yield from said if job.told else ()

    def _ended(
        self, now: float, job: Job, error: str | None, began: float
    ) -> Iterator[dict[str, Any]]:
        del self._running[job.number]
        job.running = None
        about = {"attempt": job.attempts, "ran_for": round(now - began, 3)}
        backoff = self.queue.backoff
        if error is None or error == "hang":
            job.ended = now
            self._done += 1
            yield self._event("succeeded", now, job, **about)
        elif error == "redeliver":
            self._ready.append(job)
        elif error == "discard":
            job.gone = True
            yield self._event("discarded", now, job, why="unknown task")
        elif job.attempts > len(backoff) and error != "limit":
            job.gone = True
            yield self._event("dead", now, job, error=_error(error, job), **about)
        else:
            wait = 60.0 if error == "limit" else backoff[job.attempts - 1]
            due = now + wait * (0.9 + 0.2 * self._random.random())
            about |= {"due_at": due, "error": _error(error, job)}
            yield self._event("retrying", now, job, **about)
            self._retrying += 1
            self._at(due, "become_ready", job)

    def _event(self, kind: str, at: float, job: Job, **more: Any) -> dict[str, Any]:
        queue = self.queue
        return {
            "kind": kind,
            "at": at,
            "id": f"{queue.name}-{job.number}",
            "queue": queue.name,
            "job": queue.kinds[job.kind].name,
            "tenant": job.account,
            **more,
        }


def _error(name: str, job: Job) -> dict[str, Any]:
    type_, message, status = ERRORS[name]
    return {"type": type_, "message": message.format(n=job.number % 97), "status": status}


def _run_s(draw: random.Random, mean_s: float, spread: float) -> float:
    sigma = math.sqrt(math.log(1.0 + spread**2))
    return draw.lognormvariate(math.log(mean_s) - sigma**2 / 2, sigma)


def poisson(draw: random.Random, mean: float) -> int:
    # Waiting times between arrivals, summed until the minute is over.
    count, left = 0, mean - draw.expovariate(1.0)
    while left > 0.0:
        count += 1
        left -= draw.expovariate(1.0)
    return count
