"""Short words for feeding a ledger in tests: seconds after T0, one source, one queue."""

from tailback.core.events import Event, WorkerBeat
from tailback.core.ledger import Ledger
from tailback.core.model import QueueReading

T0 = 1_700_000_000.0  # 20 s before a full minute
SOURCE, QUEUE, JOB = "shop", "emails", "shop.receipt"


def event(kind, at, id_="job-1", **said):
    said.setdefault("queue", QUEUE)
    said.setdefault("job", JOB)
    for name in ("due_at", "first_enqueued_at"):
        if said.get(name) is not None:
            said[name] += T0
    return Event(kind, T0 + at, id_, **said)


def boom(message="boom", type_="ValueError", **more):
    return {"type": type_, "message": message, **more}


def feed(ledger, *events, at=0.0, source=SOURCE):
    ledger.apply(source, events, T0 + at)
    ledger.open_jobs()  # slices that a test holds already show it too
    return ledger


def fed(*events, at=0.0, **settings):
    return feed(Ledger(**settings), *events, at=at)


def beat(ledger, at, worker="w1", *, queues=(QUEUE,), running=None, every_s=15.0, slots=4):
    ledger.heartbeat(SOURCE, [WorkerBeat(worker, queues, slots, every_s, running)], T0 + at)


def reading(at, queue=QUEUE, **said):
    """An empty queue, unless said otherwise, counted whole."""
    said = {"waiting": 0, "running": 0, "retrying": 0, "scheduled": 0, "sees_all": True, **said}
    if said.get("oldest_due_at") is not None:
        said["oldest_due_at"] += T0
    return QueueReading(source=SOURCE, queue=queue, taken_at=T0 + at, **said)


def totals(ledger):
    found = {}
    for minute in ledger.take_deltas().minutes.values():
        for name in type(minute).__slots__:
            value = getattr(minute, name)
            if isinstance(value, int) and value:
                found[name] = found.get(name, 0) + value
    return found


def only_slice(ledger, queue=QUEUE, jobs=()):
    [part] = ledger.slices(SOURCE, queue, jobs)
    return part


def state(ledger, id_="job-1"):
    view = ledger.job(SOURCE, id_)
    return None if view is None else view.state
