"""Reads Huey's storage: what waits and what is scheduled, never what runs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tailback.core import wording_huey
from tailback.core.actions import Target
from tailback.core.model import QueueReading
from tailback.core.system import ProbeError
from tailback.systems.huey.peek import peek
from tailback.systems.huey.reading import Memory, make_reading
from tailback.systems.huey.redis_storage import open_redis
from tailback.systems.huey.sqlite_storage import SqliteStorage, path_of
from tailback.systems.huey.storage import Storage


def open_probe(source: str, url: str, options: Mapping[str, Any]) -> "HueyProbe":
    """Open a probe; see `OPTIONS` of this package for an application that is not on UTC."""
    storage: Storage = (
        SqliteStorage(path_of(url)) if url.startswith("sqlite:") else open_redis(url)
    )
    return HueyProbe(source, storage, zone_of(options))


def zone_of(options: Mapping[str, Any]) -> tzinfo:
    """Return the zone of the naive times in messages; raises `ProbeError` for an unknown one."""
    if options.get("utc", True):
        return UTC
    name = options.get("time_zone")
    if name is None:
        return datetime.now(UTC).astimezone().tzinfo or UTC  # noqa: TID251 - the zone, not the time
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ProbeError(wording_huey.no_time_zone(str(name))) from error


class HueyProbe:
    """One storage with Huey queues in it; satisfies `tailback.core.system.Probe`."""

    def __init__(self, source: str, storage: Storage, zone: tzinfo) -> None:
        self._source = source
        self._storage = storage
        self._zone = zone
        self._memory: dict[str, Memory] = {}

    def discover(self) -> Sequence[str]:
        return self._storage.names()

    def read(self, queues: Sequence[str], now: float) -> Sequence[QueueReading]:
        looks = self._storage.look(queues)
        readings = []
        for look in looks:

            def due_before(score: float, queue: str = look.queue) -> int:
                return self._storage.due_before(queue, score)

            reading = make_reading(
                source=self._source,
                look=look,
                memory=self._memory.setdefault(look.queue, Memory()),
                now=now,
                zone=self._zone,
                due_before=due_before,
            )
            readings.append(reading)
        return readings

    def payload_bytes(self, jobs: Sequence[Target]) -> Mapping[str, int]:
        """Return the size of messages at both ends of the line, and of the soonest scheduled."""
        wanted = {job.id for job in jobs}
        looks = self._storage.look(sorted({job.queue for job in jobs}))
        stored = [one for look in looks for one in (*look.waiting, *look.schedule)]
        found = ((peek(one.data), len(one.data)) for one in stored)
        return {message.id: size for message, size in found if message and message.id in wanted}

    def close(self) -> None:
        self._storage.close()
