"""What one job's events mean, worked out the slow way from the definitions alone.

Shares no code with the ledger: it splits the set of events into lives first and then looks at each.
"""

from collections import Counter
from dataclasses import dataclass, field

RANK = ["enqueued", "started", "retrying", "failed", "lost", "succeeded", "dead", "discarded"]
FAILURES = ("retrying", "failed", "dead")


@dataclass
class Answer:
    state: str | None = None
    first_due: float | None = None
    fails: int = 0
    first_error: str | None = None
    latest_error: str | None = None
    counts: Counter = field(default_factory=Counter)  # (minute, what) -> how often
    ages: list = field(default_factory=list)  # (minute, age at success)


def minute(event):
    return int(event.at) // 60 * 60


def ordered(events):
    seen = {}
    for event in events:
        seen.setdefault((event.at, RANK.index(event.kind), event.attempt or 0), event)
    return [seen[key] for key in sorted(seen)]


def lives_of(events, redelivers):
    """Split into lives: (events up to and with the end, events after it, floor)."""
    lives = []
    current, after, floor, end = [], [], None, None
    for event in ordered(events):
        if end is not None:
            ghost = not any(e.kind == "enqueued" for e in current + after)
            fresh = event.kind == "enqueued" and not (ghost and event.at <= end.at + 5)
            revived = event.kind == "started" and dead(end)
            if event.at > end.at and (fresh or revived):
                lives.append((current, after, floor))
                floor = max(end.at, floor or 0)
                current, after, end = [], [], None
            elif dead(end) and event.at > end.at and event.kind in ("succeeded", "discarded"):
                current.append(event)  # settles a dead job
                end = event
                continue
            else:
                after.append(event)
                continue
        current.append(event)
        if event.kind in ("succeeded", "dead", "discarded") or lost_for_good(current, redelivers):
            end = event
    if current or after:
        lives.append((current, after, floor))
    return lives


def dead(end):
    return end.kind in ("dead", "lost")


def lost_for_good(events, redelivers):
    last = events[-1]
    if last.kind != "lost" or redelivers:
        return False
    return not superseded(events)


def superseded(events):
    """A loss says nothing of a job that has already failed, or whose later attempt is known."""
    last, before = events[-1], events[:-1]
    highest = max((e.attempt or 0 for e in before if e.kind in ("started", *FAILURES)), default=0)
    return phase_of(before) in ("retrying", "failed") or 0 < (last.attempt or 0) < highest


def phase_of(events):
    """The state of an unfinished life, or None when nothing happened."""
    state, highest = None, 0
    for index, event in enumerate(events):
        attempt = event.attempt or 0
        late = 0 < attempt < highest
        if event.kind == "enqueued":
            later = event.due_at is not None and event.due_at > event.at
            if state == "running" or (state == "waiting" and not later):
                continue
            failed = any(e.kind in FAILURES for e in events[:index])
            state = ("retrying" if failed else "scheduled") if later else "waiting"
        elif event.kind == "started":
            if not late:
                state = "running"
                highest = max(highest, attempt)
        elif event.kind in ("retrying", "failed"):
            if not late:
                state = event.kind
                highest = max(highest, attempt)
        elif event.kind == "lost" and not late and state not in ("retrying", "failed"):
            state = "lost"
    return state


def first_due_of(events, floor):
    """First enqueue: the least of all stamps and enqueues; the first ETA if it is later."""
    stamps = []
    for event in events:
        if event.first_enqueued_at is not None and not (
            floor is not None and event.first_enqueued_at <= floor
        ):
            stamps.append(event.first_enqueued_at)
        if event.kind == "enqueued":
            stamps.append(event.at)
    if not stamps:
        return events[0].at
    first = min(stamps)
    enqueues = [event for event in events if event.kind == "enqueued"]
    if enqueues:
        earliest = enqueues[0]
        is_first = earliest.at - first <= 1.0 and (earliest.attempt or 0) <= 1
        if is_first and earliest.due_at is not None and earliest.due_at > earliest.at:
            return earliest.due_at
    return first


def answer(events, *, redelivers=True):
    result = Answer()
    lives = lives_of(events, redelivers)
    for events_, after, floor in lives:
        count_life(result, events_, after, floor, redelivers)
    if not lives:
        return result
    current, _, floor = lives[-1]
    last = current[-1]
    ended = last.kind in ("succeeded", "dead", "discarded") or lost_for_good(current, redelivers)
    result.state = ("dead" if last.kind == "lost" else last.kind) if ended else phase_of(current)
    result.first_due = first_due_of(before_end(current, redelivers), floor)
    return result


def before_end(events, redelivers):
    """The events that may say when the job was first due: up to its (first) end."""
    for index, event in enumerate(events):
        done = event.kind in ("succeeded", "dead", "discarded")
        if done or lost_for_good(events[: index + 1], redelivers):
            return events[: index + 1]
    return events


def count_life(result, current, after, floor, redelivers):
    everything = current + after
    enqueues = [event for event in everything if event.kind == "enqueued"]
    if enqueues:
        result.counts[minute(enqueues[0]), "arrivals"] += 1
    failures = 0
    for index, event in enumerate(everything):
        if event.kind == "started":
            result.counts[minute(event), "started"] += 1
        if event.kind == "lost":
            result.counts[minute(event), "lost"] += 1
            if index < len(current) and lost_for_good(current[: index + 1], redelivers):
                result.counts[minute(event), "dead"] += 1
        if event.kind in FAILURES:
            twin = twin_of(everything, index)
            if twin is None:
                result.counts[minute(event), "failed"] += 1
                failures += 1
            if event.kind == "retrying" and not (twin is not None and twin.kind == "retrying"):
                result.counts[minute(event), "retried"] += 1
    settled = [e for e in current if e.kind in ("succeeded", "dead", "discarded")]
    for end in settled:
        what = {"succeeded": "completed"}.get(end.kind, end.kind)
        result.counts[minute(end), what] += 1
        if end.kind == "succeeded":
            due = first_due_of(before_end(current, redelivers), floor)
            result.ages.append((minute(end), max(0.0, end.at - due)))
    counted = [
        e
        for i, e in enumerate(everything)
        if (e.kind in FAILURES or (e.kind == "lost" and i < len(current))) and e.error
    ]
    result.fails = failures
    result.first_error = result.latest_error = None
    if counted:
        numbered = [e for e in counted if e.attempt]
        least = min((e.attempt for e in numbered), default=None)
        head = counted[0]
        if head.attempt and least < head.attempt:
            head = next(e for e in numbered if e.attempt == least)
        result.first_error = head.error["message"]
        result.latest_error = counted[-1].error["message"]


def twin_of(events, index):
    """The report of the same failure before this one: same attempt, not begun again since."""
    attempt = events[index].attempt
    if not attempt:
        return None
    for before in reversed(events[:index]):
        if before.kind == "started" and before.attempt in (attempt, None):
            return None
        if before.kind in FAILURES and before.attempt == attempt:
            return before
    return None
