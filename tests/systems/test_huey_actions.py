"""Revoking Huey jobs, held against Huey's own library on a real Redis and on SQLite."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from huey import PriorityRedisHuey, RedisExpireHuey, RedisHuey, SqliteHuey
from huey.serializer import SignedSerializer
from redis import Redis

from tailback.core import wording_actions
from tailback.core.actions import DONE, GONE, Outcome, Target
from tailback.core.system import ActionError
from tailback.systems.huey import actions as huey_actions
from tailback.systems.huey.actions import open_actions


def revoke(url: str, *jobs: str, queue: str = "shop", dry: bool = False) -> list[Outcome]:
    actions = open_actions(url, {})
    targets = [Target(job, queue) for job in jobs]
    try:
        return list(actions.apply("revoke", targets, mark="m", now=0.0, dry=dry))
    finally:
        actions.close()


def run_all(huey: Any) -> list[str]:
    ran: list[str] = []
    while (task := huey.dequeue()) is not None:
        ran += [task.id] if not huey.is_revoked(task, peek=False) else []
    return ran


@pytest.mark.parametrize("kind", [RedisHuey, RedisExpireHuey, PriorityRedisHuey, SqliteHuey])
def test_a_revoked_job_is_skipped_and_the_others_run(
    kind: Any, redis_url: str, tmp_path: Path
) -> None:
    on_file = kind is SqliteHuey
    url = f"sqlite:///{tmp_path}/huey.db" if on_file else redis_url
    huey = kind("shop", filename=f"{tmp_path}/huey.db") if on_file else kind("shop", url=url)
    send = huey.task()(_nothing)
    first, second = send(1).id, send(2).id
    later = send.schedule(args=(3,), eta=datetime.now() + timedelta(hours=1)).id

    assert revoke(url, first, dry=True) == [DONE]
    assert not huey.is_revoked(first)
    assert revoke(url, first, later, "never") == [DONE, DONE, GONE]

    assert huey.is_revoked(later)
    assert run_all(huey) == [second]
    if on_file:
        huey.storage.close()
    else:
        huey.storage.pool.disconnect()


def _nothing(_number: int) -> None:
    """Be a job."""


def test_a_queue_is_searched_in_pieces_up_to_a_bound(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huey_actions, "CHUNK", 1)
    monkeypatch.setattr(huey_actions, "MOST_READ", 2)
    huey = RedisHuey("shop", url=redis_url)
    send = huey.task()(_nothing)
    deep, middle, top = (send(number).id for number in range(3))

    assert revoke(redis_url, top, middle, deep, dry=True) == [DONE, DONE, GONE]
    huey.storage.pool.disconnect()


def test_a_signed_app_is_left_alone(redis_url: str) -> None:
    huey = RedisHuey("shop", url=redis_url, serializer=SignedSerializer("secret"))
    job = huey.task()(_nothing)(1).id

    assert revoke(redis_url, job) == [Outcome("refused", wording_actions.NOT_PLAIN)]
    with Redis.from_url(redis_url) as client:
        assert client.keys("huey.r*") == [b"huey.redis.shop"]
    huey.storage.pool.disconnect()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("redis://127.0.0.1:1/0", "could not be asked"),
        ("sqlite:////nowhere/huey.db", "cannot be read"),
        ("redis://127.0.0.1:port/0", "no address of a Redis"),
    ],
)
def test_a_storage_that_is_not_there_is_told_with_a_remedy(url: str, why: str) -> None:
    with pytest.raises(ActionError, match=why):
        revoke(url, "a")
