"""Actions on jobs: what was planned, confirmed and done, and what came of every job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from tailback.core.actions import Action, JobState


@dataclass(frozen=True, slots=True)
class SavedAction:
    """One action; `matched` is how many jobs the search found, `problem` why it does not get on.

    State is planned (shown to a person, nothing done), running or ended. Times are Unix seconds.
    """

    id: str
    at: float
    actor: str
    action: Action
    source: str
    query: str
    matched: int
    dry: bool = False
    state: str = "planned"
    confirmed_at: float | None = None
    ended_at: float | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ActionJob:
    """One job of an action: its place in it, and what came of it at `at`."""

    no: int
    id: str
    queue: str
    job: str
    state: JobState = "planned"
    why: str = ""
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What one action did to a job: `id`, `actor`, `action` and `dry` are the action's."""

    id: str
    actor: str
    action: Action
    dry: bool
    state: JobState
    why: str
    at: float | None


class ActionStore(Protocol):
    """Actions; a job's row is written before anything is done to it."""

    def plan(self, action: SavedAction, jobs: Sequence[ActionJob]) -> None:
        """Write an action and its jobs down, some thousand at a time.

        Its id is told to nobody before, so what a crash leaves of it is never confirmed.
        """
        ...

    def confirm(self, id: str, *, actor: str, dry: bool, now: float, since: float) -> bool:  # noqa: A002
        """Let an action begin, and write its line of the audit, both or neither.

        False when it was begun already, belongs to somebody else or was planned before `since`.
        """
        ...

    def running(self) -> list[SavedAction]:
        """Return the actions that are not at their end."""
        ...

    def newest(self, limit: int, *, before: float = inf) -> list[SavedAction]:
        """Return confirmed actions that were planned before a moment, the newest first."""
        ...

    def find(self, id: str) -> SavedAction | None:  # noqa: A002
        """Return one action."""
        ...

    def counts(self, id: str) -> Mapping[str, int]:  # noqa: A002
        """Return how many of its jobs are in each state."""
        ...

    def jobs(self, id: str, *, after: int, limit: int) -> list[ActionJob]:  # noqa: A002
        """Return its jobs in their order."""
        ...

    def of_job(self, source: str, id: str) -> list[Done]:  # noqa: A002
        """Return what was done to the jobs of one id, the latest first; 20 at most."""
        ...

    def send(self, id: str, limit: int, *, now: float) -> list[ActionJob]:  # noqa: A002
        """Note that the next jobs are about to be done, and return them.

        Those that a crash left in this state come first, alone.
        """
        ...

    def settle(self, id: str, jobs: Sequence[ActionJob]) -> None:  # noqa: A002
        """Note what came of jobs, all or none."""
        ...

    def trouble(self, id: str, problem: str | None) -> None:  # noqa: A002
        """Note why an action does not get on."""
        ...

    def give_up(self, id: str, *, unknown: str, stopped: str, now: float) -> None:  # noqa: A002
        """Settle what is left: jobs that were about to be done are unknown, others stopped."""
        ...

    def stop(self, id: str, *, actor: str, why: str, now: float) -> bool:  # noqa: A002
        """Stop the jobs that were not begun, and write a line of the audit, both or neither.

        Jobs that are being done are left to their end. False when none was left to stop.
        """
        ...

    def end(self, id: str, *, now: float) -> None:  # noqa: A002
        """End an action."""
        ...
