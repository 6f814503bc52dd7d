"""A drill enters a Huey queue only in the shape that the consumers of it read."""

import pytest
from redis import Redis

from tailback.core.system import EnqueueError
from tailback.systems.huey.enqueue import enqueue
from tailback.systems.huey.probe import open_probe


def test_an_empty_queue_of_an_unknown_kind_is_left_alone(redis_url: str) -> None:
    with pytest.raises(EnqueueError, match="priority = true"):
        enqueue(redis_url, "emails", "j1", "fail", 1e9, {})

    with Redis.from_url(redis_url) as client:
        assert client.keys() == []


@pytest.mark.parametrize("kind", ["list", "zset"])
def test_a_queue_that_holds_something_tells_its_kind_and_a_drill_in_it_is_not_counted(
    redis_url: str, kind: str
) -> None:
    key = "huey.redis.emails"
    with Redis.from_url(redis_url) as client:
        client.lpush(key, b"x") if kind == "list" else client.zadd(key, {b"12345678x": 0})

        enqueue(redis_url, "emails", "j1", "fail", 1e9, {})

        assert (client.type(key).decode(), client.dbsize()) == (kind, 1)
    probe = open_probe("shop", redis_url, {})
    (reading,) = probe.read(["emails"], 1e9)
    probe.close()
    assert (reading.waiting, reading.oldest_by_job) == (1, {})
