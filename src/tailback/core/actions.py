"""What people may have done to jobs from the board, and what comes of it for each job."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Action = Literal["retry", "discard", "revoke"]
ACTIONS: tuple[Action, ...] = ("retry", "discard", "revoke")

# planned: written down; sent: about to be done, so that after a crash it must be looked at.
JobState = Literal["planned", "sent", "done", "gone", "refused", "stopped", "unknown"]
ENDED: tuple[JobState, ...] = ("done", "gone", "refused", "stopped", "unknown")

MAX_JOBS = 100_000
"""Most jobs of one action; the newest are taken, the others by another action."""
CONFIRM_WITHIN_S = 600.0
MARKS_S = 7 * 86_400.0
"""How long brokers remember what was done under a mark; later nobody can tell."""

TELLS: Mapping[str, Literal["enqueued", "discarded"]] = {
    "retry": "enqueued",
    "discard": "discarded",
}
"""What happens to a job by an action that no hook reports; a revoked job is told by its worker."""


@dataclass(frozen=True, slots=True)
class Target:
    """One job that something is to be done to."""

    id: str
    queue: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: done, gone (nothing was there any more) or refused, with the reason."""

    state: Literal["done", "gone", "refused"]
    why: str = ""


DONE = Outcome("done")
GONE = Outcome("gone")
