"""The attempts that run in this process now."""


class Run:
    """One attempt in this process: since when, in which queue, and which one it is.

    `goes_on` is set when the job was published again meanwhile: however the attempt ends, the
    job does not.
    """

    __slots__ = ("at", "attempt", "began", "goes_on", "queue")

    def __init__(self, at: float, began: float, queue: str, attempt: int) -> None:
        self.at = at
        self.began = began
        self.queue = queue
        self.attempt = attempt
        self.goes_on = False


RUNS: dict[str, Run] = {}
"""Attempts that run in this process, by job; Celery signals an end for every start."""
