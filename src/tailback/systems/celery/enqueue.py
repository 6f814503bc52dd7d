"""Puts one drill job into a queue as Celery's own client would: on Redis, or over AMQP.

It is the only place of this folder that writes, and only with the account of `write_url`.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from tailback.core.drill import JOB, LIVES_S
from tailback.core.system import EnqueueError
from tailback.systems.celery.amqp_url import broker_address
from tailback.systems.celery.passive import PassiveError, connect, load_amqp

TIMEOUT_S = 5.0


def enqueue(
    url: str, queue: str, job: str, mode: str, now: float, options: Mapping[str, Any]
) -> None:
    """Enqueue `tailback.drill`; it expires by itself when no worker takes it in ten minutes."""
    if url.partition(":")[0] in {"amqp", "amqps", "pyamqp"}:
        _publish(url, queue, job, mode, now)
        return
    key = str(options.get("global_keyprefix", "")) + queue
    text = json.dumps(message(queue, job, mode, now))
    try:
        with Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        ) as client:
            client.lpush(key, text)
    except (RedisError, ValueError, OSError) as error:
        raise EnqueueError(f"{type(error).__name__}: {error}"[:200]) from error


def _publish(url: str, queue: str, job: str, mode: str, now: float) -> None:
    """Hand the job to RabbitMQ, and wait until it has it."""
    try:
        amqp = load_amqp()
        broker, vhost = broker_address(url)
    except (PassiveError, ValueError) as error:
        raise EnqueueError(str(error)) from error
    try:
        with connect(amqp, broker, vhost, confirm_publish=True) as connection:
            channel = connection.channel()
            # What is published to a queue that does not exist would vanish without a word.
            channel.queue_declare(queue, passive=True)
            made = amqp.Message(
                _body(mode),
                content_type="application/json",
                content_encoding="utf-8",
                application_headers=_headers(job, mode, now),
                correlation_id=job,
                reply_to=job,
                delivery_mode=2,
            )
            channel.basic_publish_confirm(made, exchange="", routing_key=queue)
    except (amqp.AMQPError, OSError) as error:
        raise EnqueueError(f"{type(error).__name__}: {error}"[:200]) from error


def message(queue: str, job: str, mode: str, now: float) -> dict[str, Any]:
    """Return the message as kombu keeps it in Redis (Celery's protocol 2)."""
    return {
        "body": base64.b64encode(_body(mode).encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": _headers(job, mode, now),
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


def _body(mode: str) -> str:
    embed = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
    return json.dumps([[mode], {}, embed])


def _headers(job: str, mode: str, now: float) -> dict[str, Any]:
    return {
        "lang": "py",
        "task": JOB,
        "id": job,
        "root_id": job,
        "parent_id": None,
        "group": None,
        "argsrepr": repr([mode]),
        "kwargsrepr": "{}",
        "retries": 0,
        "eta": None,
        "expires": datetime.fromtimestamp(now + LIVES_S, UTC).isoformat(),
        "timelimit": [None, None],
        "origin": "tailback",
        "ignore_result": True,
    }
