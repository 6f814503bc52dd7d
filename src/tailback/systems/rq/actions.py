"""Puts failed RQ jobs back into their queue, and removes jobs: with one script per job in Redis.

Done as RQ's own `requeue` and `delete` do it, but without reading a job's payload, and atomic: a
job is moved, and the mark that it was, or neither. It is the only place of this folder that
writes, and only with the account of `write_url`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import redis

from tailback.core import wording_actions, wording_redis
from tailback.core.actions import DONE, GONE, MARKS_S, Outcome, Target
from tailback.core.system import ActionError
from tailback.systems.rq.keys import PREFIX, Keys
from tailback.systems.rq.probe import TIMEOUT_S, shown_url

# KEYS: marks, job, queue, failed, scheduled, the set of queues
# ARGV: id, dry, how long marks are kept, now, key prefix
_BEGIN = """
if redis.call('sismember', KEYS[1], ARGV[1]) == 1 then return 'done' end
local status = redis.call('hget', KEYS[2], 'status')
if not status then return 'gone' end
local limit = redis.call('hget', KEYS[2], 'rate_limit_key')
if limit and limit ~= '' then return 'limited' end
"""
_END = """
redis.call('sadd', KEYS[1], ARGV[1])
redis.call('expire', KEYS[1], ARGV[3])
return 'done'
"""
_RETRY = f"""{_BEGIN}
if not redis.call('zscore', KEYS[4], ARGV[1]) then return 'not_failed' end
if ARGV[2] == '1' then return 'done' end
redis.call('zrem', KEYS[4], ARGV[1])
redis.call('hset', KEYS[2], 'status', 'queued', 'enqueued_at', ARGV[4],
  'started_at', '', 'ended_at', '')
redis.call('hdel', KEYS[2], 'exc_info')
local ttl = tonumber(redis.call('hget', KEYS[2], 'ttl') or '')
if ttl and ttl > 0 then redis.call('expire', KEYS[2], ttl) else redis.call('persist', KEYS[2]) end
redis.call('sadd', KEYS[6], KEYS[3])
redis.call('rpush', KEYS[3], ARGV[1])
{_END}"""
_DISCARD = f"""{_BEGIN}
if status == 'started' then return 'runs' end
local found = 0
if status == 'queued' then
  if ARGV[2] == '1' then return 'done' end
  found = redis.call('lrem', KEYS[3], 1, ARGV[1])
elseif status == 'failed' or status == 'stopped' or status == 'scheduled' then
  local place = status == 'scheduled' and KEYS[5] or KEYS[4]
  if ARGV[2] == '1' then return redis.call('zscore', place, ARGV[1]) and 'done' or 'gone' end
  found = redis.call('zrem', place, ARGV[1])
end
if found == 0 then return 'gone' end
local group = redis.call('hget', KEYS[2], 'group_id')
if group and group ~= '' then redis.call('srem', ARGV[5] .. ':group:' .. group, ARGV[1]) end
redis.call('del', KEYS[2], KEYS[2] .. ':dependents',
  ARGV[5] .. ':job::' .. ARGV[1] .. ':dependencies',
  ARGV[5] .. ':results:' .. ARGV[1], ARGV[5] .. ':executions:' .. ARGV[1])
{_END}"""
_SCRIPTS = {"retry": _RETRY, "discard": _DISCARD}
_OUTCOMES = {
    b"done": DONE,
    b"gone": GONE,
    b"not_failed": Outcome("gone", wording_actions.NOT_FAILED),
    b"limited": Outcome("refused", wording_actions.RATE_LIMITED),
    b"runs": Outcome("refused", wording_actions.RUNS),
}


def open_actions(url: str, options: Mapping[str, Any]) -> "RqActions":
    """Open the source; the option `prefix` is `RQ_KEY_PREFIX` of the workers."""
    try:
        client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
    except ValueError as error:
        raise ActionError(wording_redis.bad_url(shown_url(url), str(error))) from error
    return RqActions(client, Keys(str(options.get("prefix", PREFIX))), shown_url(url))


class RqActions:
    """One Redis database with RQ queues in it; satisfies `tailback.core.system.Actions`."""

    def __init__(self, client: Any, keys: Keys, shown: str) -> None:
        self._client = client
        self._keys = keys
        self._shown = shown

    def apply(
        self, action: str, jobs: Sequence[Target], *, mark: str, now: float, dry: bool
    ) -> Sequence[Outcome]:
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        pipeline = self._client.pipeline(transaction=False)
        for job in jobs:
            keys = self._keys_of(job, mark)
            rest = (job.id, int(dry), int(MARKS_S), stamp, self._keys.prefix)
            pipeline.eval(_SCRIPTS[action], len(keys), *keys, *rest)
        try:
            answers = pipeline.execute(raise_on_error=False)
        except (redis.RedisError, OSError) as error:
            raise self._failed(error) from error
        return [self._outcome(answer) for answer in answers]

    def close(self) -> None:
        self._client.close()

    def _keys_of(self, job: Target, mark: str) -> list[str]:
        keys = self._keys
        return [
            f"{keys.prefix}:tailback:{mark}",
            keys.job(job.id),
            keys.waiting(job.queue),
            keys.of("failed", job.queue),
            keys.of("scheduled", job.queue),
            keys.queues(),
        ]

    def _outcome(self, answer: Any) -> Outcome:
        if isinstance(answer, redis.ResponseError) and "WRONGTYPE" in str(answer):
            return Outcome("refused", str(answer)[:200])
        if isinstance(answer, Exception):
            raise self._failed(answer) from answer
        return _OUTCOMES[answer]

    def _failed(self, error: Exception) -> ActionError:
        return ActionError(wording_actions.cannot_ask(f"Redis at {self._shown}", str(error)))
