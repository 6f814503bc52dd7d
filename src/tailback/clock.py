"""The only module that reads the wall clock; everything else takes `now` as an argument."""

import time


def now() -> float:
    """Return the current time in Unix seconds (UTC)."""
    return time.time()


def monotonic() -> float:
    """Return seconds of a clock that never goes back; only differences mean anything."""
    return time.monotonic()
