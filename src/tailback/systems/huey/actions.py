"""Revokes Huey jobs that wait: Huey's own mark is written where its consumers look for it.

It is the only place of this folder that writes, and only with the account of `write_url`. To mark
a job twice is to mark it once, so an action that was interrupted is simply done again.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import redis

from tailback.core import wording_actions, wording_huey, wording_redis
from tailback.core.actions import DONE, GONE, Outcome, Target
from tailback.core.system import ActionError
from tailback.systems.huey.peek import peek
from tailback.systems.huey.redis_storage import TIMEOUT_S, shown_url
from tailback.systems.huey.sqlite_storage import path_of

# What `pickle` makes of (None, True): revoked without an end, for one run.
REVOKED = b"\x80\x02N\x88\x86q\x00."
MOST_READ = 20_000
CHUNK = 1_000
MARKS_LIVE_S = 30 * 86_400
_TIME_BYTES = 8
"""What stands in front of a message in a queue with priorities."""
_WAITING = """
select data from task where queue = :queue union all
select data from schedule where queue = :queue limit :most
"""
_REVOKE = "insert or replace into kv (queue, key, value) values (?, ?, ?)"


class Place(Protocol):
    """One storage that is written to."""

    def waiting(self, queue: str) -> Iterator[bytes]:
        """Yield the messages of a queue that wait or are scheduled."""
        ...

    def revoke(self, jobs: Sequence[Target]) -> None:
        """Write the marks of all of them."""
        ...

    def close(self) -> None:
        """Give up the connection."""
        ...


def open_actions(url: str, _options: Mapping[str, Any]) -> "HueyActions":
    """Open the source."""
    if url.startswith("sqlite:"):
        return HueyActions(SqlitePlace(path_of(url)))
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
    except ValueError as error:
        raise ActionError(wording_redis.bad_url(shown_url(url), str(error))) from error
    return HueyActions(RedisPlace(client, shown_url(url)))


class HueyActions:
    """One storage with Huey queues in it; satisfies `tailback.core.system.Actions`."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def apply(
        self, action: str, jobs: Sequence[Target], *, mark: str, now: float, dry: bool
    ) -> Sequence[Outcome]:
        """Revoke jobs; `mark` and `now` change nothing, because repeating does no harm."""
        del action, mark, now
        found = {queue: self._look(queue, jobs) for queue in {job.queue for job in jobs}}
        outcomes = [found[job.queue].get(job.id, GONE) for job in jobs]
        if not dry:
            pairs = zip(jobs, outcomes, strict=True)
            self._place.revoke([job for job, outcome in pairs if outcome == DONE])
        return outcomes

    def close(self) -> None:
        self._place.close()

    def _look(self, queue: str, jobs: Sequence[Target]) -> dict[str, Outcome]:
        """Return which of the jobs wait, and whether Huey's mark would be understood."""
        wanted = {job.id for job in jobs if job.queue == queue}
        found: dict[str, Outcome] = {}
        for data in islice(self._place.waiting(queue), MOST_READ):
            message = peek(data)
            if message is not None and message.id in wanted:
                found[message.id] = DONE if _is_plain(data) else _PACKED
        return found


_PACKED = Outcome("refused", wording_actions.NOT_PLAIN)


def _is_plain(data: bytes) -> bool:
    """Return whether this is a pickle and nothing else: a signed or packed app reads no other."""
    return data.startswith(b"\x80") and data.endswith(b".")


class RedisPlace:
    """Huey in Redis, with and without priorities, with and without results that expire."""

    def __init__(self, client: Any, shown: str) -> None:
        self._client = client
        self._shown = shown

    def waiting(self, queue: str) -> Iterator[bytes]:
        line, schedule = f"huey.redis.{queue}", f"huey.schedule.{queue}"
        ranked = self._ask("TYPE", line) in {b"zset", "zset"}
        for data in self._all("ZRANGE" if ranked else "LRANGE", line):
            yield data[_TIME_BYTES:] if ranked else data
        yield from self._all("ZRANGE", schedule)

    def _all(self, command: str, key: str) -> Iterator[bytes]:
        for start in range(0, MOST_READ, CHUNK):
            part = self._ask(command, key, start, start + CHUNK - 1)
            yield from part
            if len(part) < CHUNK:
                break

    def revoke(self, jobs: Sequence[Target]) -> None:
        """Write each mark where either kind of storage looks; where none does, it expires."""
        for job in jobs:
            results = f"huey.results.{job.queue}"
            fresh = not self._ask("EXISTS", results)
            self._ask("HSET", results, f"r:{job.id}", REVOKED)
            if fresh:
                self._ask("EXPIRE", results, MARKS_LIVE_S)
            self._ask("SET", f"huey.r.{job.queue}.r:{job.id}", REVOKED, "EX", MARKS_LIVE_S)

    def close(self) -> None:
        self._client.close()

    def _ask(self, *command: Any) -> Any:
        try:
            return self._client.execute_command(*command)
        except (redis.RedisError, OSError) as error:
            shown = f"Redis at {self._shown}"
            raise ActionError(wording_actions.cannot_ask(shown, str(error))) from error


class SqlitePlace:
    """Huey in a SQLite file."""

    def __init__(self, path: str) -> None:
        self._path = path

    def waiting(self, queue: str) -> Iterator[bytes]:
        rows = self._do(lambda c: c.execute(_WAITING, {"queue": queue, "most": MOST_READ}))
        return (bytes(row[0]) for row in rows)

    def revoke(self, jobs: Sequence[Target]) -> None:
        rows = [(job.queue, f"r:{job.id}", REVOKED) for job in jobs]
        self._do(lambda c: c.executemany(_REVOKE, rows))

    def close(self) -> None:
        """Hold nothing: a file that is open longer than needed is in the app's way."""

    def _do(self, work: Any) -> list[Any]:
        try:
            if not Path(self._path).is_file():
                raise sqlite3.OperationalError("there is no such file")
            with closing(sqlite3.connect(self._path, timeout=TIMEOUT_S)) as connection, connection:
                rows: list[Any] = work(connection).fetchall()
        except sqlite3.Error as error:
            raise ActionError(wording_huey.unreadable(self._path, str(error))) from error
        return rows
