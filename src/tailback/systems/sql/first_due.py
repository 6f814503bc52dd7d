"""Remembers when scheduled jobs were first due, for tables whose retries overwrite that time."""

from collections import OrderedDict

MOST = 5_000


class FirstDue:
    """Bounded: forgets what it learned first."""

    def __init__(self) -> None:
        """Start without memory."""
        self._due: OrderedDict[str, float] = OrderedDict()

    def learn(self, job_id: str, due: float) -> None:
        """Note a job that was never attempted; moving it to another time is not a retry."""
        self._due[job_id] = due
        self._due.move_to_end(job_id)
        while len(self._due) > MOST:
            self._due.popitem(last=False)

    def of(self, job_id: str, otherwise: float) -> float:
        """Return when the job was first due, `otherwise` when it was never seen scheduled."""
        return self._due.get(job_id, otherwise)
