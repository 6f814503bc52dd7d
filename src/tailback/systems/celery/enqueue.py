"""Puts one drill job into a Redis queue as Celery's own client would, without Celery.

It is the only place of this folder that writes, and only with the account of `write_url`.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from tailback.systems.celery.stamp import DRILL

TIMEOUT_S = 5.0
LIVES_S = 600.0


class EnqueueError(Exception):
    """The job could not be put there; the text says why."""


def can_enqueue(url: str) -> bool:
    """Tell whether a drill can be enqueued at this address: Redis, but not RabbitMQ."""
    return url.partition(":")[0] in ("redis", "rediss", "unix")


def enqueue(
    url: str, queue: str, job: str, mode: str, now: float, options: Mapping[str, Any]
) -> None:
    """Enqueue `tailback.drill`; it expires by itself when no worker takes it in ten minutes."""
    key = str(options.get("global_keyprefix", "")) + queue
    text = json.dumps(message(queue, job, mode, now))
    try:
        with Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        ) as client:
            client.lpush(key, text)
    except (RedisError, ValueError, OSError) as error:
        raise EnqueueError(f"{type(error).__name__}: {error}"[:200]) from error


def message(queue: str, job: str, mode: str, now: float) -> dict[str, Any]:
    """Return the message as kombu keeps it in Redis (Celery's protocol 2)."""
    embed = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
    body = json.dumps([[mode], {}, embed])
    expires = datetime.fromtimestamp(now + LIVES_S, UTC).isoformat()
    return {
        "body": base64.b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": DRILL,
            "id": job,
            "root_id": job,
            "parent_id": None,
            "group": None,
            "argsrepr": repr([mode]),
            "kwargsrepr": "{}",
            "retries": 0,
            "eta": None,
            "expires": expires,
            "timelimit": [None, None],
            "origin": "tailback",
            "ignore_result": True,
        },
        "properties": {
            "correlation_id": job,
            "reply_to": job,
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": job,
        },
    }
