"""What the hook says about a Huey job, and what it remembers between two of Huey's signals."""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tailback import agent, clock
from tailback.core.drill import JOB
from tailback.systems.huey.drill import name_of
from tailback.systems.huey.peek import peek

Told = dict[str, Any]
PROMOTED = "_tailback_promoted"
SLOTS = "_tailback_slots"
MAX_REMEMBERED = 10_000
# Signals after which Huey may still retry: what is told waits for the end of the attempt.
UNDECIDED = {
    "canceled": "discarded",
    "locked": "discarded",
    "timeout": "dead",
    "rate-limited": "dead",
}


class State(threading.local):
    """The attempt that this thread (or greenlet) runs, and where in Huey it is."""

    task: Any = None
    started: float | None = None
    requeues = False
    scheduled = False
    dequeues = False
    failure: dict[str, object] | None = None
    undecided: Told | None = None

    @contextmanager
    def requeueing(self) -> Iterator[None]:
        """What is enqueued or scheduled inside is another attempt, not a new job."""
        self.requeues, self.scheduled = True, False
        try:
            yield
        finally:
            self.requeues = False

    @contextmanager
    def dequeueing(self) -> Iterator[None]:
        """A message that cannot be read inside is lost, and not only looked at."""
        self.dequeues = True
        try:
            yield
        finally:
            self.dequeues = False


STATE = State()
# Attempts seen and first jobs of chains, of this process; Huey's messages have no room for them.
_attempts: dict[str, int] = {}
_roots: dict[str, str] = {}
# How many attempts there can be matters once one failed; most events are shorter without it.
_PLAIN = ("enqueued", "started", "succeeded")


@agent.guarded
def signalled(huey: Any, signal: str, task: Any, args: Sequence[Any]) -> None:
    """Turn one of Huey's signals into an event."""
    teller = _TELLERS.get(str(signal))
    if teller is not None:
        teller(huey, task, args)
    elif str(signal) in UNDECIDED:
        _undecided(huey, str(signal), task)


def _enqueued(huey: Any, task: Any, _: Sequence[Any]) -> None:
    # The scheduler enqueues what was known long before, and a retry is no new job.
    if STATE.requeues or task.__dict__.pop(PROMOTED, False):
        return
    _link(task)
    _say(
        {
            **_of(huey, task),
            "kind": "enqueued",
            "due_at": _unix(huey, task.eta),
            "tenant": agent.tenant_of(_function(task), task.args, _plain_kwargs(task)),
            "priority": task.priority,
        }
    )


def _scheduled(huey: Any, task: Any, _: Sequence[Any]) -> None:
    """A worker took a delayed job from the line and laid it aside until it is due."""
    if STATE.requeues:
        STATE.scheduled = True
        return
    _say({**_of(huey, task), "kind": "enqueued", "due_at": _unix(huey, task.eta)})


def _executing(huey: Any, task: Any, _: Sequence[Any]) -> None:
    agent.running(task.id)
    attempt = _attempt_number(task)
    if attempt is not None:
        _keep(_attempts, task.id, attempt)
    _say({**_attempt(huey, task), "kind": "started"})


def _complete(huey: Any, task: Any, _: Sequence[Any]) -> None:
    _say({**_attempt(huey, task), "kind": "succeeded", "ran_for": _ran_for()})


def _error(huey: Any, task: Any, args: Sequence[Any]) -> None:
    error = args[0] if args else sys.exc_info()[1]
    STATE.failure = agent.describe_error(error) if error is not None else None
    if not task.retries:
        _say(
            {**_attempt(huey, task), "kind": "dead", "error": STATE.failure, "ran_for": _ran_for()}
        )


def _interrupted(huey: Any, task: Any, _: Sequence[Any]) -> None:
    _say({**_attempt(huey, task), "kind": "lost"})


def _given_up(why: str) -> Callable[[Any, Any, Sequence[Any]], None]:
    def discard(huey: Any, task: Any, _: Sequence[Any]) -> None:
        _say({**_of(huey, task), "kind": "discarded", "why": why})

    return discard


def _undecided(huey: Any, signal: str, task: Any) -> None:
    error = sys.exc_info()[1]
    kind = UNDECIDED[signal]
    STATE.failure = agent.describe_error(error) if error is not None else None
    STATE.undecided = {**_attempt(huey, task), "kind": kind, "at": clock.now()}
    if kind == "dead":
        STATE.undecided |= {"error": STATE.failure, "ran_for": _ran_for()}
    else:
        STATE.undecided["why"] = signal


_TELLERS: dict[str, Callable[[Any, Any, Sequence[Any]], None]] = {
    "enqueued": _enqueued,
    "scheduled": _scheduled,
    "executing": _executing,
    "complete": _complete,
    "error": _error,
    "interrupted": _interrupted,
    "revoked": _given_up("revoked"),
    "expired": _given_up("expired"),
}


@agent.guarded
def promoted(tasks: Sequence[Any]) -> None:
    """Mark what the scheduler is about to enqueue again."""
    for task in tasks:
        task.__dict__[PROMOTED] = True


@agent.guarded
def unreadable(huey: Any, data: Any, error: Exception) -> None:
    """Report a job that the worker took and cannot run: a task unknown to it."""
    message = peek(bytes(data)) if STATE.dequeues else None
    if message is None:
        return
    _say(
        {
            "kind": "discarded",
            "id": message.id,
            "queue": queue_of(huey),
            "job": message.name,
            "worker": _worker(),
            "error": agent.describe_error(error),
            "why": "unknown task",
        }
    )


@agent.guarded
def enter(task: Any) -> Told:
    """Begin an attempt, and return what ran around it: a task may run another in its thread."""
    outer = dict(STATE.__dict__)
    STATE.task, STATE.started = task, clock.monotonic()
    STATE.failure = STATE.undecided = None
    return outer


@agent.guarded
def leave(task: Any, outer: Told | None) -> None:
    """End an attempt: tell what only now is decided."""
    told = STATE.undecided
    STATE.__dict__.clear()
    STATE.__dict__.update(outer or {})
    agent.finished(task.id)
    if told is not None:
        _say(told)


@agent.guarded
def retrying(huey: Any, task: Any) -> Told:
    """Return what to tell of an attempt that Huey will repeat, before it counts it."""
    STATE.undecided = None
    fields = {"error": STATE.failure, "ran_for": _ran_for(), "at": clock.now()}
    return {**_attempt(huey, task), "kind": "retrying", **fields}


@agent.guarded
def retried(huey: Any, task: Any, told: Told | None, *, scheduled: bool) -> None:
    """Report a retry with the time at which it comes."""
    if told is not None:
        due = _unix(huey, task.eta) if scheduled else None
        _say({**told, "due_at": due if due is not None else told["at"]})


@agent.guarded
def equipped(consumer: Any) -> None:
    """Note how many jobs one process of this consumer runs at once."""
    alone = getattr(consumer, "worker_type", "thread") == "process"
    consumer.huey.__dict__[SLOTS] = 1 if alone else consumer.workers


@agent.guarded
def born(huey: Any) -> None:
    """Announce this process: once per worker, with the same words for all of its threads."""
    agent.worker(_worker(), [queue_of(huey)], huey.__dict__.get(SLOTS))


def _link(task: Any) -> None:
    """Join the next step of a pipeline to the first."""
    parent = STATE.task
    if parent is None:
        return
    if parent.on_complete is task:
        _keep(_roots, task.id, _roots.get(parent.id, parent.id))
    chord = parent.chord_config
    if chord is not None and chord.callback is task:
        _keep(_roots, task.id, _roots.get(parent.id, parent.id))


def _of(huey: Any, task: Any) -> Told:
    """Return the fields that every event of the job carries."""
    return {
        "id": task.id,
        "queue": queue_of(huey),
        "job": name_of(task),
        "root": _roots.get(task.id),
    }


def _attempt(huey: Any, task: Any) -> Told:
    number = _attempts.get(task.id)
    most = None if number is None else number + task.retries
    return {**_of(huey, task), "attempt": number, "max_attempts": most, "worker": _worker()}


def _attempt_number(task: Any) -> int | None:
    """Return the number of this attempt: Huey only counts what is left.

    Counted from the retries its decorator gave, else from what this process saw; None for a job
    with retries of its own that had attempts elsewhere.
    """
    if task.id in _attempts:
        return _attempts[task.id] + 1
    given: int = type(task).default_retries
    return given - task.retries + 1 if 0 <= task.retries <= given else None


def _keep(memory: dict[str, Any], job: str, value: Any) -> None:
    memory[job] = value
    while len(memory) > MAX_REMEMBERED:
        memory.pop(next(iter(list(memory))), None)


def _plain_kwargs(task: Any) -> dict[str, Any]:
    return {name: value for name, value in task.kwargs.items() if value is not task}


def _function(task: Any) -> Any:
    """Return the function that the task's class was made of, to find arguments by position."""
    execute = type(task).execute
    names = getattr(getattr(execute, "__code__", None), "co_freevars", ())
    if "func" not in names:
        return type(task).__name__
    return execute.__closure__[names.index("func")].cell_contents


def queue_of(huey: Any) -> str:
    """Return the name under which the queue stands in its storage; Redis's is cleaned."""
    return str(getattr(huey.storage, "name", None) or huey.name)


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _ran_for() -> float | None:
    return None if STATE.started is None else max(0.0, clock.monotonic() - STATE.started)


def _unix(huey: Any, eta: datetime | None) -> float | None:
    """Return Unix seconds of an eta that Huey keeps in UTC or in local time, without a zone."""
    if eta is None:
        return None
    return (eta.replace(tzinfo=UTC) if huey.utc and eta.tzinfo is None else eta).timestamp()


def _say(told: Told) -> None:
    told = {name: value for name, value in told.items() if value is not None}
    if told["job"] == JOB:
        told["drill"] = True
    if told["kind"] in _PLAIN:
        told.pop("max_attempts", None)
    told.setdefault("at", clock.now())
    agent.emit(**told)
