"""Reads RQ's keys with plain read-only commands, never through its library.

RQ's own registries write when they are only counted: they fail expired jobs and run the user's
failure callbacks in the process that asked.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import redis

from tailback.core import wording_redis
from tailback.core.actions import Target
from tailback.core.model import QueueReading
from tailback.core.redis_memory import full_notes
from tailback.core.system import ProbeError
from tailback.core.timetable import Timetable
from tailback.systems.rq.keys import (
    JOB_FIELDS,
    PREFIX,
    WORKER_FIELDS,
    JobTimes,
    Keys,
    iso_time,
    job_times,
    text,
)
from tailback.systems.rq.reading import Memory, Raw, Worker, as_texts, make_reading
from tailback.systems.rq.schedule import read_schedules

SAMPLE = 50
MAX_WORKERS = 200
MAX_QUEUES = 10_000
MAX_LIMITS = 20
TIMEOUT_S = 5.0


def open_probe(source: str, url: str, options: Mapping[str, Any]) -> "RqProbe":
    """Open a probe; the option `prefix` is `RQ_KEY_PREFIX` of the workers, "rq" by default."""
    shown = shown_url(url)
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
    except ValueError as error:
        raise ProbeError(wording_redis.bad_url(shown, str(error))) from error
    return RqProbe(source, client, Keys(str(options.get("prefix", PREFIX))), shown)


def shown_url(url: str) -> str:
    """Return the address without user and password, for people."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class RqProbe:
    """One Redis database with RQ queues in it; satisfies `tailback.core.system.Probe`."""

    def __init__(self, source: str, client: Any, keys: Keys, shown: str) -> None:
        self._source = source
        self._client = client
        self._keys = keys
        self._shown = shown
        self._memory = Memory()

    def discover(self) -> Sequence[str]:
        found = self._ask([("SRANDMEMBER", self._keys.queues(), MAX_QUEUES)])[0]
        start = self._keys.waiting("")
        return sorted(key.removeprefix(start) for key in as_texts(found))

    def read(self, queues: Sequence[str], now: float) -> Sequence[QueueReading]:
        broker_now, paused, limits = self._read_server()
        raws = self._read_places(queues, broker_now)
        self._add_held_back(raws, limits)
        jobs = self._read_jobs(raws, broker_now)
        workers = self._read_workers(raws, broker_now)
        server_notes = self._server_notes()
        return [
            make_reading(
                source=self._source,
                raw=raw,
                jobs={job: jobs[job] for job in self._wanted(raw) if job in jobs},
                workers=[workers[key] for key in raw.worker_keys if key in workers],
                memory=self._memory,
                taken_at=now,
                broker_now=broker_now,
                paused=paused,
                server_notes=server_notes,
            )
            for raw in raws
        ]

    def schedules(self, now: float) -> Mapping[str, Sequence[Timetable]]:
        """Return what RQ's cron schedulers run by themselves."""
        return read_schedules(self._ask, self._keys.prefix, now)

    def payload_bytes(self, jobs: Sequence[Target]) -> Mapping[str, int]:
        """Return the size of each pickle, which is not read."""
        sizes = self._ask([("HSTRLEN", self._keys.job(job.id), "data") for job in jobs])
        return {job.id: size for job, size in zip(jobs, sizes, strict=True) if size}

    def close(self) -> None:
        self._client.close()

    def _read_server(self) -> tuple[float, bool, list[str]]:
        clock, suspended, limits = self._ask(
            [
                ("TIME",),
                ("EXISTS", self._keys.suspended()),
                ("SRANDMEMBER", f"{self._keys.prefix}:rl-keys", MAX_LIMITS),
            ]
        )
        return float(clock[0]) + float(clock[1]) / 1e6, bool(suspended), as_texts(limits)

    def _server_notes(self) -> tuple[str, ...]:
        """Say whether the server is full; an account without INFO can read everything else."""
        try:
            (info,) = self._ask([("INFO", "memory")])
        except ProbeError:
            return ()
        return full_notes(info)

    def _read_places(self, queues: Sequence[str], broker_now: float) -> list[Raw]:
        asked = [command for queue in queues for command in self._places_of(queue, broker_now)]
        answers = self._ask(asked)
        width = len(answers) // len(queues) if queues else 0
        return [
            _raw(queue, answers[at * width : (at + 1) * width]) for at, queue in enumerate(queues)
        ]

    def _places_of(self, queue: str, broker_now: float) -> list[tuple[Any, ...]]:
        keys = self._keys
        wip, scheduled = keys.of("wip", queue), keys.of("scheduled", queue)
        workers, now = keys.of("workers", queue), f"{broker_now:.3f}"
        return [
            ("LLEN", keys.waiting(queue)),
            ("LRANGE", keys.waiting(queue), 0, SAMPLE - 1),
            ("LRANGE", keys.waiting(queue), -SAMPLE, -1),
            ("LRANGE", keys.intermediate(queue), 0, SAMPLE - 1),
            ("ZCARD", wip),
            ("ZCOUNT", wip, "-inf", now),
            ("ZRANGE", wip, 0, SAMPLE - 1),
            ("ZCARD", scheduled),
            ("ZCOUNT", scheduled, "-inf", now),
            ("ZRANGE", scheduled, 0, SAMPLE - 1, "WITHSCORES"),
            ("ZRANGE", scheduled, -SAMPLE, -1, "WITHSCORES"),
            ("ZCARD", keys.of("failed", queue)),
            ("ZCARD", keys.of("deferred", queue)),
            ("EXISTS", keys.of("scheduler-lock", queue)),
            ("SCARD", workers),
            ("SRANDMEMBER", workers, MAX_WORKERS),
        ]

    def _add_held_back(self, raws: Sequence[Raw], limits: Sequence[str]) -> None:
        """Let jobs that wait for a rate limit stand beside their queue; RQ keeps them apart."""
        places = [f"{self._keys.prefix}:rl:{limit}:rate_limited" for limit in limits]
        found = self._ask([("ZRANGE", place, 0, SAMPLE - 1) for place in places])
        held = [job for part in found for job in as_texts(part)]
        origins = self._ask([("HGET", self._keys.job(job), "origin") for job in held])
        for job, origin in zip(held, as_texts(origin or b"" for origin in origins), strict=True):
            for raw in raws:
                if raw.queue == origin:
                    raw.held_back.append(job)

    def _wanted(self, raw: Raw) -> list[str]:
        return list(dict.fromkeys([*raw.ids(), *self._memory.oldest.get(raw.queue, ())]))

    def _read_jobs(self, raws: Sequence[Raw], now: float) -> dict[str, JobTimes]:
        ids = list(dict.fromkeys(job for raw in raws for job in self._wanted(raw)))
        answers = self._ask([("HMGET", self._keys.job(job), *JOB_FIELDS) for job in ids])
        read = ((job, job_times(values, now)) for job, values in zip(ids, answers, strict=True))
        return {job: times for job, times in read if times is not None}

    def _read_workers(self, raws: Sequence[Raw], now: float) -> dict[str, Worker]:
        keys = list(dict.fromkeys(key for raw in raws for key in raw.worker_keys))
        answers = self._ask([("HMGET", key, *WORKER_FIELDS) for key in keys])
        return {key: _worker(key, values, now) for key, values in zip(keys, answers, strict=True)}

    def _ask(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Send the commands in one round trip; not as a transaction, which needs more rights."""
        if not commands:
            return []
        # Commands by name, because redis-py's own methods differ between its versions.
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


def _raw(queue: str, answers: Sequence[Any]) -> Raw:
    (length, head, tail, handover, running, abandoned, wip, scheduled, overdue) = answers[:9]
    (soonest, latest, dead, deferred, lock, worker_count, worker_keys) = answers[9:]
    return Raw(
        queue=queue,
        waiting_count=length,
        waiting=list(dict.fromkeys(as_texts([*head, *tail]))),
        handover=as_texts(handover),
        running_count=running,
        abandoned=abandoned,
        running=[member.rpartition(":")[0] or member for member in as_texts(wip)],
        scheduled_count=scheduled,
        overdue=overdue,
        scheduled={text(job) or "": float(score) for job, score in [*soonest, *latest]},
        dead=dead,
        deferred=deferred,
        scheduler_alive=bool(lock),
        worker_count=worker_count,
        worker_keys=as_texts(worker_keys),
    )


def _worker(key: str, values: Sequence[bytes | None], now: float) -> Worker:
    birth, beat, state, queues, death, succeeded = values
    return Worker(
        key=key,
        birth=text(birth) or "",
        beat_at=iso_time(beat, now),
        busy=state == b"busy",
        queues=len((text(queues) or "").split(",")),
        gone=birth is None or death is not None,
        succeeded=int(succeeded or 0),
    )
