"""The one job that every system runs in its contract test, and what it does to order.

It leaves marks in a journal folder, so that a test knows the truth without asking the job system.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOREVER = -1
HOLD_POLL_S = 0.02
ERRORS: dict[str, type[Exception]] = {"ValueError": ValueError, "KeyError": KeyError}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one job is to do: `fail` attempts go wrong (or `FOREVER`), then it returns `value`.

    `retries` and `retry_delay_s` are what the job system is told; `delay_s` schedules the first
    attempt; `hold` keeps an attempt running until `Journal.release`. `error` names the exception
    raised: a builtin, or "Hostile", whose text cannot even be asked for. `secret` is an argument
    that must never leave the process.
    """

    key: str
    journal: str
    queue: str = "emails"
    fail: int = 0
    retries: int = 0
    retry_delay_s: float = 0.0
    delay_s: float | None = None
    hold: bool = False
    tenant: str | None = None
    value: Any = None
    error: str = "ValueError"
    text: str = "the template has no field 'customer'"
    secret: str = ""

    def plan(self) -> dict[str, Any]:
        """Return the job's argument: plain data that every serializer carries."""
        return asdict(self)


class HostileError(Exception):
    """An exception that fights whoever describes it."""

    def __str__(self) -> str:
        raise RuntimeError("this exception refuses to be read")

    __repr__ = __str__


def perform(plan: Mapping[str, Any]) -> Any:
    """Be the job: called by every system's test application in its worker."""
    folder, key = Path(plan["journal"]), plan["key"]
    starts = folder / f"{key}.starts"
    with starts.open("a", encoding="utf-8") as marks:
        marks.write(f"{os.getpid()} {time.time()}\n")
    attempt = len(starts.read_text(encoding="utf-8").splitlines())
    while plan["hold"] and not (folder / f"{key}.go").exists():
        time.sleep(HOLD_POLL_S)
    if plan["fail"] == FOREVER or attempt <= plan["fail"]:
        raise _error(plan)
    (folder / f"{key}.done").touch()
    return plan["value"]


def _error(plan: Mapping[str, Any]) -> BaseException:
    if plan["error"] == "Hostile":
        return HostileError()
    return ERRORS[plan["error"]](plan["text"])


@dataclass(frozen=True, slots=True)
class Journal:
    """What the jobs of one test left behind."""

    folder: Path

    def attempts(self, key: str) -> int:
        """Return how many attempts of the job `key` have begun."""
        try:
            return len((self.folder / f"{key}.starts").read_text(encoding="utf-8").splitlines())
        except FileNotFoundError:
            return 0

    def done(self, key: str) -> bool:
        return (self.folder / f"{key}.done").exists()

    def release(self, key: str) -> None:
        """Let a held job go on."""
        (self.folder / f"{key}.go").touch()
