"""What earlier looks at a queue tell: jobs gone without an end, and how many finished."""

from tailback.core.ledger.counted import Counted
from tailback.core.ledger.job import RUNNING, Job
from tailback.core.model import QueueReading

# An event may be a few seconds behind the broker, and stamps may be rounded.
GRACE_S = 5.0


class Readings:
    """What the looks at one queue say beyond the newest: jobs that are gone, how many ended."""

    __slots__ = (
        "before", "counted", "finds_oldest", "latest", "oldest", "taken_at", "unmoved_since",
        "waiting",
    )  # fmt: skip

    def __init__(self) -> None:
        # Jobs first due earlier than these moments were not in the broker.
        self.before: float | None = None
        self.latest: float | None = None
        self.taken_at: float | None = None
        self.counted = Counted()
        # The probe has told exact ages: it finds the oldest job wherever it hides.
        self.finds_oldest = False
        self.waiting: int | None = None
        self.oldest: float | None = None
        # Jobs have been waiting since this look, and nothing was seen to leave.
        self.unmoved_since: float | None = None

    def take(self, reading: QueueReading) -> None:
        """Take a reading; an incomplete one proves nothing of jobs and breaks the row."""
        if self.taken_at is not None and reading.taken_at <= self.taken_at:
            return
        if reading.oldest_due_at is not None and reading.oldest_source == "exact":
            self.finds_oldest = True
        self._watch_waiting(reading)
        self.taken_at = reading.taken_at
        self.counted.take(reading.taken_at, reading.done_counter)
        self.before, self.latest = self.latest, _missing_before(reading)

    def _watch_waiting(self, reading: QueueReading) -> None:
        before, self.waiting = self.waiting, reading.waiting
        oldest, self.oldest = self.oldest, reading.oldest_due_at
        ended = self.counted.last is not None and reading.done_counter != self.counted.last[1]
        ended = ended or oldest != reading.oldest_due_at
        fewer = before is None or reading.waiting is None or reading.waiting < before
        if not reading.waiting:
            self.unmoved_since = None
        elif fewer or ended or self.unmoved_since is None:
            self.unmoved_since = reading.taken_at

    def gone(self, job: Job) -> bool:
        """Return whether two complete readings in a row did not have the job."""
        if self.before is None or self.latest is None or job.phase == RUNNING:
            return False
        horizon = min(self.before, self.latest)
        return job.first_due < horizon and job.last_at < horizon


def _missing_before(reading: QueueReading) -> float | None:
    if not reading.sees_all:
        return None
    if reading.oldest_due_at is not None:
        # A broker that begins anew at a retry says nothing about first dues.
        honest = reading.oldest_source in ("exact", "stamp")
        return min(reading.oldest_due_at, reading.taken_at) - GRACE_S if honest else None
    held = (reading.waiting, reading.running, reading.retrying, reading.scheduled)
    return reading.taken_at - GRACE_S if not any(held) else None
