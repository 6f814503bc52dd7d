"""The two databases behind one small port: what differs between PostgreSQL and SQLite."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

STATEMENT_TIMEOUT_S = 2.0
LOCK_TIMEOUT_S = 0.1
CONNECT_TIMEOUT_S = 5.0

Row = Sequence[Any]


class Reader(Protocol):
    """A connection that can only read, each statement alone and for at most 2 s.

    Failures are `ProbeError`; after one the next statement connects again.
    """

    def query(self, statement: str, values: Mapping[str, Any]) -> Sequence[Row]:
        """Return all rows of one bounded statement with named `values`."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Let all statements of a block see the same moment."""
        ...

    def value(self, name: str) -> str:
        """Return how a statement writes the value called `name`."""
        ...

    def text(self, expression: str) -> str:
        """Return the operator's expression as a statement may contain it."""
        ...

    def epoch(self, key: str, expression: str) -> str:
        """Return SQL for Unix seconds of a time expression; `key` names it in errors."""
        ...

    def since(self, key: str, expression: str, name: str) -> str:
        """Return an index-friendly condition: the time is not before the value `name`."""
        ...

    def clock(self, now: float) -> float:
        """Return the database's clock in Unix seconds; `now` where it is this machine's."""
        ...

    def size(self) -> float | None:
        """Return about how many rows the table has, at no cost."""
        ...

    def scans(self, statement: str, values: Mapping[str, Any]) -> bool:
        """Tell whether the statement would read the whole table, without running it."""
        ...

    def refuse_blindness(self) -> None:
        """Raise ProbeError when rows exist that this account is not shown."""
        ...

    def close(self) -> None:
        """Give up the connection."""
        ...
