"""Reads the unfinished, dead and finished jobs of one table in a few bounded statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from tailback import clock
from tailback.core import wording_sql as wording
from tailback.core.model import QueueReading
from tailback.core.system import ProbeError
from tailback.systems.sql import statements
from tailback.systems.sql.completions import WINDOW_S, Completions
from tailback.systems.sql.first_due import FirstDue
from tailback.systems.sql.layout import Layout, read_layout
from tailback.systems.sql.look import Group, Job, Look
from tailback.systems.sql.reader import Reader, Row

LARGE_TABLE_ROWS = 50_000
JUST_NOW_S = 60.0
RECOUNT_S = 60.0


def open_probe(source: str, url: str, options: Mapping[str, Any]) -> "SqlProbe":
    """Open a probe of the table that `options["table"]` describes.

    ProbeError names the key of `[source.table]` that cannot be used, and the remedy.
    """
    try:
        layout = read_layout(options)
        _check_zone(layout.time_zone)
        return SqlProbe(source, layout, _reader(url, layout))
    except ProbeError as error:
        raise ProbeError(f'source "{source}": {error}') from error


class SqlProbe:
    """One table of one database; used from one thread at a time."""

    def __init__(self, source: str, layout: Layout, reader: Reader) -> None:
        self._source = source
        self._layout = layout
        self._reader = reader
        self._completions: dict[str, Completions] = {}
        self._first_due = FirstDue()
        self._too_many_until: dict[str, float] = {}
        self._too_costly: dict[str, str] = {}
        self._statements = statements.build(layout, reader)
        try:
            self._reader.refuse_blindness()
            self._weigh()
        except ProbeError:
            self._reader.close()
            raise

    def discover(self) -> Sequence[str]:
        """Return the queues that have unfinished jobs, or the one queue of a table without."""
        self._weigh()
        literal = self._layout.literal_queue
        if literal is not None:
            return [literal]
        found = self._walk_queues()
        return sorted(str(row[0]) for row in found)

    def read(self, queues: Sequence[str], now: float) -> Sequence[QueueReading]:
        """Return one reading per queue; six statements each at most."""
        broker_now = self._reader.clock(now)
        readings = [self._read(queue, now, broker_now) for queue in queues]
        if not any(reading.oldest_due_at for reading in readings):
            self._reader.refuse_blindness()
        return readings

    def close(self) -> None:
        self._reader.close()

    def _read(self, queue: str, now: float, broker_now: float) -> QueueReading:
        literal = self._layout.literal_queue
        if literal is not None and queue != literal:
            note = wording.one_queue(literal)
            return QueueReading(source=self._source, queue=queue, taken_at=now, notes=(note,))
        with self._reader.snapshot():
            return self._look(queue, now, broker_now)

    def _look(self, queue: str, now: float, broker_now: float) -> QueueReading:
        ask = _Ask(
            self._reader, {"queue": queue, "now": broker_now, "just_now": broker_now - JUST_NOW_S}
        )
        look = Look(now=broker_now, notes=list(self._too_costly.values()))
        self._look_at_unfinished(queue, ask, look)
        dead = self._dead(ask, look)
        done = self._done(queue, ask)
        return self._reading(queue, now, look, dead, done)

    def _look_at_unfinished(self, queue: str, ask: "_Ask", look: Look) -> None:
        sql = self._statements
        if look.now < self._too_many_until.get(queue, 0.0):
            look.groups = [Group.of(row) for row in ask.rows(sql.summary_of_oldest)]
            look.complete = look.sum("jobs") < statements.SAMPLE_ROWS
        if look.complete:
            self._count(queue, ask, look)
        if not look.total:
            return
        look.oldest = [Job.of(row) for row in ask.rows(sql.oldest)]
        if sql.next_due and "next_due" not in self._too_costly:
            for row in ask.rows(sql.next_due):
                self._first_due.learn(str(row[0]), float(row[3]))
        look.date(self._first_due)
        if not look.proven() and sql.oldest_due and "next_due" not in self._too_costly:
            look.further = [Job.of(row) for row in ask.rows(sql.oldest_due)]
            look.date(self._first_due)

    def _count(self, queue: str, ask: "_Ask", look: Look) -> None:
        sql = self._statements
        look.total = int(ask.rows(sql.count)[0][0])
        look.complete = look.total <= statements.COUNT_UP_TO
        if not look.complete:
            self._too_many_until[queue] = look.now + RECOUNT_S
        summary = sql.summary_of_all if look.complete else sql.summary_of_oldest
        look.groups = [Group.of(row) for row in ask.rows(summary)] if look.total else []

    def _dead(self, ask: "_Ask", look: Look) -> int | None:
        if self._statements.dead is None or "dead" in self._too_costly:
            return None
        number = int(ask.rows(self._statements.dead)[0][0])
        if number > statements.DEAD_UP_TO:
            look.notes.append(wording.more_than(statements.DEAD_UP_TO, "dead jobs"))
            return None
        return number

    def _done(self, queue: str, ask: "_Ask") -> int | None:
        statement = statements.build_done(self._layout, self._reader)
        if statement is None or "done" in self._too_costly:
            return None
        now = ask.values["now"]
        rows = ask.rows(statement, since=now - WINDOW_S)
        counter = self._completions.setdefault(queue, Completions())
        return counter.count(((int(row[0]), int(row[1])) for row in rows), now)

    def _reading(
        self, queue: str, now: float, look: Look, dead: int | None, done: int | None
    ) -> QueueReading:
        known = self._layout.expressions
        complete = look.complete
        attempts = self._layout.attempted is not None
        scheduled = look.sum("scheduled") if complete else None
        overdue = look.sum("overdue") if complete else None
        running = look.sum("running")
        oldest = look.oldest_due_at()
        return QueueReading(
            source=self._source,
            queue=queue,
            taken_at=now,
            broker_now=look.now,
            waiting=look.waiting() if complete else None,
            oldest_due_at=oldest,
            oldest_source=None if oldest is None else "exact" if look.proven() else "sample",
            ready_wait=look.ready_wait(),
            running=running if complete and "running_when" in known else None,
            oldest_running_at=look.first("started"),
            retrying=look.sum("retrying") if complete and attempts else None,
            scheduled=scheduled if "due" in known else 0 if complete else None,
            overdue_scheduled=overdue if "due" in known else 0 if complete else None,
            dead=dead,
            done_counter=done,
            notes=tuple(look.all_notes()),
            oldest_by_job=look.by_job,
            sees_all=complete,
        )

    def _walk_queues(self) -> Sequence[Row]:
        assert self._statements.queues is not None
        assert self._statements.queues_sample is not None
        if "queues" in self._too_costly:
            return self._reader.query(self._statements.queues_sample, {})
        return self._reader.query(self._statements.queues, {})

    def _weigh(self) -> None:
        """Leave out what would read all of a large table at every look, and say so."""
        self._too_costly = {}
        # A SQLite file tells by its rows how it writes times, so this may change.
        self._statements = statements.build(self._layout, self._reader)
        size, now = self._reader.size(), self._reader.clock(clock.now())
        if size is None or size < LARGE_TABLE_ROWS:
            return
        values = {"queue": "", "now": now, "just_now": now - JUST_NOW_S, "since": now - WINDOW_S}
        done = statements.build_done(self._layout, self._reader)
        optional = {
            "dead": (self._statements.dead, "dead jobs", self._index("dead_when")),
            "done": (done, "finished jobs", self._index("done_at")),
            "next_due": (self._statements.next_due, "scheduled jobs", self._index("due")),
        }
        for name, (statement, what, index) in optional.items():
            if statement and self._reader.scans(statement, values):
                self._too_costly[name] = wording.unserved(what, index)
        if self._reader.scans(self._statements.oldest, values):
            note = wording.slow_without_index(size, self._index("created"))
            self._too_costly["queues"] = note

    def _index(self, key: str) -> str:
        layout = self._layout
        queue = "" if layout.literal_queue is not None else f"({layout.get('queue')}), "
        if key == "dead_when":
            column = f"({layout.get('queue')})" if queue else f"({layout.get('id')})"
            return f"create index on {layout.table} ({column}) where {layout.get('dead_when')}"
        columns = f"{queue}({layout.get(key)})"
        part = "" if key == "done_at" else f" where {layout.unfinished}"
        return f"create index on {layout.table} ({columns}){part}"


@dataclass(frozen=True, slots=True)
class _Ask:
    """One queue's statements and the values that they want."""

    reader: Reader
    values: Mapping[str, Any]

    def rows(self, statement: str, **further: float) -> Sequence[Row]:
        return self.reader.query(statement, {**self.values, **further})


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ProbeError(
            f'[source.table] time_zone = "{name}" is not a time zone. Write a name such as '
            '"Europe/Lisbon".'
        ) from error


def _reader(url: str, layout: Layout) -> Reader:
    if url.startswith("sqlite://"):
        from tailback.systems.sql.sqlite import SqliteReader  # noqa: PLC0415 - one is needed

        return SqliteReader(url, layout)
    if url.startswith(("postgresql://", "postgres://")):
        from tailback.systems.sql.postgres import PostgresReader  # noqa: PLC0415 - one is needed

        return PostgresReader(url, layout)
    scheme = url.partition(":")[0]
    raise ProbeError(
        f'url: "{scheme}" is not a database that can be read. Write "postgresql://user@host/name" '
        'or "sqlite:///path".'
    )
