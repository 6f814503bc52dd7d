"""What the Redis probe remembers between two looks; bounded, and lost without harm."""

from dataclasses import dataclass, field

from tailback.systems.celery.ladder import Ladder
from tailback.systems.celery.message import Message

MAX_SEEN = 20_000
# A retry that starts with an early acknowledgement is in no key while it runs. For this long its
# age goes on; a job that was done instead is shown for as long at most.
BETWEEN_ATTEMPTS_S = 15.0


@dataclass(slots=True)
class Loop:
    """A job in its retries: since when it is due, how that is known, when it was last seen."""

    job: str | None
    due: float
    stamped: bool
    seen_at: float


@dataclass(slots=True)
class Memory:
    """First sightings by job id, jobs in their retries by queue, and what lists and tags held."""

    seen: dict[str, float] = field(default_factory=dict)
    loops: dict[str, dict[str, Loop]] = field(default_factory=dict)
    ladders: dict[str, Ladder] = field(default_factory=dict)
    marks: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, Message] = field(default_factory=dict)

    def first_seen(self, job_id: str | None, since: float) -> float:
        """Return since when at least a job is known, and remember it."""
        if job_id is None:
            return since
        first = min(self.seen.pop(job_id, since), since)
        # Put last again, so that the ids not met for longest are the ones forgotten.
        self.seen[job_id] = first
        while len(self.seen) > MAX_SEEN:
            del self.seen[next(iter(self.seen))]
        return first

    def ladder(self, key: str) -> Ladder:
        """Return the ladder of one list."""
        return self.ladders.setdefault(key, Ladder())

    def looping(self, queue: str, job_id: str, loop: Loop) -> None:
        """Note a job in its retries."""
        loops = self.loops.setdefault(queue, {})
        if len(loops) < MAX_SEEN or job_id in loops:
            loops[job_id] = loop

    def between_attempts(self, queue: str, now: float) -> list[Loop]:
        """Return jobs that were in their retries a moment ago and are not seen now."""
        loops = self.loops.get(queue, {})
        for job_id in [
            one for one, loop in loops.items() if loop.seen_at < now - BETWEEN_ATTEMPTS_S
        ]:
            del loops[job_id]
        return [loop for loop in loops.values() if loop.seen_at < now]

    def forget_lists(self, keys: set[str]) -> None:
        """Drop what belongs to lists that are watched no more."""
        for key in self.ladders.keys() - keys:
            del self.ladders[key]
            self.marks.pop(key, None)
