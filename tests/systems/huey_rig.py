"""Huey on a real Redis and on SQLite with real consumers, as rigs of the contract."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from huey.registry import Message
from huey.serializer import Serializer
from redis import Redis

from tailback.core.system import Probe
from tailback.systems import load
from tailback.systems.huey.probe import open_probe
from tailback.testing.redis_guard import Traffic, read_only_url, watch_redis
from tailback.testing.systems import ProcessRig

APP = "tests.systems.apps.huey_app"


def messages(start: int, count: int) -> Iterator[bytes]:
    serializer = Serializer()
    for at in range(start, start + count):
        yield serializer.serialize(Message(f"id-{at}", "shop.send", None, 0, 0, None, ("x",), {}))


class HueyRig(ProcessRig):
    def __init__(self, storage: str, where: str, folder: Path, kind: str = "thread") -> None:
        super().__init__(load("huey"), APP, {"HUEY_STORAGE": storage, "HUEY_WHERE": where}, folder)
        self.where = where
        self.kind = kind

    def worker_command(self, queues: Sequence[str]) -> Sequence[str]:
        (queue,) = queues
        return [
            "huey.bin.huey_consumer",
            f"{APP}.{queue}",
            "--workers",
            "1",
            "--worker-type",
            self.kind,
        ]


class RedisRig(HueyRig):
    def __init__(
        self, url: str, folder: Path, storage: str = "redis", kind: str = "thread"
    ) -> None:
        super().__init__(storage, url, folder, kind)
        self.redis = self.started.enter_context(Redis.from_url(url))

    def probe(self) -> Probe:
        return open_probe("shop", read_only_url(self.where), {})

    def guard(self) -> AbstractContextManager[Traffic]:
        return watch_redis(self.where)

    def fill(self, queue: str, count: int) -> None:
        start = self.redis.llen(f"huey.redis.{queue}")
        with self.redis.pipeline(transaction=False) as pipeline:
            for at, data in enumerate(messages(start, count)):
                pipeline.lpush(f"huey.redis.{queue}", data)
                if at % 5000 == 0:
                    pipeline.execute()
            pipeline.execute()

    def naive_length(self, queue: str) -> int:
        return self.redis.llen(f"huey.redis.{queue}")


class SqliteRig(HueyRig):
    def __init__(self, folder: Path) -> None:
        super().__init__("sqlite", str(folder / "huey.db"), folder)
        self.probes: list[Any] = []
        self._producer(hook=False).call(
            "outcome", "nobody"
        )  # makes the tables, as any use of Huey does

    def probe(self) -> Probe:
        probe = open_probe("shop", f"sqlite:///{self.where}", {})
        self.probes.append(probe)
        return probe

    @contextlib.contextmanager
    def guard(self) -> Iterator[Traffic]:
        """A file has no server: the probe's own connection says what it asks, the bytes say what changed."""
        traffic, before = Traffic(), self._digest()

        def note(statement: str) -> None:
            traffic.calls += 1
            if not statement.lstrip().lower().startswith("select"):
                traffic.writes.append(statement)

        for probe in self.probes:
            if probe._storage._connection is not None:
                probe._storage._connection.set_trace_callback(note)
        yield traffic
        if self._digest() != before:
            traffic.writes.append("the file has changed")

    def _digest(self) -> list[str]:
        files = [Path(self.where), Path(f"{self.where}-wal")]
        return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.exists()]

    def fill(self, queue: str, count: int) -> None:
        with contextlib.closing(sqlite3.connect(self.where)) as connection, connection:
            start = connection.execute("select count(*) from task").fetchone()[0]
            rows = ((queue, data) for data in messages(start, count))
            connection.executemany("insert into task (queue, data) values (?, ?)", rows)

    def naive_length(self, queue: str) -> int:
        with contextlib.closing(sqlite3.connect(self.where)) as connection:
            return connection.execute(
                "select count(*) from task where queue = ?", (queue,)
            ).fetchone()[0]
