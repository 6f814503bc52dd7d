"""Everything that the page of a lane shows beyond its row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tailback import systems
from tailback.core import wording_pages
from tailback.core.facts import JobTypeFacts, LaneFacts, gather
from tailback.core.ledger import JobView, Ledger
from tailback.core.model import Lane, QueueReading
from tailback.core.rollups import Minute
from tailback.core.text import clean_name
from tailback.server.readings import SourceState
from tailback.server.view import LaneView
from tailback.store.base import RollupStore

MAX_OLDEST = 10
MAX_TYPES = 12
MAX_WORKERS = 50
SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
RANGES = {
    "1h": 3600,
    "6h": 6 * 3600,
    "24h": 86400,
    "7d": 7 * 86400,
    "30d": 30 * 86400,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """One worker of the lane's queue."""

    id: str
    slots: int | None
    heard_s: float
    silent: bool
    running: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What the ledger knows of a lane at this moment."""

    facts: LaneFacts
    oldest: list[JobView]
    workers: list[WorkerRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRow:
    """One job type: what it does now and did in the range."""

    facts: JobTypeFacts
    oldest_s: float | None
    done: int
    failed: int
    run: dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The sums of a range."""

    minute: Minute
    wait: dict[str, float | None]
    run: dict[str, float | None]


def look_now(ledger: Ledger, reading: QueueReading | None, lane: Lane, now: float) -> Now:
    """Ask the ledger; runs on the engine's thread and looks at a bounded number of jobs."""
    workers = [
        WorkerRow(
            id=clean_name(worker.id, 80),
            slots=worker.slots,
            heard_s=max(0.0, now - worker.heard_at),
            silent=worker.silent_after() < now,
            running=None if not worker.beats or worker.beats[-1][1] is None
            else len(worker.beats[-1][1]),
        )
        for worker in ledger.desk(lane.source).workers.by_id.values()
        if lane.queue in worker.queues
    ]  # fmt: skip
    workers.sort(key=lambda worker: (not worker.silent, worker.id))
    return Now(
        facts=gather(ledger, reading, lane, now),
        oldest=ledger.oldest(lane.source, lane.queue, lane.jobs, MAX_OLDEST),
        workers=workers[:MAX_WORKERS],
    )


def span_of(
    rollups: RollupStore, view: LaneView, jobs: Sequence[str] | None, from_: int, to: int
) -> Span:
    """Return what was counted in a range of one lane, or of some of its job types."""
    whole = Minute()
    step_s = max(60, to - from_)
    for point in rollups.series(view.source, view.queue, jobs, from_=from_, to=to, step_s=step_s):
        whole.merge(point.minute)
    return Span(minute=whole, wait=_shares(whole.ready_wait), run=_shares(whole.run))


def types_of(
    rollups: RollupStore, view: LaneView, facts: LaneFacts, from_: int, to: int
) -> list[TypeRow]:
    """Return the lane's job types, those with the oldest job first."""
    rows = []
    ordered = sorted(facts.jobs, key=lambda job: (job.oldest_due_at or facts.now, job.job))
    for job in ordered[:MAX_TYPES]:
        span = span_of(rollups, view, [job.job], from_, to)
        due = job.oldest_due_at
        rows.append(
            TypeRow(
                facts=job,
                oldest_s=None if due is None else max(0.0, facts.now - due),
                done=span.minute.completed,
                failed=span.minute.failed,
                run=span.run,
            )
        )
    return rows


def setup_of(state: SourceState | None, facts: LaneFacts, queue: str) -> dict[str, Any]:
    """Return how the lane is measured and what cannot be seen that way."""
    probed = state is not None and state.probed
    hooked = facts.stream_alive
    system = None
    if state is not None and state.system in systems.NAMES:
        system = systems.load(state.system)
    can = system.capabilities if system is not None else None
    return {
        "source": state.name if state is not None else None,
        "system": system.title if system is not None else "pushed events",
        "how": wording_pages.measured_how(probed=probed, hooked=hooked),
        "queue": queue,
        "blind": wording_pages.not_seen_by_probe(can) if can and probed and not hooked else [],
        "hook": wording_pages.seen_by_hook(can) if can and not hooked else [],
    }


def _shares(sketch: Any) -> dict[str, float | None]:
    return {name: sketch.quantile(share) for name, share in SHARES}
