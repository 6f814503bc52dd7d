"""From one look at a Huey queue to one reading; pure, no I/O and no clock.

Huey keeps no time of an enqueue, and a job that runs is nowhere. So every age here is "at least":
since the probe first saw the job, or since the first time it was due.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from tailback.core.drill import JOB
from tailback.core.model import QueueReading
from tailback.systems.huey.peek import Message, peek
from tailback.systems.huey.storage import SAMPLE, Look, Stored

MAX_REMEMBERED = 20_000
# Scores are off by whole offsets of time zones; what is closer is rounding.
OFFSET_STEP_S = 900.0


@dataclass(slots=True)
class Memory:
    """The first due time of every job seen, by id: it survives retries, during which ids stay."""

    due: dict[str, float] = field(default_factory=dict)

    def first_due(self, job: str, due: float) -> float:
        """Return the first due time told for this job, and keep it."""
        first = min(due, self.due.pop(job, due))
        self.due[job] = first
        while len(self.due) > MAX_REMEMBERED:
            del self.due[next(iter(self.due))]
        return first


def unix(eta: datetime, zone: tzinfo) -> float:
    """Return the Unix time of an eta without zone, as Huey writes it."""
    return eta.replace(tzinfo=zone).timestamp()


def offset(schedule: list[tuple[Message, Stored]], zone: tzinfo) -> float | None:
    """Return how far the scores are from Unix time: Huey takes UTC for the workers' local time."""
    differences = [
        stored.at - unix(message.eta, zone)
        for message, stored in schedule
        if message.eta is not None and stored.at is not None
    ]
    if not differences:
        return None
    middle = sorted(differences)[len(differences) // 2]
    return round(middle / OFFSET_STEP_S) * OFFSET_STEP_S


def make_reading(
    *,
    source: str,
    look: Look,
    memory: Memory,
    now: float,
    zone: tzinfo = UTC,
    due_before: Callable[[float], int],
) -> QueueReading:
    """Add up one look; `due_before` counts the schedule up to a score when the sample is short."""
    lying = [(peek(stored.data), stored) for stored in look.waiting]
    waiting = [one for one in lying if one[0] is None or one[0].name != JOB]
    drills = len(lying) - len(waiting)
    read = ((peek(stored.data), stored) for stored in look.schedule)
    schedule = [(message, stored) for message, stored in read if message is not None]
    due = {
        message.id: memory.first_due(message.id, _waiting_since(message, stored, now, zone))
        for message, stored in waiting
        if message is not None
    }
    due |= {
        message.id: memory.first_due(message.id, unix(message.eta, zone))
        for message, _ in schedule
        if message.eta is not None
    }
    # A delayed job lies in the ready line until a worker lays it aside.
    early = sum(1 for message, _ in waiting if message and _is_early(message, now, zone))
    late = {job: at for job, at in due.items() if at <= now}
    names = {message.id: message.name for message, _ in [*waiting, *schedule] if message}
    return QueueReading(
        source=source,
        queue=look.queue,
        taken_at=now,
        broker_now=look.broker_now,
        waiting=look.waiting_count - early - drills,
        oldest_due_at=min(late.values(), default=None),
        oldest_source="first_seen" if late else None,
        scheduled=look.schedule_count + early,
        overdue_scheduled=_overdue(look, schedule, now, zone, due_before),
        notes=(*look.server_notes, *_notes(look, waiting, schedule)),
        oldest_by_job=_by_name(late, names),
    )


def _waiting_since(message: Message, stored: Stored, now: float, zone: tzinfo) -> float:
    """Return the earliest moment known of a waiting job: its last enqueue, its eta, or now."""
    known = [now]
    if stored.at is not None:
        known.append(stored.at)
    if message.eta is not None:
        # A delayed job passes through the ready line first and is due only at its eta.
        return unix(message.eta, zone)
    return min(known)


def _is_early(message: Message, now: float, zone: tzinfo) -> bool:
    return message.eta is not None and unix(message.eta, zone) > now


def _overdue(
    look: Look,
    schedule: list[tuple[Message, Stored]],
    now: float,
    zone: tzinfo,
    due_before: Callable[[float], int],
) -> int | None:
    """Return how many scheduled jobs should have been promoted, by the etas in the messages."""
    late = sum(1 for message, _ in schedule if message.eta and unix(message.eta, zone) <= now)
    if late < SAMPLE and len(schedule) == len(look.schedule):
        return late
    shift = offset(schedule, zone)
    return None if shift is None else due_before(now + shift)


def _by_name(late: dict[str, float], names: dict[str, str]) -> dict[str, float]:
    oldest: dict[str, float] = {}
    for job, at in late.items():
        oldest[names[job]] = min(at, oldest.get(names[job], at))
    return oldest


def _notes(
    look: Look,
    waiting: list[tuple[Message | None, Stored]],
    schedule: list[tuple[Message, Stored]],
) -> tuple[str, ...]:
    opaque = sum(1 for message, _ in waiting if message is None)
    opaque += len(look.schedule) - len(schedule)
    counted = max(look.waiting_count, look.schedule_count)
    notes = {
        "unreadable-messages": opaque,
        "counting-stops-at": counted if counted == look.most_counted else 0,
    }
    return tuple(f"{name}={number}" for name, number in notes.items() if number)
