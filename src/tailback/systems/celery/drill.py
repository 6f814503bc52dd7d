"""`tailback.drill`: a task that does nothing, fails, or hangs a while, to prove an alert."""

import time
from typing import Any

from tailback.systems.celery.stamp import DRILL

LONGEST_HANG_S = 3_600.0
TICK_S = 0.5


class DrillError(Exception):
    """What a drill fails with, on purpose."""


def drill(mode: str = "pass", hang_s: float = 60.0) -> str:
    """Be the drill: `mode` is "pass", "fail" or "hang"; it touches nothing of the app."""
    if mode == "fail":
        raise DrillError("this failure is a drill: it was asked for and means no harm")
    left_s = min(max(hang_s, 0.0), LONGEST_HANG_S) if mode == "hang" else 0.0
    # In short naps, so that a worker that is stopped meanwhile can end.
    while left_s > 0:
        time.sleep(min(TICK_S, left_s))
        left_s -= TICK_S
    return mode


def register(app: Any) -> None:
    """Make the task known to an app that has just been finalized."""
    if DRILL not in app._tasks:  # noqa: SLF001 - `tasks` would finalize it again
        app.task(name=DRILL, shared=False, lazy=False, ignore_result=True)(drill)
