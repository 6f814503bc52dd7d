"""What the hook must remember between two of RQ's functions."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from tailback.systems.rq.relay import Relay


class State(threading.local):
    """What belongs together in one thread: a retry inside a failure inside a job.

    `due` is when the retry that RQ has just arranged will come.
    """

    retrying = False
    settles = False
    due: float | None = None
    job: Any = None
    account: AbstractContextManager[Any] | None = None
    relay: Relay | None = None

    @contextmanager
    def retry(self) -> Iterator[None]:
        """What is enqueued inside is another attempt, not a new job."""
        self.retrying, self.due = True, None
        try:
            yield
        finally:
            self.retrying = False

    @contextmanager
    def settling(self) -> Iterator[None]:
        """A retry inside is told by whoever settles the attempt."""
        self.settles, self.due = True, None
        try:
            yield
        finally:
            self.settles = False


STATE = State()
