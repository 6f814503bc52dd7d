"""The two job systems the demo can stand on: how to start their workers and ask naively."""

import contextlib
import importlib.util
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tailback.core import wording_demo as wording

RECEIPTS, EXPORTS = "receipts", "exports"
QUEUES = (RECEIPTS, EXPORTS)
_CELERY_KEYS = ("receipts", "exports", "unacked*", "_kombu*", "celery*")


class NotPossibleError(Exception):
    """The demo cannot start; the text says what to do."""


class Broker(Protocol):
    """One job system under the shop."""

    system: str
    title: str
    jobs: str

    @property
    def url(self) -> str:
        """The address that the probe reads."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """What shop and workers need to find it."""
        ...

    def workers(self) -> Mapping[str, Sequence[str]]:
        """Return by queue the command of its unmodified worker."""
        ...

    def naive_length(self, queue: str) -> int | None:
        """Return the length of the ready list; None before there is one."""
        ...

    def close(self) -> None:
        """Remove what the demo left where others may look."""
        ...


@dataclass(slots=True)
class HueyBroker:
    """Huey on a SQLite file in the folder of the demo."""

    folder: Path
    system: str = "huey"
    title: str = "Huey"
    jobs: str = "jobs_huey"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'huey.db'}"

    @property
    def environment(self) -> Mapping[str, str]:
        return {}

    def workers(self) -> Mapping[str, Sequence[str]]:
        consumer = (sys.executable, "-m", "huey.bin.huey_consumer")
        return {queue: (*consumer, f"{self.jobs}.{queue}", "-w", "2") for queue in QUEUES}

    def naive_length(self, queue: str) -> int | None:
        file = self.folder / "huey.db"
        with contextlib.suppress(sqlite3.Error):
            connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1)
            with contextlib.closing(connection):
                count = "select count(*) from task where queue = ?"
                number: int = connection.execute(count, (queue,)).fetchone()[0]
                return number
        return None

    def close(self) -> None:
        """Do nothing: the file goes with its folder."""


class CeleryBroker:
    """Celery on an empty Redis database."""

    system = "celery"
    title = "Celery"
    jobs = "jobs_celery"

    def __init__(self, url: str) -> None:
        """Look at the database at `url`; NotPossibleError when it is not an empty one."""
        import redis  # noqa: PLC0415 - the embedded demo does not need it

        if importlib.util.find_spec("celery") is None:
            raise NotPossibleError(wording.library_missing(self.system))
        try:
            self._redis = redis.Redis.from_url(url, socket_timeout=5)
            keys = int(self._redis.dbsize())
        except (redis.RedisError, ValueError) as error:
            raise NotPossibleError(wording.redis_down(url, str(error))) from error
        if keys:
            raise NotPossibleError(wording.not_empty(url, keys))
        self.url = url
        self.environment: Mapping[str, str] = {"SHOP_BROKER_URL": url}

    def workers(self) -> Mapping[str, Sequence[str]]:
        return {queue: self._worker(queue) for queue in QUEUES}

    def naive_length(self, queue: str) -> int | None:
        return int(self._redis.llen(queue))

    def close(self) -> None:
        for pattern in _CELERY_KEYS:
            for key in self._redis.scan_iter(pattern):
                self._redis.delete(key)
        self._redis.close()

    def _worker(self, queue: str) -> Sequence[str]:
        celery = (sys.executable, "-m", "celery", "-A", self.jobs, "worker")
        return (*celery, "-Q", queue, "-n", f"{queue}@demo", "-c", "2", "-P", "threads")
