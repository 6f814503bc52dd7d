"""What the hook does where a task is published: in web processes, beat, and workers themselves.

A first publish gets the stamp and is told once the broker has it; a retry carries its stamp
already and is told by the attempt that failed.
"""

from typing import Any

from celery._state import get_current_task

from tailback import agent, clock
from tailback.core.drill import JOB
from tailback.systems.celery.queues import queue_declared, queue_of
from tailback.systems.celery.runs import RUNS
from tailback.systems.celery.stamp import HEADER, NOT_WORK, first_due, stamp_in, unix_of


class Fresh(dict[str, Any]):
    """A stamp of this very publish; what comes back from a broker is a plain dict."""

    __slots__ = ("queue",)
    queue: str | None


@agent.guarded
def stamp(
    sender: str, headers: Any = None, body: Any = None, properties: Any = None,
    declare: Any = None, **_: Any,
) -> None:  # fmt: skip
    """Write the header; called before the message leaves."""
    if not isinstance(headers, dict):
        return
    task = _Task(sender, headers, body)
    found = stamp_in(headers) or _begin(task, _running())
    if found is None:
        return
    if isinstance(found, Fresh):
        found.queue = queue_declared(declare)
    headers[HEADER] = found
    due = first_due(found)
    if isinstance(properties, dict) and due is not None and not found.get("guess"):
        # RabbitMQ shows the timestamp of a queue's first message to everybody who may look.
        properties.setdefault("timestamp", int(due))


@agent.guarded
def tell(sender: str, headers: Any = None, exchange: Any = None, routing_key: str | None = None,
         body: Any = None, **_: Any) -> None:  # fmt: skip
    """Report a first publish; called once the broker has the message."""
    if not isinstance(headers, dict):
        return
    task = _Task(sender, headers, body)
    run = RUNS.get(task.id) if RUNS else None
    if run is not None:
        run.goes_on = True  # a retry or a replacement, by the job itself
    found = headers.get(HEADER)
    if not isinstance(found, Fresh) or sender in NOT_WORK:
        return
    queue = found.queue or queue_of(_app(), exchange, routing_key)
    fields: dict[str, Any] = {"tenant": found.get("tenant")}
    for name in ("root", "parent"):
        if name in found:
            fields[name] = found[name]
    if "due" in found:
        fields["due_at"] = found["due"]
    if sender == JOB:
        fields["drill"] = True
    agent.emit("enqueued", task.id, queue, sender, at=found["first"], **fields)


class _Task:
    """A task on its way out, in protocol 2 (all in headers) or 1 (all in the body)."""

    __slots__ = ("args", "eta", "id", "kwargs", "name", "retries")

    def __init__(self, name: str, headers: dict[str, Any], body: Any) -> None:
        self.name = name
        plain = body if isinstance(body, dict) else headers
        self.id = str(headers.get("id") or plain.get("id"))
        self.eta = plain.get("eta")
        self.retries = plain.get("retries") or 0
        if isinstance(body, dict):
            self.args, self.kwargs = body.get("args") or (), body.get("kwargs") or {}
        else:
            self.args, self.kwargs = (body[0], body[1]) if body else ((), {})


def _running() -> Any:
    """Return the request of the job whose code publishes, None outside of jobs."""
    task = get_current_task()
    request = task.request if task is not None else None
    return None if request is None or request.called_directly or request.is_eager else request


def _begin(task: _Task, running: Any) -> dict[str, Any] | None:
    """Return the stamp of a task that has none."""
    if running is None:
        return None if task.retries else _fresh(task, None)
    if task.id == running.id or task.retries:
        return _again(running)
    return _fresh(task, running)


def _again(request: Any) -> dict[str, Any] | None:
    """Return the stamp for a job that publishes itself: a retry without one, or a replacement.

    Where the producer has no hook, the first start seen is the earliest moment that is known.
    """
    mine = stamp_in(request.__dict__)
    if mine:
        return mine
    run = RUNS.get(request.id)
    return {"first": run.at, "guess": 1} if run is not None else None


def _fresh(task: _Task, parent: Any) -> Fresh:
    made = Fresh(first=clock.now())
    made.queue = None
    if task.eta is not None:
        due = unix_of(task.eta, naive_zone=_zone())
        if due is not None and due > made["first"]:
            made["due"] = due
    tenant = agent.tenant_of(_function(task.name), task.args, task.kwargs)
    if parent is not None:
        mine = stamp_in(parent.__dict__)
        tenant = tenant or mine.get("tenant")
        made["parent"] = parent.id
        root = _root(task.id, parent, mine)
        if root is not None:
            made["root"] = root
            due = first_due(mine)
            if due is not None:
                made["root_due"] = due
    if tenant:
        made["tenant"] = tenant
    return made


def _root(task_id: str, parent: Any, stamp: dict[str, Any]) -> str | None:
    """Return the first job of the chain, link or chord that a task goes on with.

    None for what the parent's own code enqueues: that is new work, with its own age.
    """
    if getattr(parent, "task", None) in NOT_WORK:
        return _header_of_chord(task_id, parent)
    steps = [*(parent.callbacks or ()), parent.chord]
    if parent.chain:
        steps.append(parent.chain[-1])
    if not any(_id_of(step) == task_id for step in steps if step):
        return None
    root: str = stamp.get("root") or parent.id
    return root


def _header_of_chord(task_id: str, unlock: Any) -> str | None:
    """Return a job of the chord whose end `celery.chord_unlock` has just seen.

    Backends that count the header's results publish the body from its last job instead.
    """
    body = unlock.args[1] if len(unlock.args) > 1 else None
    header = unlock.kwargs.get("result")
    if _id_of(body) != task_id or not header:
        return None
    first = header[0]
    while isinstance(first, list | tuple) and first:  # ((id, parent), children)
        first = first[0]
    return first if isinstance(first, str) else None


def _id_of(signature: Any) -> str | None:
    options = signature.get("options") if isinstance(signature, dict) else None
    return options.get("task_id") if isinstance(options, dict) else None


def _app() -> Any:
    from celery import current_app  # noqa: PLC0415 - the library may still be loading at install

    return current_app


def _function(name: str) -> Any:
    """Return the function of a task that this process knows, else its name."""
    task = _app()._tasks  # noqa: SLF001 - `tasks` would finalize the app
    found = task.get(name) if isinstance(task, dict) else None
    return getattr(found, "run", None) or name


def _zone() -> Any:
    return _app().timezone
