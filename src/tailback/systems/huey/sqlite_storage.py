"""Huey's tables in a SQLite file, opened so that nothing can be written."""

import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from tailback.core import wording_huey
from tailback.core.system import ProbeError
from tailback.systems.huey.peek import MAX_BYTES
from tailback.systems.huey.storage import SAMPLE, Look, Stored

TIMEOUT_S = 5.0

NAMES = "select queue from task union select queue from schedule order by queue limit 10000"
# SQLite counts by walking: a million takes longer than a look may last.
MOST_COUNTED = 100_000
WAITING_COUNT = "select count(*) from (select 1 from task where queue = ? limit ?)"
# Both ends in the order of Huey's own index, so that no other queue's rows are walked over.
WAITING = """
select substr(data, 1, ?) from (
  select * from (
    select id, data from task where queue = ? order by priority desc, id limit ?
  )
  union
  select * from (
    select id, data from task where queue = ? order by priority, id desc limit ?
  )
) order by id
"""
SCHEDULE_COUNT = "select count(*) from (select 1 from schedule where queue = ? limit ?)"
SCHEDULE = """
select substr(data, 1, ?), timestamp from schedule where queue = ? order by timestamp limit ?
"""
DUE_BEFORE = """
select count(*) from (select 1 from schedule where queue = ? and timestamp <= ? limit ?)
"""


def path_of(url: str) -> str:
    """Return the file that `sqlite:///relative.db` or `sqlite:////absolute.db` names."""
    return unquote(urlsplit(url).path.removeprefix("/"))


class SqliteStorage:
    """Satisfies `tailback.systems.huey.storage.Storage`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def names(self) -> Sequence[str]:
        return [row[0] for row in self._ask(NAMES)]

    def look(self, queues: Sequence[str]) -> Sequence[Look]:
        return [self._look(queue) for queue in queues]

    def due_before(self, queue: str, score: float) -> int:
        return int(self._ask(DUE_BEFORE, queue, score, MOST_COUNTED)[0][0])

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _look(self, queue: str) -> Look:
        waiting = self._ask(WAITING, MAX_BYTES, queue, SAMPLE, queue, SAMPLE)
        return Look(
            queue=queue,
            broker_now=None,
            most_counted=MOST_COUNTED,
            waiting_count=self._ask(WAITING_COUNT, queue, MOST_COUNTED)[0][0],
            waiting=[Stored(bytes(row[0])) for row in waiting],
            schedule_count=self._ask(SCHEDULE_COUNT, queue, MOST_COUNTED)[0][0],
            schedule=[
                Stored(bytes(data), float(score))
                for data, score in self._ask(SCHEDULE, MAX_BYTES, queue, SAMPLE)
            ],
        )

    def _ask(self, query: str, *values: Any) -> list[Any]:
        try:
            return self._open().execute(query, values).fetchall()
        except sqlite3.Error as error:
            self.close()
            raise ProbeError(wording_huey.unreadable(self._path, str(error))) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(
                f"file:{quote(self._path)}?mode=ro",
                uri=True,
                timeout=TIMEOUT_S,
                check_same_thread=False,
                isolation_level=None,
            )
        return self._connection
