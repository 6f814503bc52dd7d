"""`tailback.drill`: a job that fails or hangs a while, on purpose, to prove an alert."""

import time

LONGEST_HANG_S = 120.0
TICK_S = 0.5


class DrillError(Exception):
    """What a drill fails with, on purpose."""


def drill(mode: str = "pass", hang_s: float = 60.0) -> None:
    """Be the drill: `mode` is "pass", "fail" or "hang", which fails in the end.

    It touches nothing of the app, and counts nowhere as work that was done.
    """
    if mode == "pass":
        return
    left_s = min(max(hang_s, 0.0), LONGEST_HANG_S) if mode == "hang" else 0.0
    # In short naps, so that a worker that is stopped meanwhile can end.
    while left_s > 0:
        time.sleep(min(TICK_S, left_s))
        left_s -= TICK_S
    raise DrillError("this failure is a drill: it was asked for and means no harm")
