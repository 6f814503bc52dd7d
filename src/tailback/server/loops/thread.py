"""The forever part of a loop: a thread that calls `once` and waits, until it is told to stop."""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

_log = logging.getLogger(__name__)


class Loop(Protocol):
    """Something that is done again and again."""

    def once(self, now: float) -> bool:
        """Do it once; what is returned is for tests."""
        ...

    def pause_s(self) -> float:
        """Return how long to wait until the next time, seconds."""
        ...

    def close(self) -> None:
        """Give up what is held."""
        ...


class LoopThread(threading.Thread):
    """Runs a loop; an exception is logged and does not end it."""

    def __init__(self, name: str, loop: Loop, now: Callable[[], float]) -> None:
        """Prepare the thread; `now` reads the wall clock."""
        super().__init__(name=name, daemon=True)
        self._loop = loop
        self._now = now
        self._stopping = threading.Event()

    def run(self) -> None:
        """Go on until `stop`."""
        while not self._stopping.is_set():
            try:
                self._loop.once(self._now())
            except Exception:  # noqa: BLE001 - a loop must outlive any fault of one round
                _log.exception("loop failed, going on", extra={"loop": self.name})
            self._stopping.wait(self._loop.pause_s())
        self._loop.close()

    def stop(self) -> None:
        """Ask the thread to end after what it is doing."""
        self._stopping.set()
