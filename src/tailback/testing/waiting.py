"""Waiting for something to become true, with a deadline and never for a fixed time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
TIMEOUT_S = 45.0
POLL_S = 0.03


def eventually(
    look: Callable[[], T | None],
    what: str,
    timeout_s: float = TIMEOUT_S,
    story: Callable[[], object] = lambda: None,
) -> T:
    """Return the first true answer of `look`; after `timeout_s` fail with `what` and `story`."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > deadline:
            said = f"within {timeout_s:.0f} s this never came true: {what}"
            raise AssertionError(f"{said} (last: {answer!r}) {story() or ''}")
        time.sleep(POLL_S)
