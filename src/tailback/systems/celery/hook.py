"""Connects the hook to Celery's signals, in producers, beat and workers alike.

Celery calls receivers synchronously and its signals say nearly everything. They do not tell of a
child that died under an `acks_late` job which goes back to the broker, nor which message a time
limit hit; for that two methods of the worker's request are wrapped, off the path of jobs that go
well.
"""

import sys
from functools import wraps
from typing import Any

from celery import _state, signals

from tailback.agent import guarded
from tailback.systems.celery import drill, publish, work

CONNECTED = (
    (signals.before_task_publish, publish.stamp),
    (signals.after_task_publish, publish.tell),
    (signals.task_prerun, work.started),
    (signals.task_postrun, work.ended),
    (signals.task_retry, work.retrying),
    (signals.task_failure, work.failed),
    (signals.task_revoked, work.revoked),
    (signals.task_unknown, work.unknown),
    (signals.task_rejected, work.refused),
    (signals.worker_ready, work.ready),
    (signals.heartbeat_sent, work.announce),
    (signals.worker_process_shutdown, work.leave),
    (signals.worker_shutdown, work.leave),
)


def install() -> None:
    """Connect everything; a second call changes nothing."""
    for signal, receiver in CONNECTED:
        signal.connect(receiver, weak=False, dispatch_uid=f"tailback.{receiver.__name__}")
    for begun in (signals.beat_init, signals.beat_embedded_init):
        begun.connect(_in_beat, weak=False, dispatch_uid="tailback.beat_init")
    signals.worker_init.connect(_in_worker, weak=False, dispatch_uid="tailback.worker_init")
    _state.connect_on_app_finalize(drill.register)


@guarded
def _in_beat(**_: Any) -> None:
    """Let beat tell what it runs; its schedulers are loaded by now."""
    module = sys.modules["celery.beat"]
    from tailback.systems.celery import schedule  # noqa: PLC0415 - only beat needs it

    schedule.watch(module.Scheduler)


def _in_worker(**_: Any) -> None:
    """Prepare the worker's main process, before it forks its children."""
    work.STATE.worker_id()
    module = sys.modules.get("celery.worker.request")
    if module is not None and not hasattr(module.Request.on_failure, "tailback"):
        module.Request.on_failure = _failing(module.Request.on_failure, after=work.child_died)
        module.Request.on_timeout = _failing(module.Request.on_timeout, after=None)


def _failing(original: Any, after: Any) -> Any:
    """Let receivers of signals know the request that a method of it declares failed."""

    @wraps(original)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        work.STATE.failing[self.id] = self
        try:
            answer = original(self, *args, **kwargs)
        finally:
            work.STATE.failing.pop(self.id, None)
        if after is not None:
            after(self, *args, **kwargs)
        return answer

    wrapped.tailback = True  # type: ignore[attr-defined]
    return wrapped
