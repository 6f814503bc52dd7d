"""Deploy marks, business counters and the last readings of probes on SQLite."""

from collections.abc import Iterable

from tailback.store.marks import Deploy, SavedReading
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.writer import Writer
from tailback.store.text import storable

MINUTE_S = 60

_SQL = statements("marks")


class SqliteDeploys:
    """When what was deployed."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def add(self, release: str, *, at: float, service: str = "") -> None:
        """Note a deploy; the same mark sent twice is kept once."""
        row = {"at": at, "service": storable(service), "release": storable(release)}
        self._writer.execute(_SQL["add_deploy"], row).result()

    def between(self, from_: float, to: float) -> list[Deploy]:
        """Return the deploys in [from_, to), oldest first."""
        with self._readers.reading() as connection:
            return [
                Deploy(*row)
                for row in connection.execute(_SQL["deploys"], {"from": from_, "to": to})
            ]


class SqliteOutcomes:
    """Business counters per minute."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def add(self, name: str, count: int, *, at: float) -> None:
        """Add to a counter in the minute of `at`."""
        row = {"name": storable(name), "at": int(at // MINUTE_S) * MINUTE_S, "count": count}
        self._writer.execute(_SQL["add_outcome"], row).result()

    def series(self, name: str, *, from_: int, to: int, step_s: int) -> list[tuple[int, int]]:
        """Return (start of the step, count) in [from_, to); a step without a count is absent."""
        with self._readers.reading() as connection:
            row = {"name": storable(name), "from": from_, "to": to, "step": step_s}
            return connection.execute(_SQL["outcome_series"], row).fetchall()

    def names(self) -> list[str]:
        with self._readers.reading() as connection:
            return [row[0] for row in connection.execute(_SQL["outcome_names"])]


class SqliteReadings:
    """The last look at each queue: a restarted server knows since when it has not looked."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def save(self, readings: Iterable[SavedReading]) -> None:
        """Keep readings; one older than the kept one of its queue changes nothing."""
        rows = [
            {
                "source": storable(r.source),
                "queue": storable(r.queue),
                "taken_at": r.taken_at,
                "body": r.body,
            }
            for r in readings
        ]
        self._writer.call(lambda c: c.executemany(_SQL["save_reading"], rows).rowcount).result()

    def all(self) -> list[SavedReading]:
        with self._readers.reading() as connection:
            return [SavedReading(*row) for row in connection.execute(_SQL["readings"])]
