"""Marks that are no job events: a deploy, a step of a business counter, a schedule."""

from collections import deque
from itertools import islice

DEPLOYS = "/api/v1/deploys"
OUTCOMES = "/api/v1/outcomes"
SCHEDULES = "/api/v1/schedules"
MAX_ENTRIES = 300
MAX_WAITING = 10_000
MINUTE_S = 60.0

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Mark = tuple[str, dict[str, object]]  # path, body


def deploy_mark(release: str, service: str | None, at: float) -> "Mark":
    """Return the request that says: `release` went live at `at`."""
    body: dict[str, object] = {"release": release, "at": at}
    return DEPLOYS, body if service is None else {**body, "service": service}


def outcome_mark(name: str, n: int, at: float) -> "Mark":
    """Return the request that adds `n` to the business counter `name`."""
    return OUTCOMES, {"name": name, "at": at, "count": n}


def schedule_mark(
    found_in: str,
    scheduler: str,
    entries: "Iterable[dict[str, object]]",
    *,
    partial: bool = False,
) -> "Mark":
    """Return the request that says all that `scheduler` runs by itself, 300 entries at most."""
    told = list(islice(entries, MAX_ENTRIES))
    body: dict[str, object] = {
        "found_in": found_in,
        "scheduler": scheduler,
        "entries": told,
    }
    return SCHEDULES, {**body, "partial": True} if partial else body


class Marks:
    """Marks on their way, at most 10,000; the oldest leave first."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: deque[Mark] = deque(maxlen=MAX_WAITING)

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, mark: "Mark") -> None:
        """Put a mark last; safe from any thread."""
        self._waiting.append(mark)

    def take(self) -> "list[Mark]":
        """Take all out, oldest first.

        The steps of one counter within a minute are one, and of a schedule only the latest counts.
        """
        sums: dict[tuple[object, ...], Mark] = {}
        for number in range(len(self._waiting)):
            path, body = self._waiting.popleft()
            key: tuple[object, ...] = (number,)
            if path == OUTCOMES:
                key = (body["name"], float(str(body["at"])) // MINUTE_S)
            if path == SCHEDULES:
                sums.pop(key := (path, body["scheduler"]), None)
            known = sums.get(key)
            if known is not None:
                body = {**body, "count": int(str(known[1]["count"])) + int(str(body["count"]))}
            sums[key] = path, body
        return list(sums.values())

    def put_back(self, marks: "list[Mark]") -> None:
        """Put marks that did not reach the server first again, in their order."""
        self._waiting.extendleft(reversed(marks))
