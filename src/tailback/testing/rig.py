"""What a job system brings to its contract test: the means to enqueue, run, kill and look."""

import itertools
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from tailback.core.system import Probe, System
from tailback.testing.collector import Collector
from tailback.testing.processes import Process, Producer
from tailback.testing.work import Journal, Work

NAMES = itertools.count(1)


class Traffic(Protocol):
    """What a broker or database received while a probe looked: see `redis_guard`."""

    calls: int
    writes: list[str]


@dataclass(frozen=True, slots=True)
class Enqueued:
    """One enqueued job: `at` is the true first enqueue, `due` the first moment it could run."""

    id: str
    at: float
    due: float


class Rig(Protocol):
    """One job system, freshly empty, for one test; `close` ends everything it started."""

    system: System
    collector: Collector
    journal: Journal

    def work(self, **fields: Any) -> Work:
        """Describe a job that no other test has."""
        ...

    def enqueue(self, work: Work, *, hook: bool = False) -> Enqueued:
        """Enqueue through the job system's own client, in a producer with or without the hook."""
        ...

    def start_worker(
        self, *, queues: Sequence[str] = ("emails",), hook: bool = False, **environment: str
    ) -> Process:
        """Start one real worker; more `environment` overrides."""
        ...

    def probe(self) -> Probe:
        """Open the probe, with an account that may only read where the broker has accounts."""
        ...

    def guard(self) -> AbstractContextManager[Traffic]:
        """Record, on the side of the server, what arrives from everybody."""
        ...

    def fill(self, queue: str, count: int) -> None:
        """Put `count` waiting jobs into `queue` as fast as the broker takes them."""
        ...

    def naive_length(self, queue: str) -> int:
        """Return the number that every other monitor shows: the length of the ready list."""
        ...

    def outcome(self, enqueued: Enqueued) -> Any:
        """Return what the job system keeps: `["value", v]`, `["error", text]`, or None."""
        ...

    def close(self) -> None:
        """End workers and producers, close the collector."""
        ...


class ProcessRig:
    """The half of a rig that is the same everywhere: processes, journal, collector.

    `app` is an importable test application with `enqueue(plan) -> id` and `outcome(id)`; it finds
    its broker through `environment`. What a subclass opens it registers in `started`, which also
    ends what a failed test left running: use a rig in a `with` statement. Subclasses add
    `worker_command`, `probe`, `guard`, `fill` and `naive_length`.
    """

    def __init__(
        self, system: System, app: str, environment: Mapping[str, str], folder: Path
    ) -> None:
        self.system = system
        self.app = app
        self.folder = folder
        self.environment = dict(environment)
        self.collector = Collector(source="shop")
        self.journal = Journal(folder)
        # Ends everything, last started first, even when one of them makes trouble.
        self.started = ExitStack()
        self.started.callback(self.collector.close)
        self._workers = 0
        self._producers: dict[bool, Producer] = {}

    def worker_command(self, queues: Sequence[str]) -> Sequence[str]:
        """Return `MODULE[:FUNCTION]` and its arguments, for `tailback.testing.launch`."""
        raise NotImplementedError

    def work(self, **fields: Any) -> Work:
        return Work(key=f"job{next(NAMES)}", journal=str(self.folder), **fields)

    def enqueue(self, work: Work, *, hook: bool = False) -> Enqueued:
        answer = self._producer(hook=hook).call("enqueue", work.plan())
        return Enqueued(answer["answer"], answer["at"], answer["at"] + (work.delay_s or 0.0))

    def outcome(self, enqueued: Enqueued) -> Any:
        return self._producer(hook=False).call("outcome", enqueued.id)["answer"]

    def start_worker(
        self, *, queues: Sequence[str] = ("emails",), hook: bool = False, **environment: str
    ) -> Process:
        plain = [sys.executable, "-m", "tailback.testing.launch", *self.worker_command(queues)]
        # Without a line of code in the application, as the docs tell everybody to begin.
        command = [sys.executable, "-m", "tailback", "run", *plain] if hook else plain
        log = self.folder / f"worker-{self._workers}.log"
        process = Process(command, {**self._environment(hook=hook), **environment}, log)
        self._workers += 1
        self.started.callback(process.close)
        return process

    def _producer(self, *, hook: bool) -> Producer:
        if hook not in self._producers:
            log = self.folder / f"producer-{hook}.log"
            producer = Producer(self.app, self._environment(hook=hook), log)
            self.started.callback(producer.close)
            self._producers[hook] = producer
        return self._producers[hook]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.started.close()

    def _environment(self, *, hook: bool) -> dict[str, str]:
        path = os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH", "")]))
        plain = {**self.environment, "PYTHONPATH": path, "TAILBACK_DSN": ""}
        return {**plain, "TAILBACK_DSN": self.collector.dsn} if hook else plain


def now() -> float:
    """Return the clock that journals and brokers of this machine share."""
    return time.time()
