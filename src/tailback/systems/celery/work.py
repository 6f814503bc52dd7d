"""What the hook tells from workers: attempts and their ends, from pool children and the parent.

The pool's children tell what happened inside a task. The parent tells what a child could not:
revoked, expired and unknown tasks, time limits, and children that died.
"""

import os
import socket
import sys
from collections.abc import Iterator
from typing import Any

from tailback import agent, clock
from tailback.core.drill import JOB
from tailback.systems.celery.queues import queue_of
from tailback.systems.celery.retry_error import retried_error
from tailback.systems.celery.runs import RUNS, Run
from tailback.systems.celery.stamp import HEADER, NOT_WORK, stamp_in, time_in

FLUSH_S = 1.0
MAX_ENDED = 2_000
_FINAL = frozenset({"SUCCESS", "IGNORED", "REJECTED"})
_CARRIED = ("tenant", "root", "parent")
_NOTHING: dict[str, Any] = {}
_DRILL = {"drill": True}


class State:
    """What this process knows of itself as a worker; children inherit it from their parent."""

    def __init__(self) -> None:
        self.worker: str | None = None
        self.consumer: Any = None
        self.ended: dict[tuple[str, int], None] = {}
        # Requests that Celery is just declaring failed in the main process, by id.
        self.failing: dict[str, Any] = {}

    def worker_id(self) -> str:
        """Return "host:pid" of the worker's main process."""
        if self.worker is None:
            self.worker = f"{socket.gethostname()}:{os.getpid()}"
        return self.worker

    def ends(self, job: str, attempt: int) -> bool:
        """Return whether this is the first end of an attempt that this process tells.

        Celery itself signals some twice, as a hard time limit.
        """
        if (job, attempt) in self.ended:
            return False
        self.ended[job, attempt] = None
        if len(self.ended) > MAX_ENDED:
            del self.ended[next(iter(self.ended))]
        return True


STATE = State()


# --- attempts, told by whoever runs the task


@agent.guarded
def started(task_id: str, task: Any, **_: Any) -> None:
    """Tell that an attempt begins."""
    request = task.request
    name = task.name
    if request.is_eager or name in NOT_WORK:
        return
    at = clock.now()
    run = Run(at, clock.monotonic(), _queue(task, request), (request.retries or 0) + 1)
    RUNS[task_id] = run
    fields = _fields(task, request, run.attempt)
    if run.attempt > 1:
        fields["first_enqueued_at"] = _first(request)
    agent.emit("started", task_id, run.queue, name, at=at, **fields)


@agent.guarded
def ended(task_id: str, task: Any, state: str | None = None, retval: Any = None, **_: Any) -> None:
    """Tell the ends that carry no error of their own: success, ignored, rejected.

    Says no more than it must, as this and the start are told of every job.
    """
    run = RUNS.pop(task_id, None)
    if run is None or run.goes_on or state not in _FINAL:
        return
    ran_for = clock.monotonic() - run.began
    if state == "REJECTED":
        _rejected(task_id, task, run, retval, ran_for)
        return
    # Ignored means that the task found nothing to do.
    agent.emit(
        "succeeded", task_id, run.queue, task.name, attempt=run.attempt, ran_for=ran_for,
        **(_DRILL if task.name == JOB else _NOTHING),
    )  # fmt: skip


def _rejected(task_id: str, task: Any, run: Run, reject: Any, ran_for: float) -> None:
    reason = getattr(reject, "reason", None)
    error = reason if isinstance(reason, BaseException) else reject
    kind = "retrying" if getattr(reject, "requeue", False) else "dead"
    fields = _fields(task, task.request, run.attempt)
    agent.emit(kind, task_id, run.queue, task.name, error=error, ran_for=ran_for, **fields)


@agent.guarded
def retrying(sender: Any, request: Any, reason: Any = None, **_: Any) -> None:
    """Tell that an attempt failed and another one is on its way."""
    if request.is_eager or sender.name in NOT_WORK:
        return
    now = clock.now()
    fields = _end(sender, request)
    fields["due_at"] = _due(getattr(reason, "when", None), now)
    queue = _queue(sender, request)
    with retried_error(reason) as error:
        agent.emit("retrying", request.id, queue, sender.name, at=now, error=error, **fields)


@agent.guarded
def failed(sender: Any, task_id: str, exception: Any = None, **_: Any) -> None:
    """Tell that an attempt failed; Celery itself will not try again.

    The exception that is being handled is the original, the one given may be a stand-in that
    could be pickled.
    """
    request = sender.request
    if sender.name in NOT_WORK or _name_of(exception) == "Reject":
        return
    held = STATE.failing.get(task_id)
    if held is not None:
        request = held._context  # noqa: SLF001 - what Celery hands to its own signals
    elif request.is_eager:
        return
    original = sys.exc_info()[1]
    if original is not None and _stands_in(exception, original):
        exception = original
    fields = _end(sender, request)
    if not STATE.ends(task_id, fields.get("attempt", 0)):
        return
    kind = "retrying" if _comes_back(sender, exception) else "dead"
    agent.emit(kind, task_id, _queue(sender, request), sender.name, error=exception, **fields)


def _stands_in(given: Any, original: BaseException) -> bool:
    """Return whether Celery replaced an exception that cannot be pickled: by a wrapper or a base.

    With the original go its type and its facts, as the status of an `httpx.HTTPStatusError`.
    """
    if _name_of(given) == "UnpickleableExceptionWrapper":
        return True
    return type(given) is not type(original) and isinstance(original, type(given))


def _comes_back(task: Any, exception: Any) -> bool:
    """Return whether the broker gets the message back although Celery calls it a failure."""
    late = task.acks_late and _name_of(exception) == "TimeLimitExceeded"
    return bool(late and not getattr(task, "acks_on_timeout", True))


# --- what only the worker's main process knows


@agent.guarded
def child_died(request: Any, exc_info: Any, *_: Any, **__: Any) -> None:
    """Tell of a job whose child died and that goes back to the broker: Celery signals nothing.

    Such a job may kill one child after the other, without end.
    """
    task = request.task
    error = getattr(exc_info, "exception", None)
    error = getattr(error, "exc", error)
    if not (task.acks_late and task.reject_on_worker_lost) or task.name in NOT_WORK:
        return
    if _name_of(error) != "WorkerLostError" or getattr(task, "retry_on_worker_lost", False):
        return
    context = request._context  # noqa: SLF001 - what Celery hands to its own signals
    fields = _end(task, context)
    # A redelivery keeps its number, and the start of a killed child may never be told: without a
    # number each death counts on its own.
    fields.pop("attempt", None)
    agent.emit("retrying", request.id, _queue(task, context), task.name, error=error, **fields)


@agent.guarded
def revoked(
    sender: Any, request: Any = None, expired: Any = None, terminated: Any = None, **_: Any
) -> None:
    """Tell that a job will never run: revoked by hand, or expired."""
    fields = _end(sender, request)
    if sender.name in NOT_WORK or not STATE.ends(request.id, fields.get("attempt", 0)):
        return
    why = "expired" if expired else "revoked while it ran" if terminated else "revoked"
    queue = _queue(sender, request)
    agent.emit("discarded", request.id, queue, sender.name, why=why, **fields)


@agent.guarded
def unknown(
    sender: Any,
    message: Any = None,
    name: Any = None,
    id: Any = None,  # noqa: A002 - the signal's word
    **_: Any,
) -> None:
    """Tell of a message for a task that this worker does not know: Celery drops it."""
    # Celery's own words: whoever reads errors knows where in them the task stands.
    text = f"Received unregistered task of type {name!r}: not imported, or not deployed yet"
    error = {"type": "celery.exceptions.NotRegistered", "message": text}
    _refused(sender, message, id, name, why=f"unknown task: {name}", error=error)


@agent.guarded
def refused(sender: Any, message: Any = None, exc: Any = None, **_: Any) -> None:
    """Tell of a message that the worker may not or cannot read: Celery drops it."""
    headers = message.headers if isinstance(message.headers, dict) else {}
    job = headers.get("id")
    if job:
        _refused(sender, message, job, headers.get("task"), why="message refused", error=exc)


def _refused(consumer: Any, message: Any, job: Any, name: Any, *, why: str, error: Any) -> None:
    info = message.delivery_info or {}
    queue = queue_of(consumer.app, info.get("exchange"), info.get("routing_key"))
    headers = message.headers if isinstance(message.headers, dict) else {}
    found = stamp_in(headers)
    fields = {"tenant": found.get("tenant"), "root": found.get("root")}
    fields["first_enqueued_at"] = time_in(found, "first")
    agent.emit("discarded", str(job), queue, name, why=why, error=error, **fields)


# --- the worker's own life


@agent.guarded
def ready(sender: Any, **_: Any) -> None:
    """Announce this worker: its queues, its slots, and how to know what it runs."""
    STATE.consumer = sender
    announce()


@agent.guarded
def announce(**_: Any) -> None:
    """Tell the queues again: remote control may have added or cancelled some."""
    consumer = STATE.consumer
    if consumer is None or consumer.task_consumer is None:
        return
    queues = [queue.name for queue in consumer.task_consumer.queues]
    slots = getattr(consumer.pool, "num_processes", None)
    agent.worker(STATE.worker_id(), queues, slots, running=in_hand)


def in_hand() -> list[str]:
    """Return the ids of the jobs that run in this worker now, in all its children."""
    return [request.id for request in _active() if request.name not in NOT_WORK]


def _active() -> Iterator[Any]:
    from celery.worker import state  # noqa: PLC0415 - no producer needs it

    for _ in range(3):
        try:
            return iter(list(state.active_requests))
        except RuntimeError:  # changed by another thread meanwhile
            continue
    raise RuntimeError("the active requests changed too often to be read")


@agent.guarded
def leave(**_: Any) -> None:
    """Send what waits: children and workers may end past every exit handler."""
    agent.flush(FLUSH_S)


# --- what every event says


def _fields(task: Any, request: Any, attempt: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"attempt": attempt, "worker": STATE.worker or STATE.worker_id()}
    found = request.__dict__.get(HEADER)
    if isinstance(found, dict):
        for name in _CARRIED:
            if name in found:
                fields[name] = found[name]
    if task.name == JOB:
        fields["drill"] = True
    return fields


def _end(task: Any, request: Any) -> dict[str, Any]:
    """Return the fields of a failure or discard: all that helps when earlier events were lost."""
    run = RUNS.get(request.id)
    attempt = run.attempt if run is not None else (request.retries or 0) + 1
    fields = _fields(task, request, attempt)
    if run is not None:
        fields["ran_for"] = clock.monotonic() - run.began
    fields["first_enqueued_at"] = _first(request)
    if task.max_retries is not None:
        fields["max_attempts"] = task.max_retries + 1
    return fields


def _first(request: Any) -> float | None:
    found = stamp_in(request.__dict__)
    return None if found.get("guess") else time_in(found, "first")


def _queue(task: Any, request: Any) -> str:
    info = request.delivery_info
    if not info:
        return queue_of(task.app, None, None)
    return queue_of(task.app, info.get("exchange"), info.get("routing_key"))


def _due(when: Any, now: float) -> float:
    """Return when the next attempt comes; Celery says seconds or a moment."""
    if isinstance(when, int | float):
        return now + when
    stamp = getattr(when, "timestamp", None)
    return float(stamp()) if stamp is not None else now


def _name_of(exception: Any) -> str:
    return type(exception).__name__
