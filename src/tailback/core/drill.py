"""A drill: a harmless problem that is pushed through the real path until a person answers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tailback.core.model import Lane

JOB = "tailback.drill"
LIVES_S = 600.0
PREFIX = "drill:"
SEEN_WITHIN_S = 120.0
SENT_WITHIN_S = 120.0
ANSWERED_WITHIN_S = 900.0
HANGS_AFTER_S = 5.0
PROVEN_FOR_S = 30 * 86_400.0
FIRST_AFTER_S = 86_400.0
SETTLES_IN_S = 3_600.0

Mode = Literal["fail", "hang"]
Link = Literal["rule", "worker", "channel", "answer"]
_FAILED = frozenset({"failed", "dead", "retrying"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """When a lane is drilled next, Unix seconds, and when that was decided.

    `mark` stands for its rule, its owner and their channels as they were then.
    """

    mark: str
    made_at: float
    due_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """How far a drill is: Unix seconds, None where it is not; a rule drill needs no worker."""

    mode: Mode
    enqueued_at: float | None
    told_at: float | None = None
    sent_at: float | None = None


def noticed(mode: Mode, events: Iterable[tuple[str, float]], now: float) -> bool:
    """Tell whether the hook in a real worker has reported the trouble: (kind, at) per event."""
    known = list(events)
    if mode == "fail":
        return any(kind in _FAILED for kind, _at in known)
    begun = [at for kind, at in known if kind == "started"]
    return bool(begun) and now - min(begun) >= HANGS_AFTER_S


@dataclass(frozen=True, slots=True)
class Gap:
    """What of a lane does not fit what is really there: `wanted` by the file, `instead` is known.

    `what` is "owner" (nothing reaches that person), "source" or "queue" (where the job was
    reported), "unused" (no job ever was in the queue) or "jobs" (nor any of these types).
    """

    what: Literal["owner", "source", "queue", "unused", "jobs"]
    wanted: str
    instead: tuple[str, ...] = ()


def owner_gap(owners: Iterable[str], reached: Collection[str]) -> Gap | None:
    """Return the first owner of a lane whom nothing reaches, given whom something does."""
    return next((Gap("owner", name) for name in owners if name not in reached), None)


def report_gap(
    lane: Lane, reported: Iterable[tuple[str, str]], known: Iterable[tuple[str, str]]
) -> Gap | None:
    """Return why the rule of a lane would not have seen the drill that a worker reported.

    `reported` is where, as (source, queue); `known` are (queue, job type) of the lane's source.
    """
    places = list(reported)
    if (lane.source, lane.queue) not in places:
        here = tuple(sorted({queue for source, queue in places if source == lane.source}))
        if here:
            return Gap("queue", lane.queue, here)
        if places:
            return Gap("source", lane.source, tuple(sorted({source for source, _ in places})))
        return None
    jobs = {job for queue, job in known if queue == lane.queue}
    if lane.jobs and jobs and jobs.isdisjoint(lane.jobs):
        return Gap("jobs", ", ".join(lane.jobs), tuple(sorted(jobs)))
    return None


def silence_gap(lane: Lane, known: Sequence[tuple[str, str]]) -> Gap | None:
    """Return why no worker may have reported a drill: none has ever used the lane's queue."""
    queues = {queue for queue, _job in known}
    if not queues or lane.queue in queues:
        return None
    return Gap("unused", lane.queue, tuple(sorted(queues)))


def broken_link(stand: Stand, now: float) -> Link | None:
    """Return the link of the chain that took too long, None while none has."""
    if stand.told_at is None:
        begun = stand.enqueued_at
        return "worker" if begun is not None and now - begun > SEEN_WITHIN_S else None
    if stand.sent_at is None:
        return "channel" if now - stand.told_at > SENT_WITHIN_S else None
    return "answer" if now - stand.sent_at > ANSWERED_WITHIN_S else None


def is_proven(drilled_at: float | None, now: float) -> bool:
    """Tell whether a person has answered a drill within the last 30 days."""
    return drilled_at is not None and now - drilled_at <= PROVEN_FOR_S


def appointment(
    known: Appointment | None, mark: str, drilled_at: float | None, now: float
) -> Appointment:
    """Return when a lane is drilled: monthly, an hour after a change, a day after it is new."""
    if known is None:
        proven_until = now if drilled_at is None else drilled_at + PROVEN_FOR_S
        return Appointment(mark=mark, made_at=now, due_at=max(now + FIRST_AFTER_S, proven_until))
    if known.mark != mark:
        soon = min(known.due_at, now + SETTLES_IN_S)
        return Appointment(mark=mark, made_at=now, due_at=soon)
    if drilled_at is not None and drilled_at > known.made_at:
        return Appointment(mark=mark, made_at=drilled_at, due_at=drilled_at + PROVEN_FOR_S)
    return known
