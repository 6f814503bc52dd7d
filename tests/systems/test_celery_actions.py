"""Actions on Celery jobs with real workers, on Redis and on RabbitMQ."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.core import wording_actions
from tailback.core.actions import DONE, Outcome, Target
from tailback.core.system import ActionError
from tailback.systems.celery import actions as celery_actions
from tailback.systems.celery.actions import open_actions
from tailback.testing.waiting import eventually
from tests.services import Rabbit
from tests.systems.celery_rig import CeleryRig, RedisRig


@pytest.fixture
def rig(redis_url: str, tmp_path: Path) -> Iterator[RedisRig]:
    with RedisRig(redis_url, tmp_path) as rig:
        yield rig


def act(rig: CeleryRig, action: str, *jobs: str, dry: bool = False, mark: str = "m", **options):
    opened = open_actions(rig.broker, options)
    targets = [Target(job, "emails") for job in jobs]
    try:
        return list(opened.apply(action, targets, mark=mark, now=0.0, dry=dry))
    finally:
        opened.close()


def test_a_waiting_job_is_taken_out_of_redis_once(rig: RedisRig) -> None:
    first, second = (rig.enqueue(rig.work()).id for _ in range(2))

    assert act(rig, "discard", first, dry=True) == [DONE]
    assert rig.naive_length("emails") == 2
    gone = Outcome("gone", wording_actions.NOT_IN_QUEUE)
    assert act(rig, "discard", first, "never") == [DONE, gone]
    assert act(rig, "discard", first) == [DONE]
    assert act(rig, "discard", first, mark="m2") == [gone]

    assert rig.naive_length("emails") == 1
    assert second.encode() in rig.redis.lindex("emails", 0)


def test_a_job_that_lies_too_deep_is_said_to(
    rig: RedisRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(celery_actions, "CHUNK", 1)
    monkeypatch.setattr(celery_actions, "MOST_READ", 1)
    first, _second = (rig.enqueue(rig.work()).id for _ in range(2))

    assert act(rig, "discard", first) == [Outcome("refused", wording_actions.TOO_DEEP)]
    assert rig.naive_length("emails") == 2


def test_a_revoked_job_is_skipped_and_its_worker_tells_so(rig: RedisRig) -> None:
    assert act(rig, "revoke", "a") == [Outcome("refused", wording_actions.NOBODY_LISTENED)]
    rig.start_worker(hook=True)
    told = [Outcome("done", wording_actions.told_workers(1))]
    eventually(lambda: act(rig, "revoke", "a", dry=True) == [DONE], "the worker listens")
    job = rig.enqueue(rig.work(delay_s=6.0), hook=True).id

    eventually(lambda: act(rig, "revoke", job) == told, "the worker hears commands")

    rig.collector.wait("discarded", id=job)
    assert rig.collector.events(id=job, kind="started") == []


class RabbitRig(CeleryRig):
    """Only what these tests need."""


def test_a_job_is_revoked_through_rabbitmq(rabbitmq: Rabbit, tmp_path: Path) -> None:
    url, management = rabbitmq.url, rabbitmq.management_url
    with RabbitRig(url, tmp_path) as rig:
        rig.start_worker()

        def revoke(*, dry: bool) -> bool:
            return act(rig, "revoke", "a", dry=dry, management_url=management) == [DONE]

        eventually(lambda: revoke(dry=True), "the worker has declared its exchange")
        eventually(lambda: revoke(dry=False), "the worker listens")


def test_a_broker_that_is_not_there_is_told_with_a_remedy(tmp_path: Path) -> None:
    for url in ("redis://127.0.0.1:1/0", "amqp://127.0.0.1:1"):
        (tmp_path / url[:4]).mkdir()
        with RabbitRig(url, tmp_path / url[:4]) as rig, pytest.raises(ActionError):
            act(rig, "revoke", "a", management_url="http://127.0.0.1:1")
    with pytest.raises(ActionError, match="no address"):
        open_actions("redis://127.0.0.1:port/0", {})
