"""Puts one drill job into a Huey queue with Huey's own serializer and storages.

It is the only place of this folder that writes, and only with the account of `write_url`.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PriorityRedisStorage, RedisStorage, SqliteStorage

from tailback.core import wording_huey
from tailback.core.drill import JOB, LIVES_S
from tailback.core.system import EnqueueError
from tailback.systems.huey.probe import zone_of
from tailback.systems.huey.sqlite_storage import path_of

TIMEOUT_S = 5.0


def enqueue(
    url: str, queue: str, job: str, mode: str, now: float, options: Mapping[str, Any]
) -> None:
    """Enqueue `tailback.drill`; it expires by itself when no consumer takes it in ten minutes."""
    zone = zone_of(options)
    expires = datetime.fromtimestamp(now + LIVES_S, UTC).astimezone(zone).replace(tzinfo=None)
    message = Message(job, JOB, None, 0, 0, None, (mode,), {}, expires_resolved=expires)
    data = Serializer().serialize(message)
    try:
        if url.startswith("sqlite:"):
            _into_file(Path(path_of(url)), queue, data)
        else:
            _into_redis(url, queue, data, options.get("priority"))
    except (redis.RedisError, sqlite3.Error, ValueError, OSError) as error:
        raise EnqueueError(f"{type(error).__name__}: {error}"[:200]) from error


def _into_file(path: Path, queue: str, data: bytes) -> None:
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    with closing(SqliteStorage(queue, str(path), create_tables=False)) as storage:
        storage.enqueue(data)


def _into_redis(url: str, queue: str, data: bytes, ranked: bool | None) -> None:
    """Push in the shape that the consumers read: another one would make the queue unusable."""
    pool = redis.ConnectionPool.from_url(
        url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
    )
    with closing(redis.Redis.from_pool(pool)) as client:
        if ranked is None:
            kind = client.type(f"huey.redis.{queue}")
            if kind in {b"none", "none"}:
                raise EnqueueError(wording_huey.unknown_storage())
            ranked = kind in {b"zset", "zset"}
        storage = PriorityRedisStorage if ranked else RedisStorage
        storage(queue, connection_pool=pool, clean_name=False).enqueue(data)
