"""The work of `store.py` and the designs that it compares; each takes the same batches."""

import json
import queue
import random
import sqlite3
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec
import psycopg

from tailback.core.events import FIELDS
from tailback.core.ledger import Ledger
from tailback.store.base import LogBatch
from tailback.store.sqlite.store import SqliteStore

DONE = ("succeeded", "dead")

_REQUIRED = {"kind": str, "at": float, "id": str, "queue": str}
Event: Any = msgspec.defstruct(
    "Event",
    [*_REQUIRED.items(), *((name, Any, None) for name in FIELDS if name not in _REQUIRED)],
    gc=False,
    omit_defaults=True,
)


class Batch(msgspec.Struct, gc=False):
    """What is read of a batch from the wire."""

    events: list[Event]


decode = msgspec.json.Decoder(Batch).decode
encode = msgspec.msgpack.Encoder().encode


@dataclass
class Work:
    """Batches of events as JSON, and how many jobs end in which state."""

    batches: list[list[bytes]] = field(default_factory=list)
    states: Counter[str] = field(default_factory=Counter)
    events: int = 0


def make_work(rounds: int, batches: int, size: int, begin: float = 1_793_476_800.0) -> Work:
    """Make lives of jobs: 2 % fail and are tried again, some for ever, some die, 3 in 100 never start."""
    rng = random.Random(5)
    at, number = begin, 0
    open_jobs: dict[str, tuple[dict[str, Any], str, int, str]] = {}
    work = Work()

    def event() -> dict[str, Any]:
        nonlocal at, number
        at += 0.0005
        if len(open_jobs) < 2000 or rng.random() < 0.34:
            number += 1
            job = {
                "id": f"{number:032x}",
                "queue": f"queue{number % 200}",
                "job": f"shop.task{number % 5}",
            }
            state, attempt = "enqueued", 0
            tenant = f"acct_{rng.randrange(20_000)}"
        else:
            key = rng.choice(keys)
            job, state, attempt, tenant = open_jobs[key]
            state = {"enqueued": "started", "retrying": "started"}.get(state, "")
            if not state:
                luck = rng.random()
                state = "succeeded" if luck < 0.98 else "retrying" if luck < 0.998 else "dead"
            attempt += state == "started"
        told = {"kind": state, "at": round(at, 6), "tenant": tenant, **job}
        if state != "enqueued":
            told |= {"attempt": attempt, "worker": f"web-{number % 8}:312"}
        if state in ("succeeded", "retrying", "dead"):
            told["ran_for"] = round(rng.expovariate(4.0), 4)
        if state in ("retrying", "dead"):
            told["error"] = {
                "type": "smtplib.SMTPDataError",
                "message": f"451 try again {number % 7}",
                "trace": "File x",
            }
        if state in DONE:
            work.states[state] += 1
            del open_jobs[job["id"]]
            position[keys[-1]] = position[job["id"]]
            keys[position.pop(job["id"])] = keys[-1]
            keys.pop()
        else:
            if job["id"] not in open_jobs:
                position[job["id"]] = len(keys)
                keys.append(job["id"])
            open_jobs[job["id"]] = (job, state, attempt, tenant)
        return told

    keys: list[str] = []
    position: dict[str, int] = {}
    for _ in range(rounds):
        made = [[event() for _ in range(size)] for _ in range(batches)]
        work.batches.append(
            [
                json.dumps({"v": 1, "events": events}, separators=(",", ":")).encode()
                for events in made
            ]
        )
        work.events += batches * size
    work.states.update(state for _, state, _, _ in open_jobs.values())
    return work


class Subject(Protocol):
    """One way to make batches durable."""

    name: str

    def take(self, _seq: int, payload: bytes, /) -> None: ...
    def settle(self) -> None: ...
    def states(self) -> Counter[str]: ...
    def close(self) -> None: ...


class Log:
    """Our log alone: nothing is decoded, as when a server only receives."""

    name = "log"

    def __init__(self, folder: Path, file: str = "log.db") -> None:
        self.path = folder / file
        self.store = SqliteStore(self.path)
        self.bytes = 0

    def take(self, seq: int, payload: bytes) -> None:
        self.bytes += len(payload)
        self.store.log.submit(LogBatch("bench", seq, "shop", 1_793_476_800.0, payload)).result()

    def states(self) -> Counter[str]:
        """Read the log back and let the last event of each job decide."""
        last: dict[str, str] = {}
        for _, batch in self.store.log.read(after=0):
            last.update({event.id: event.kind for event in decode(batch.payload).events})
        return Counter(last.values())

    def settle(self) -> None:
        """Wait for whatever was left to be done after the last acknowledgement."""

    def close(self) -> None:
        self.store.close()


class LogAndLedger(Log):
    """What the server does: the ledger follows the log on its own thread and counts every two seconds."""

    name = "log + ledger"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "ledger.db")
        self.ledger = Ledger()
        self.count_at = 0.0
        self.inbox: queue.Queue[tuple[int, list[Any]]] = queue.Queue(maxsize=8)
        threading.Thread(target=self.follow, daemon=True).start()

    def take(self, seq: int, payload: bytes) -> None:
        events = decode(payload).events
        super().take(seq, encode(events))
        self.inbox.put((seq + 1, events))

    def follow(self) -> None:
        while True:
            upto, events = self.inbox.get()
            self.ledger.apply("shop", events, 1_793_476_800.0)
            if time.monotonic() >= self.count_at:
                self.count_at = time.monotonic() + 2.0
                self.store.rollups.submit(upto, self.ledger.take_deltas())
            self.inbox.task_done()

    def settle(self) -> None:
        self.inbox.join()

    def states(self) -> Counter[str]:
        """The ledger's unfinished jobs, and what the stored rollups say was finished."""
        stored = Counter[str]()
        self.store.rollups.commit(self.store.log.last_offset(), self.ledger.take_deltas())
        for minute in self.store.rollups.overview(from_=0, to=2**40).values():
            stored.update(succeeded=minute.completed, dead=minute.dead)
        stored["open"] = sum(1 for _ in self.ledger.unfinished())
        return stored


def rows_of(payload: bytes) -> list[tuple[Any, ...]]:
    """Decode a batch into one row per job: the last state, the first time, the attempts."""
    rows: dict[str, tuple[Any, ...]] = {}
    for event in decode(payload).events:
        old = rows.get(event.id)
        first = old[4] if old else event.at
        rows[event.id] = (
            event.id,
            event.queue,
            event.job,
            event.kind,
            first,
            event.at,
            event.attempt or 0,
        )
    return list(rows.values())


class SqliteRows:
    """The usual design: one row per job, upserted, in the same SQLite with the same durability."""

    name = "SQLite row per job"

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "rows.db", isolation_level=None)
        self.connection.execute("pragma journal_mode = wal")
        self.connection.execute("pragma synchronous = full")
        self.connection.execute(
            "create table job (id text primary key, queue text, type text, state text, first real, last real, attempts int)"
        )
        self.connection.execute("create index job_oldest on job (queue, type, first)")

    def take(self, _seq: int, payload: bytes) -> None:
        rows = rows_of(payload)
        self.connection.execute("begin immediate")
        self.connection.executemany(
            "insert into job values (?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set state = excluded.state,"
            " last = excluded.last, attempts = max(attempts, excluded.attempts)",
            rows,
        )
        self.connection.execute("commit")

    def settle(self) -> None:
        """Nothing is left to do after a commit."""

    def states(self) -> Counter[str]:
        return Counter(
            dict(self.connection.execute("select state, count(*) from job group by state"))
        )

    def close(self) -> None:
        self.connection.close()


class PostgresRows:
    """One row per job in PostgreSQL, a whole batch per statement (unnest), default durability."""

    name = "PostgreSQL unnest upsert"

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute(
            "create table job (id text primary key, queue text, type text, state text,"
            " first double precision, last double precision, attempts int)"
        )
        self.connection.execute("create index job_oldest on job (queue, type, first)")

    def take(self, _seq: int, payload: bytes) -> None:
        columns = [list(column) for column in zip(*rows_of(payload), strict=True)]
        self.connection.execute(
            "insert into job select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[],"
            " %s::float8[], %s::float8[], %s::int[]) on conflict (id) do update set state = excluded.state,"
            " last = excluded.last, attempts = greatest(job.attempts, excluded.attempts)",
            columns,
        )

    def settle(self) -> None:
        """Nothing is left to do after a commit."""

    def states(self) -> Counter[str]:
        rows = self.connection.execute("select state, count(*) from job group by state").fetchall()
        return Counter({str(state): int(count) for state, count in rows})

    def close(self) -> None:
        self.connection.close()
