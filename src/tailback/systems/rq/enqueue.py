"""Puts one drill job into a queue as RQ's own client would, without RQ.

It is the only place of this folder that writes, and only with the account of `write_url`.
"""

import json
import pickle
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from tailback.core.drill import JOB, LIVES_S
from tailback.core.system import EnqueueError
from tailback.systems.rq.keys import PREFIX, Keys
from tailback.systems.rq.stamp import FIELD

TIMEOUT_S = 5.0
FUNCTION = "tailback.agent.drill.drill"
RUNS_S = 180


def enqueue(
    url: str, queue: str, job: str, mode: str, now: float, options: Mapping[str, Any]
) -> None:
    """Enqueue `tailback.drill`; it expires by itself when no worker takes it in ten minutes."""
    keys = Keys(str(options.get("prefix", PREFIX)))
    try:
        with (
            Redis.from_url(
                url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
            ) as client,
            client.pipeline() as together,
        ):
            together.hset(keys.job(job), mapping=fields(queue, mode, now))
            together.expire(keys.job(job), int(LIVES_S))
            together.rpush(keys.waiting(queue), job)
            together.execute()
    except (RedisError, ValueError, OSError) as error:
        raise EnqueueError(f"{type(error).__name__}: {error}"[:200]) from error


def fields(queue: str, mode: str, now: float) -> dict[str, bytes | str | int]:
    """Return the hash of the job as RQ keeps it; the stamp makes it a drill for our hook."""
    at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "created_at": at,
        "enqueued_at": at,
        "data": zlib.compress(pickle.dumps((FUNCTION, None, (mode,), {}), protocol=4)),
        "description": f"{JOB}()",
        "origin": queue,
        "status": "queued",
        "timeout": RUNS_S,
        "ttl": int(LIVES_S),
        "result_ttl": 0,
        "failure_ttl": int(LIVES_S),
        FIELD: json.dumps({"name": JOB, "first": now, "drill": True}),
    }
