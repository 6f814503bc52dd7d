"""Listens to Huey's own signals, and wraps the few functions that give them their meaning.

Signals alone do not tell a retry from a failure for good, a promotion from a new job, or why a job
was given up. Every wrapper calls Huey's function with what it was given and returns what it
answered; everything of ours is guarded.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from huey.api import Huey
from huey.consumer import Consumer, Worker

from tailback.systems.huey import drill, schedule, tell

Wrapped = Callable[..., Any]


def install() -> None:
    """Patch Huey once; instances that exist already are covered too."""
    _replace(Huey, "_emit", _emit)
    _replace(Huey, "read_schedule", _read_schedule)
    _replace(Huey, "read_periodic", _read_periodic)
    _replace(Huey, "dequeue", _dequeue)
    _replace(Huey, "deserialize_task", _deserialize_task)
    _replace(Huey, "_execute", _execute)
    _replace(Huey, "_requeue_task", _requeue_task)
    _replace(Consumer, "__init__", _consumer)
    _replace(Worker, "initialize", _initialize)


def _replace(owner: Any, name: str, wrapper: Callable[[Wrapped], Wrapped]) -> None:
    original = vars(owner).get(name)
    if original is None or getattr(original, "tailback", False):
        return
    made = wraps(original)(wrapper(original))
    made.tailback = True  # type: ignore[attr-defined]
    setattr(owner, name, made)


def _emit(original: Wrapped) -> Wrapped:
    def emit(huey: Any, signal: Any, task: Any, *args: Any, **kwargs: Any) -> Any:
        tell.signalled(huey, signal, task, args)
        return original(huey, signal, task, *args, **kwargs)

    return emit


def _read_schedule(original: Wrapped) -> Wrapped:
    def read_schedule(huey: Any, *args: Any, **kwargs: Any) -> Any:
        tasks = original(huey, *args, **kwargs)
        tell.promoted(tasks)
        return tasks

    return read_schedule


def _read_periodic(original: Wrapped) -> Wrapped:
    def read_periodic(huey: Any, *args: Any, **kwargs: Any) -> Any:
        schedule.tell(huey)
        return original(huey, *args, **kwargs)

    return read_periodic


def _dequeue(original: Wrapped) -> Wrapped:
    def dequeue(huey: Any, *args: Any, **kwargs: Any) -> Any:
        with tell.STATE.dequeueing():
            return original(huey, *args, **kwargs)

    return dequeue


def _deserialize_task(original: Wrapped) -> Wrapped:
    def deserialize_task(huey: Any, data: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(huey, data, *args, **kwargs)
        except Exception as error:
            # Huey has taken the message out of the queue and will only log that it is lost.
            tell.unreadable(huey, data, error)
            raise

    return deserialize_task


def _execute(original: Wrapped) -> Wrapped:
    def execute(huey: Any, task: Any, *args: Any, **kwargs: Any) -> Any:
        before = tell.enter(task)
        try:
            return original(huey, task, *args, **kwargs)
        finally:
            tell.leave(task, before)
            drill.forget(huey, task)

    return execute


def _requeue_task(original: Wrapped) -> Wrapped:
    def requeue_task(huey: Any, task: Any, *args: Any, **kwargs: Any) -> Any:
        told = tell.retrying(huey, task)
        with tell.STATE.requeueing():
            answer = original(huey, task, *args, **kwargs)
            scheduled = tell.STATE.scheduled
        tell.retried(huey, task, told, scheduled=scheduled)
        return answer

    return requeue_task


def _consumer(original: Wrapped) -> Wrapped:
    def initialized(consumer: Any, *args: Any, **kwargs: Any) -> None:
        original(consumer, *args, **kwargs)
        tell.equipped(consumer)
        drill.register(consumer)

    return initialized


def _initialize(original: Wrapped) -> Wrapped:
    def initialize(worker: Any, *args: Any, **kwargs: Any) -> Any:
        tell.born(worker.huey)
        return original(worker, *args, **kwargs)

    return initialize
