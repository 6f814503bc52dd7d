"""Revokes Celery jobs by a message to the workers, and takes out of Redis what waits there.

With `enqueue`, the only places of this folder that write, and only with the account of
`write_url`. To revoke twice is to revoke once; a message is taken out with a mark that it was, or
neither.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import redis

from tailback.core import wording_actions, wording_redis
from tailback.core.actions import DONE, MARKS_S, Outcome, Target
from tailback.core.system import ActionError, ProbeError
from tailback.systems.celery.amqp_url import broker_address, management_address
from tailback.systems.celery.keys import Keys, keys_of
from tailback.systems.celery.management import Management
from tailback.systems.celery.message import parse
from tailback.systems.celery.redis_probe import TIMEOUT_S, redis_url, shown_url

EXCHANGE = "celery.pidbox"
"""Celery's own exchange for commands to all workers."""
MOST_READ = 200_000
CHUNK = 1_000
AMQP = ("amqp", "amqps", "pyamqp")

# KEYS: marks, list. ARGV: id, dry, how long marks are kept, the message
_TAKE_OUT = """
if redis.call('sismember', KEYS[1], ARGV[1]) == 1 then return 'done' end
if ARGV[4] == '' then return 'gone' end
if ARGV[2] == '1' then return 'done' end
if redis.call('lrem', KEYS[2], 1, ARGV[4]) == 0 then return 'gone' end
redis.call('sadd', KEYS[1], ARGV[1])
redis.call('expire', KEYS[1], ARGV[3])
return 'done'
"""


def open_actions(url: str, options: Mapping[str, Any]) -> "RedisActions | RabbitActions":
    """Open the source at this broker URL."""
    try:
        if url.partition(":")[0] in AMQP:
            broker, vhost = broker_address(url)
            address = management_address(str(options.get("management_url", "")), broker)
            return RabbitActions(Management(address), vhost)
        client = redis.Redis.from_url(
            redis_url(url), socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
        return RedisActions(client, keys_of(options), shown_url(url))
    except (ValueError, TypeError) as error:
        raise ActionError(wording_redis.bad_url(shown_url(url), str(error))) from error


class RabbitActions:
    """Revokes through RabbitMQ's management API; satisfies `tailback.core.system.Actions`."""

    def __init__(self, management: Management, vhost: str) -> None:
        self._management = management
        self._path = f"/api/exchanges/{quote(vhost, safe='')}/{EXCHANGE}"

    def apply(
        self, action: str, jobs: Sequence[Target], *, mark: str, now: float, dry: bool
    ) -> Sequence[Outcome]:
        """Revoke jobs; `mark` changes nothing, because repeating does no harm."""
        del action, mark
        try:
            if dry:
                heard = self._management.get(self._path) is not None
            else:
                said = self._management.post(f"{self._path}/publish", self._message(jobs, now))
                heard = isinstance(said, dict) and said.get("routed") is True
        except ProbeError as error:
            raise ActionError(str(error)) from error
        return [DONE if heard else Outcome("refused", wording_actions.NO_ROUTE)] * len(jobs)

    def close(self) -> None:
        self._management.close()

    @staticmethod
    def _message(jobs: Sequence[Target], now: float) -> dict[str, Any]:
        headers = {"clock": 1, "expires": 0}
        return {
            "routing_key": "",
            "payload": json.dumps(_revoke(jobs)),
            "payload_encoding": "string",
            "properties": {
                "content_type": "application/json",
                "content_encoding": "utf-8",
                "headers": headers,
                "timestamp": int(now),
            },
        }


class RedisActions:
    """One Redis database with Celery queues; satisfies `tailback.core.system.Actions`."""

    def __init__(self, client: Any, keys: Keys, shown: str) -> None:
        self._client = client
        self._keys = keys
        self._shown = shown

    def apply(
        self, action: str, jobs: Sequence[Target], *, mark: str, now: float, dry: bool
    ) -> Sequence[Outcome]:
        del now
        try:
            if action == "revoke":
                return self._revoke(jobs, dry=dry)
            return self._discard(jobs, mark, dry=dry)
        except (redis.RedisError, OSError) as error:
            shown = f"Redis at {self._shown}"
            raise ActionError(wording_actions.cannot_ask(shown, str(error))) from error

    def close(self) -> None:
        self._client.close()

    def _revoke(self, jobs: Sequence[Target], *, dry: bool) -> list[Outcome]:
        database = self._client.connection_pool.connection_kwargs.get("db") or 0
        channel = f"{self._keys.prefix}/{database}.{EXCHANGE}"
        if dry:
            # Workers subscribe by patterns, of which Redis tells only how many there are.
            return [DONE if self._client.pubsub_numpat() else _UNHEARD] * len(jobs)
        workers = int(self._client.publish(channel, json.dumps(_envelope(jobs))))
        if not workers:
            return [_UNHEARD] * len(jobs)
        return [Outcome("done", wording_actions.told_workers(workers))] * len(jobs)

    def _discard(self, jobs: Sequence[Target], mark: str, *, dry: bool) -> list[Outcome]:
        found: dict[str, tuple[str, bytes]] = {}
        cut: set[str] = set()
        for queue in {job.queue for job in jobs}:
            wanted = {job.id for job in jobs if job.queue == queue}
            if not self._find(queue, wanted, found):
                cut.add(queue)
        pipeline = self._client.pipeline(transaction=False)
        for job in jobs:
            key, raw = found.get(job.id, ("", b""))
            marks = f"{self._keys.prefix}tailback:{mark}"
            pipeline.eval(_TAKE_OUT, 2, marks, key or marks, job.id, int(dry), int(MARKS_S), raw)
        answers = pipeline.execute()
        return [
            DONE if answer == b"done" else _TOO_DEEP if job.queue in cut else _NOT_THERE
            for job, answer in zip(jobs, answers, strict=True)
        ]

    def _find(self, queue: str, wanted: set[str], found: dict[str, tuple[str, bytes]]) -> bool:
        """Note where the wanted messages of a queue lie; return whether all of it was read."""
        left = MOST_READ
        for key in self._keys.lists(queue):
            start, part = 0, [b""] * CHUNK
            while len(part) == CHUNK:
                if left <= 0:
                    return False
                part = self._client.lrange(key, start, start + CHUNK - 1)
                start, left = start + CHUNK, left - CHUNK
                for raw in part:
                    job = parse(raw).id
                    if job in wanted and job is not None:
                        found[job] = (key, raw)
        return True


_UNHEARD = Outcome("refused", wording_actions.NOBODY_LISTENED)
_NOT_THERE = Outcome("gone", wording_actions.NOT_IN_QUEUE)
_TOO_DEEP = Outcome("refused", wording_actions.TOO_DEEP)


def _revoke(jobs: Sequence[Target]) -> dict[str, Any]:
    arguments = {"task_id": [job.id for job in jobs], "terminate": False, "signal": "SIGTERM"}
    return {
        "method": "revoke",
        "arguments": arguments,
        "destination": None,
        "pattern": None,
        "matcher": None,
    }


def _envelope(jobs: Sequence[Target]) -> dict[str, Any]:
    """Return the command as kombu sends it to a fanout exchange in Redis."""
    return {
        "body": base64.b64encode(json.dumps(_revoke(jobs)).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"clock": 1, "expires": 0},
        "properties": {
            "delivery_mode": 2,
            "delivery_info": {"exchange": EXCHANGE, "routing_key": ""},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": jobs[0].id,
        },
    }
