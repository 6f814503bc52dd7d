"""What the hook says about a job.

Everything that RQ's wrappers call stands here and is guarded: it answers None when it goes wrong.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tailback import agent, clock
from tailback.agent.tenants import tenant
from tailback.systems.rq import stamp
from tailback.systems.rq.keys import job_name
from tailback.systems.rq.relay import Relay, inherited
from tailback.systems.rq.state import STATE

FLUSH_S = 1.0
Told = dict[str, Any]
# How many attempts there can be matters once one failed; most events are shorter without it.
_PLAIN = ("enqueued", "started", "succeeded")


@agent.guarded
def sign(job: Any) -> None:
    """Note what only the producer knows: the account, the name, how many attempts there can be."""
    made = stamp.stamp_of(job)
    if "name" in made:
        return
    made["name"] = _name(job)
    args, kwargs = job.__dict__.get("_args"), job.__dict__.get("_kwargs")
    if isinstance(args, list | tuple) and isinstance(kwargs, dict):
        account = agent.tenant_of(_function(made["name"]), args, kwargs)
    else:
        account = agent.tenant()
    if account is not None:
        made["tenant"] = account
    if job.retries_left is not None:
        made["max"] = job.retries_left + 1


@agent.guarded
def enqueuing(queue: str, job: Any, due: Any) -> Told | None:
    """Stamp a job that begins its life here, and return what to tell when RQ has taken it.

    A retry and the promotion of a scheduled job pass here as well: they are no new enqueue.
    """
    now = clock.now()
    due_at = _unix(due)
    if STATE.retrying:
        STATE.due = due_at if due_at is not None else now
        return None
    made = stamp.stamp_of(job)
    if _status(job) in stamp.ENDED:
        for name in ("first", "due", "root", "parent"):
            made.pop(name, None)
    if "first" in made:
        return None
    sign(job)
    made["first"] = now
    if due_at is not None:
        made["due"] = due_at
    _link(job, made)
    return {"kind": "enqueued", "at": now, "queue": queue, "due_at": due_at, **_of(job)}


def _link(job: Any, made: dict[str, Any]) -> None:
    """Join a step to the first job of its chain: it is promoted while that one's parent ends."""
    parent = STATE.job
    if parent is None:
        return
    made["parent"] = parent.id
    if parent.id in getattr(job, "_dependency_ids", ()):
        made["root"] = stamp.stamp_of(parent).get("root") or parent.id


@agent.guarded
def enqueued(told: Told | None) -> None:
    """Report a job that RQ has taken."""
    if told:
        _say(told)


@agent.guarded
def born(worker: Any) -> None:
    """Announce a worker."""
    agent.worker(worker.name, worker.queue_names(), 1)


@agent.guarded
def started(worker: Any, job: Any) -> None:
    """Report an attempt, from the process that outlives it."""
    agent.running(job.id)
    created, queued = _unix(job.created_at), _unix(job.enqueued_at)
    # Without a stamp the creation is the first enqueue only of a job that was not delayed.
    plain = created and queued and queued - created < 5  # noqa: PLR2004 - building takes less
    first = stamp.stamp_of(job).get("first") or (created if plain else queued)
    _say(_attempt("started", worker, job, first_enqueued_at=first))


@agent.guarded
def open_relay(*, spawns: bool) -> None:
    """Make sure that a horse, forked or spawned, has somewhere to leave what it knows."""
    if STATE.relay is None:
        STATE.relay = Relay()
    if spawns:
        STATE.relay.share(os.environ)


@agent.guarded
def ended(job: str) -> None:
    """Report what the horse left, in the worker's own process."""
    agent.finished(job)
    if STATE.relay is not None and not STATE.relay.in_child():
        _pass_on(STATE.relay)


def _pass_on(relay: Relay) -> None:
    for told in relay.take():
        agent.emit(**told)


@agent.guarded
def enter(worker: Any, job: Any) -> None:
    """Let everything enqueued inside the job belong to the job's account."""
    STATE.job = job
    if STATE.relay is None and worker.is_horse:
        STATE.relay = inherited(os.environ)
    account = stamp.stamp_of(job).get("tenant")
    if account and agent.tenant() is None:
        STATE.account = tenant(account)
        STATE.account.__enter__()


@agent.guarded
def leave(worker: Any) -> None:
    """End the job's surroundings; a horse leaves by `os._exit`, so nothing may stay in it."""
    STATE.job = None
    account, STATE.account = STATE.account, None
    if account is not None:
        account.__exit__(None, None, None)
    if worker.is_horse:
        if STATE.relay is not None and STATE.relay.orphaned():
            _pass_on(STATE.relay)
        agent.flush(FLUSH_S)


@agent.guarded
def succeeding(worker: Any, job: Any) -> Told:
    """Return what to tell of a success, with the times before RQ prepares a repetition."""
    return _attempt("succeeded", worker, job, at=_unix(job.ended_at), ran_for=_ran_for(job))


@agent.guarded
def failing(worker: Any, job: Any, error: BaseException | None, text: str | None) -> Told:
    """Return what to tell of a failed attempt: what comes next is decided by RQ's own rule."""
    stopped = getattr(worker, "_stopped_job_id", None) == job.id
    if stopped:
        return _attempt("discarded", worker, job, why="stopped")
    kind = "retrying" if job.should_retry else "dead"
    return _attempt(kind, worker, job, error=_error(error, text), ran_for=_ran_for(job))


@agent.guarded
def asking_again(worker: Any, job: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Told:
    """Return what to tell of a job that returned `Retry` instead of a value."""
    retry = kwargs.get("retry") or args[1]
    over = bool(job.number_of_retries) and job.number_of_retries >= retry.max
    told = _attempt("dead" if over else "retrying", worker, job, ran_for=_ran_for(job))
    text = f"the job returned Retry(max={retry.max}) in attempt {told['attempt']}"
    told["error"] = {"type": "rq.job.Retry", "message": text}
    return told


@agent.guarded
def settle(told: Told | None, due: float | None = None) -> None:
    """Report how an attempt ended, once RQ has written it down."""
    if told is None:
        return
    if told["kind"] == "retrying":
        told["due_at"] = due if due is not None else clock.now()
    _say(told)


@agent.guarded
def unsettled(told: Told | None) -> None:
    """Report a failed attempt of which nobody here knows what comes next."""
    if told is not None and told["kind"] != "discarded":
        _say({**told, "kind": "failed"})


@agent.guarded
def forget_drill(job: Any) -> None:
    """Take a drill out of RQ's registry of failures, where people would find and count it."""
    if stamp.stamp_of(job).get("drill") is True:
        job.delete(remove_from_queue=False)


@agent.guarded
def discarding(job: Any, why: str) -> Told | None:
    """Return what to tell of a job that will never run; None for one that is done anyway."""
    if _status(job) == "finished":
        return None
    return {"kind": "discarded", "queue": job.origin, "why": why, **_of(job)}


@agent.guarded
def attempt_now(job: Any) -> int | None:
    """Return the number of the attempt that ends now."""
    return stamp.attempt_of(job)


@agent.guarded
def taken_up_again(job: Any, attempt: int | None, due: float | None) -> None:
    """Report the retry of a job whose worker died: found by another worker's cleaning."""
    if STATE.settles:
        STATE.due = due
        return
    error = _abandonment("the worker died under the job; RQ found it abandoned")
    told = {"kind": "retrying", "queue": job.origin, "attempt": attempt, "due_at": due}
    _say({**told, "error": error, **_of(job)})


@agent.guarded
def abandoned(job: Any, text: str, now: float) -> None:
    """Report a job that was given up because its worker died."""
    told = {"kind": "dead", "at": now, "queue": job.origin, "attempt": stamp.attempt_of(job)}
    _say({**told, "error": _abandonment(text), **_of(job)})


def _abandonment(text: str) -> dict[str, str]:
    return {"type": "rq.exceptions.AbandonedJobError", "message": text}


def _error(error: BaseException | None, text: str | None) -> dict[str, object]:
    if error is not None:
        return agent.describe_error(error)
    return {"type": "rq.WorkHorseTerminated", "message": (text or "").strip()}


def _attempt(kind: str, worker: Any, job: Any, **fields: Any) -> Told:
    told = {"kind": kind, "queue": job.origin, "attempt": stamp.attempt_of(job)}
    return {**told, "worker": worker.name, **fields, **_of(job)}


def _of(job: Any) -> Told:
    """Return the fields that every event of the job carries."""
    made = stamp.stamp_of(job)
    known = {
        "max_attempts": made.get("max"),
        "root": made.get("root"),
        "parent": made.get("parent"),
        "drill": made.get("drill") is True or None,
    }
    return {"id": job.id, "job": _name(job), "tenant": made.get("tenant"), **known}


def _say(told: Told) -> None:
    """Report an event, through the parent when this is a horse."""
    told = {name: value for name, value in told.items() if value is not None}
    told.setdefault("at", clock.now())
    if told["kind"] in _PLAIN:
        told.pop("max_attempts", None)
    relay = STATE.relay
    if relay is None or not relay.in_child() or not relay.write(told):
        agent.emit(**told)


def _name(job: Any) -> str | None:
    """Return the function's name without unpickling anything: that may import the app."""
    name = stamp.stamp_of(job).get("name") or job.__dict__.get("_func_name")
    return name if isinstance(name, str) else job_name(job.description)


def _function(name: str | None) -> Any:
    """Return the function called `name` if its module is loaded; importing it is not for us."""
    module, _, attribute = (name or "").rpartition(".")
    return getattr(sys.modules.get(module), attribute, name)


def _status(job: Any) -> str:
    """Return RQ's word for the state of a job as this object knows it."""
    status = job.__dict__.get("_status")
    return str(getattr(status, "value", status))


def _ran_for(job: Any) -> float | None:
    if not job.started_at or not job.ended_at:
        return None
    seconds: float = (job.ended_at - job.started_at).total_seconds()
    return max(0.0, seconds)


def _unix(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
