"""Wraps RQ where a job is enqueued, started and settled, in producers, workers and schedulers.

Every wrapper calls RQ's own function with what it was given and returns what it answered;
everything of ours stands in guarded functions. The worker's parent process reports starts and what
its horse left for it; the horse itself sends nothing.
"""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import rq.registry
from rq.job import Job
from rq.queue import Queue
from rq.worker import BaseWorker, SimpleWorker, SpawnWorker, Worker

from tailback import clock
from tailback.agent import guarded
from tailback.systems.rq import stamp, tell
from tailback.systems.rq.state import STATE

Wrapped = Callable[..., Any]


def install() -> None:
    """Patch RQ once; a function that this version of RQ does not have is left out."""
    _replace(Job, "to_dict", _stamp_written)
    _replace(Job, "restore", _stamp_restored)
    _replace(Queue, "_enqueue_async_job", _enqueue)
    _replace(Queue, "_enqueue_rate_limited_job", _enqueue)
    _replace(Queue, "schedule_job", _schedule)
    _replace(Queue, "setup_dependencies", _defer)
    _replace(Job, "retry", _retry)
    _replace(Job, "_handle_retry_result", _retry)
    _replace(Job, "cancel", _discard("canceled"))
    _replace(Job, "delete", _discard("deleted"))
    for worker in (BaseWorker, Worker, SimpleWorker):
        _replace(worker, "register_birth", _announce)
        _replace(worker, "prepare_execution", _start)
        _replace(worker, "execute_job", _execute)
        _replace(worker, "perform_job", _perform)
        _replace(worker, "handle_job_success", _succeed)
        _replace(worker, "handle_job_failure", _fail)
        _replace(worker, "handle_job_retry", _ask_again)
    _replace(rq.registry, "record_job_failure", _abandon)


def _replace(owner: Any, name: str, wrapper: Callable[[Wrapped], Wrapped]) -> None:
    original = vars(owner).get(name)
    if original is None or getattr(original, "tailback", False):
        return
    made = wraps(original)(wrapper(original))
    made.tailback = True  # type: ignore[attr-defined]
    setattr(owner, name, made)


# --- the job's own hash


def _stamp_written(original: Wrapped) -> Wrapped:
    write = guarded(stamp.write)

    def to_dict(job: Any, *args: Any, **kwargs: Any) -> Any:
        fields = original(job, *args, **kwargs)
        write(job, fields)
        return fields

    return to_dict


def _stamp_restored(original: Wrapped) -> Wrapped:
    restore = guarded(stamp.restore)

    def restored(job: Any, raw_data: Any, *args: Any, **kwargs: Any) -> Any:
        answer = original(job, raw_data, *args, **kwargs)
        restore(job, raw_data)
        return answer

    return restored


# --- producers, and whoever enqueues again


def _enqueue(original: Wrapped) -> Wrapped:
    def enqueue(queue: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        told = tell.enqueuing(queue.name, job, None)
        answer = original(queue, job, *args, **kwargs)
        tell.enqueued(told)
        return answer

    return enqueue


def _schedule(original: Wrapped) -> Wrapped:
    def schedule(queue: Any, job: Any, datetime: Any, *args: Any, **kwargs: Any) -> Any:
        told = tell.enqueuing(queue.name, job, datetime)
        answer = original(queue, job, datetime, *args, **kwargs)
        tell.enqueued(told)
        return answer

    return schedule


def _defer(original: Wrapped) -> Wrapped:
    def setup_dependencies(queue: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        # The account is known here and now; the job is told when its dependencies are done.
        tell.sign(job)
        return original(queue, job, *args, **kwargs)

    return setup_dependencies


def _retry(original: Wrapped) -> Wrapped:
    def retry(job: Any, *args: Any, **kwargs: Any) -> Any:
        before = tell.attempt_now(job)
        with STATE.retry():
            answer = original(job, *args, **kwargs)
            due = STATE.due
        tell.taken_up_again(job, before, due)
        return answer

    return retry


def _discard(why: str) -> Callable[[Wrapped], Wrapped]:
    def wrap(original: Wrapped) -> Wrapped:
        def discard(job: Any, *args: Any, **kwargs: Any) -> Any:
            told = tell.discarding(job, why)
            answer = original(job, *args, **kwargs)
            tell.settle(told)
            return answer

        return discard

    return wrap


# --- workers


def _announce(original: Wrapped) -> Wrapped:
    def register_birth(worker: Any, *args: Any, **kwargs: Any) -> Any:
        answer = original(worker, *args, **kwargs)
        tell.born(worker)
        return answer

    return register_birth


def _start(original: Wrapped) -> Wrapped:
    def prepare_execution(worker: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        tell.started(worker, job)
        return original(worker, job, *args, **kwargs)

    return prepare_execution


def _execute(original: Wrapped) -> Wrapped:
    def execute_job(worker: Any, job: Any, queue: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(worker, Worker):
            tell.open_relay(spawns=isinstance(worker, SpawnWorker))
        try:
            return original(worker, job, queue, *args, **kwargs)
        finally:
            tell.ended(job.id)

    return execute_job


def _perform(original: Wrapped) -> Wrapped:
    def perform_job(worker: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        tell.enter(worker, job)
        try:
            return original(worker, job, *args, **kwargs)
        finally:
            tell.leave(worker)

    return perform_job


def _succeed(original: Wrapped) -> Wrapped:
    def handle_job_success(worker: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        told = tell.succeeding(worker, job)
        answer = original(worker, job, *args, **kwargs)
        tell.settle(told)
        return answer

    return handle_job_success


def _fail(original: Wrapped) -> Wrapped:
    def handle_job_failure(worker: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        told = tell.failing(worker, job, sys.exc_info()[1], kwargs.get("exc_string"))
        try:
            with STATE.settling():
                answer = original(worker, job, *args, **kwargs)
                due = STATE.due
        except BaseException:
            # RQ could not write the failure down (a text that is no UTF-8, a Redis that is gone):
            # the horse dies of that, and its parent would never know why the job failed.
            tell.unsettled(told)
            raise
        tell.settle(told, due)
        tell.forget_drill(job)
        return answer

    return handle_job_failure


def _ask_again(original: Wrapped) -> Wrapped:
    def handle_job_retry(worker: Any, job: Any, *args: Any, **kwargs: Any) -> Any:
        told = tell.asking_again(worker, job, args, kwargs)
        with STATE.settling():
            answer = original(worker, job, *args, **kwargs)
            due = STATE.due
        tell.settle(told, due)
        return answer

    return handle_job_retry


def _abandon(original: Wrapped) -> Wrapped:
    def record_job_failure(job: Any, exc_string: str, *args: Any, **kwargs: Any) -> Any:
        answer = original(job, exc_string, *args, **kwargs)
        tell.abandoned(job, exc_string, clock.now())
        return answer

    return record_job_failure
