"""Probes of job systems on Redis notice that the server has reached its memory limit."""

from collections.abc import Iterator
from contextlib import closing
from importlib import import_module

import pytest
from redis import Redis

from tailback.core.redis_memory import noted
from tailback.testing.redis_guard import READ_ONLY_RULES, read_only_url
from tailback.testing.rig import now
from tests.services import run_redis

LIMIT = 500_000


@pytest.fixture(scope="module")
def full_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with run_redis(tmp_path_factory.mktemp("redis"), "--maxmemory", str(LIMIT)) as url:
        yield url


@pytest.mark.parametrize("system", ["celery", "rq", "huey"])
def test_a_full_redis_is_noted_where_the_account_may_ask(system: str, full_redis: str) -> None:
    rules = [rule for rule in READ_ONLY_RULES if rule != "+info"]
    with Redis.from_url(full_redis) as server:
        server.execute_command("ACL", "SETUSER", "no-info", *rules)
    urls = read_only_url(full_redis), full_redis.replace("redis://", "redis://no-info:look@", 1)

    notes = []
    for url in urls:
        probe = import_module(f"tailback.systems.{system}.probe").open_probe("shop", url, {})
        with closing(probe):
            (reading,) = probe.read(["emails"], now())
        assert reading.waiting == 0
        notes.append(reading.notes)

    full = noted(notes[0])
    assert full is not None
    assert full.refuses
    assert (full.limit, full.policy) == (LIMIT, "noeviction")
    assert notes[1] == ()
