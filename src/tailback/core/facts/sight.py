"""What can be seen of one lane: its jobs in the ledger, and the newest reading of its queue."""

from tailback.core.ledger import Ledger
from tailback.core.model import Lane, QueueReading
from tailback.core.rollups import MINUTE_S


class Sight:
    """The sources of one lane's facts at `now` (Unix seconds), as far as they can be trusted.

    `parts` are its job types in the ledger. `reading` is None when the newest one is too old,
    `whole` is that reading where it is of this lane alone. `hooked` tells whether events of its
    workers can be relied on, `counted` is a counter of the broker where hooks know nothing better.
    """

    def __init__(
        self,
        ledger: Ledger,
        reading: QueueReading | None,
        lane: Lane,
        now: float,
        probe_stale_s: float,
        stream_stale_s: float,
    ) -> None:
        self.ledger = ledger
        self.lane = lane
        self.now = now
        desk = ledger.desk(lane.source)
        desk.promote(now)
        self.readings = desk.readings.get(lane.queue)
        self.parts = ledger.slices(lane.source, lane.queue, lane.jobs)
        self.old_reading = reading
        fresh = reading is not None and now - reading.taken_at <= probe_stale_s
        self.reading = reading if fresh else None
        # The probe counts a whole queue: it says nothing about some of its job types.
        self.whole = None if lane.jobs else self.reading
        self.heard_at = desk.heard_at
        heard = desk.heard_at is not None and now - desk.heard_at <= stream_stale_s
        self.alive = heard or lane.pinged
        self.workers = desk.workers.view(lane.queue, now)
        known = bool(self.parts) or bool(self.workers.alive)
        self.hooked = self.alive and (known or lane.pinged)
        self.last_minute = int(now) // MINUTE_S * MINUTE_S
        # Hooks know better what finished; a counter is of the whole queue.
        counts = fresh and self.readings is not None and not self.hooked and not lane.jobs
        counted = self.readings.counted if counts and self.readings is not None else None
        self.counted = None if counted is None or counted.last is None else counted

    def known(self, count: int) -> int | None:
        """Return a count of the ledger, None while hooks are not heard."""
        return count if self.hooked else None
