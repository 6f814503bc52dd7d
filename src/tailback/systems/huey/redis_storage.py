"""Huey's lists and sorted sets in Redis, read with plain read-only commands."""

import struct
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import redis

from tailback.core import wording_redis
from tailback.core.redis_memory import full_notes
from tailback.core.system import ProbeError
from tailback.systems.huey.storage import SAMPLE, Look, Stored

TIMEOUT_S = 5.0
SCAN_COUNT = 1_000
MAX_SCANS = 200
STARTS = ("huey.redis.", "huey.schedule.")
_STAMP = struct.Struct(">Q")


def open_redis(url: str) -> "RedisStorage":
    """Open the database at `url`; raises `ProbeError` for an address that cannot be one."""
    shown = shown_url(url)
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
    except ValueError as error:
        raise ProbeError(wording_redis.bad_url(shown, str(error))) from error
    return RedisStorage(client, shown)


def shown_url(url: str) -> str:
    """Return the address without user and password, for people."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class RedisStorage:
    """Satisfies `tailback.systems.huey.storage.Storage`."""

    def __init__(self, client: Any, shown: str) -> None:
        self._client = client
        self._shown = shown

    def names(self) -> Sequence[str]:
        """Find the queues by a bounded scan: Huey keeps no list of them."""
        found: set[str] = set()
        cursor: Any = 0
        for _ in range(MAX_SCANS):
            command = ("SCAN", cursor, "MATCH", "huey.*", "COUNT", SCAN_COUNT)
            cursor, keys = self._ask([command])[0]
            for key in (raw.decode("utf-8", "replace") for raw in keys):
                found.update(key.removeprefix(s) for s in STARTS if key.startswith(s))
            if int(cursor) == 0:
                break
        return sorted(found)

    def look(self, queues: Sequence[str]) -> Sequence[Look]:
        first: list[tuple[Any, ...]] = [("TIME",)]
        first += [("TYPE", f"huey.redis.{queue}") for queue in queues]
        clock, *types = self._ask(first)
        broker_now = float(clock[0]) + float(clock[1]) / 1e6
        sorted_sets = [kind in {b"zset", "zset"} for kind in types]
        asked: list[tuple[Any, ...]] = []
        for queue, ranked in zip(queues, sorted_sets, strict=True):
            asked += _places(queue, ranked=ranked)
        answers = self._ask(asked)
        notes = self._server_notes()
        return [
            _as_look(queue, broker_now, answers[at * 5 : at * 5 + 5], notes, ranked=ranked)
            for at, (queue, ranked) in enumerate(zip(queues, sorted_sets, strict=True))
        ]

    def due_before(self, queue: str, score: float) -> int:
        command = ("ZCOUNT", f"huey.schedule.{queue}", "-inf", f"{score:.6f}")
        return int(self._ask([command])[0])

    def close(self) -> None:
        self._client.close()

    def _server_notes(self) -> tuple[str, ...]:
        """Say whether the server is full; an account without INFO can read everything else."""
        try:
            (info,) = self._ask([("INFO", "memory")])
        except ProbeError:
            return ()
        return full_notes(info)

    def _ask(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        if not commands:
            return []
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        try:
            answers: list[Any] = pipeline.execute()
        except redis.exceptions.NoPermissionError as error:
            raise ProbeError(wording_redis.refused(self._shown, str(error))) from error
        except (redis.RedisError, OSError) as error:
            raise ProbeError(wording_redis.unreachable(self._shown, str(error))) from error
        return answers


def _places(queue: str, *, ranked: bool) -> list[tuple[Any, ...]]:
    waiting, schedule = f"huey.redis.{queue}", f"huey.schedule.{queue}"
    count, part = ("ZCARD", "ZRANGE") if ranked else ("LLEN", "LRANGE")
    return [
        (count, waiting),
        (part, waiting, 0, SAMPLE - 1),
        (part, waiting, -SAMPLE, -1),
        ("ZCARD", schedule),
        ("ZRANGE", schedule, 0, SAMPLE - 1, "WITHSCORES"),
    ]


def _as_look(
    queue: str, broker_now: float, answers: Sequence[Any], notes: Sequence[str], *, ranked: bool
) -> Look:
    count, head, tail, scheduled, soonest = answers
    # Both ends overlap in a short line; the same bytes are the same message.
    members = list(dict.fromkeys([*head, *tail]))
    return Look(
        queue=queue,
        broker_now=broker_now,
        waiting_count=count,
        waiting=[_unstamped(one) if ranked else Stored(one) for one in members],
        schedule_count=scheduled,
        schedule=[Stored(data, float(score)) for data, score in soonest],
        server_notes=notes,
    )


def _unstamped(member: bytes) -> Stored:
    """Cut the time of enqueueing off a member of a priority queue."""
    if len(member) < _STAMP.size:
        return Stored(member)
    return Stored(member[_STAMP.size :], _STAMP.unpack_from(member)[0] / 1e6)
