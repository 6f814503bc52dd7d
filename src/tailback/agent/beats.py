"""The workers of this process and the jobs they run now, told to the server every 15 s.

The in-flight list is how the server finds jobs that died with their worker.
"""

from tailback.agent.guard import swallow

EVERY_S = 15
MAX_RUNNING_SENT = 1_000
MAX_RUNNING_KEPT = 10_000

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Beats:
    """Workers and in-flight jobs; every method is one atomic dict operation or reads a copy."""

    __slots__ = ("_asked", "_running", "_workers")

    def __init__(self) -> None:
        self._workers: dict[str, tuple[list[str], int | None]] = {}
        self._running: dict[str, None] = {}
        self._asked: Callable[[], Iterable[str]] | None = None

    def worker(
        self,
        worker: str,
        queues: "list[str]",
        slots: int | None,
        asked: "Callable[[], Iterable[str]] | None" = None,
    ) -> bool:
        """Remember a worker; returns whether something about it is new.

        `asked` answers at every beat what runs, where the job system knows it itself.
        """
        self._asked = asked or self._asked
        known = self._workers.get(worker)
        self._workers[worker] = (queues, slots)
        return known != (queues, slots)

    def running(self, job: str) -> None:
        """Remember that a job is in the hands of this process."""
        if len(self._running) >= MAX_RUNNING_KEPT:
            self._running.pop(next(iter(list(self._running))), None)
        self._running[job] = None

    def finished(self, job: str) -> None:
        """Forget a job; unknown ids are fine."""
        self._running.pop(job, None)

    def __bool__(self) -> bool:
        return bool(self._workers)

    def wire(self) -> "list[dict[str, object]]":
        """Return the `workers` of a batch, the longest-running jobs first, capped.

        A process cannot tell which of its workers holds a job, so the list stands at the first.
        """
        running = self._in_hand()[:MAX_RUNNING_SENT]
        told: list[dict[str, object]] = []
        for worker, (queues, slots) in list(self._workers.items()):
            told.append(
                {
                    "id": worker,
                    "queues": queues,
                    "slots": slots,
                    "every_s": EVERY_S,
                    "running": running if not told else [],
                }
            )
        return told

    def _in_hand(self) -> "list[str]":
        if self._asked is not None:
            try:
                return [str(job) for job in self._asked()]
            except Exception as error:  # noqa: BLE001 - a table of the app's that changes meanwhile
                swallow(error, "tailback.agent.beats")
        return list(self._running)
