"""Actions on RQ jobs, held against RQ's own library on a real Redis."""

from collections.abc import Iterator

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job

from tailback.core import wording_actions
from tailback.core.actions import DONE, GONE, Outcome, Target
from tailback.core.system import ActionError, Actions
from tailback.systems.rq.actions import open_actions

NOW = 1_795_000_000.0


def divide(number: int) -> float:
    return 1 / number


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def actions(redis_url: str) -> Iterator[Actions]:
    opened = open_actions(redis_url, {})
    yield opened
    opened.close()


def failed(redis: Redis) -> Job:
    queue = Queue("emails", connection=redis)
    job = queue.enqueue(divide, 0)
    job.set_status("started")
    queue.failed_job_registry.add(job, 60, "ZeroDivisionError")
    redis.lrem(queue.key, 1, job.id)
    job.set_status("failed")
    return job


def done(actions: Actions, action: str, *jobs: str, mark: str = "m1", dry: bool = False):
    targets = [Target(job, "emails") for job in jobs]
    return list(actions.apply(action, targets, mark=mark, now=NOW, dry=dry))


def test_a_failed_job_is_put_back_once_per_action(actions: Actions, redis: Redis) -> None:
    job = failed(redis)
    queue = Queue("emails", connection=redis)

    looked = done(actions, "retry", job.id, dry=True)
    assert queue.count == 0
    outcomes = done(actions, "retry", job.id) + done(actions, "retry", job.id)

    assert looked + outcomes == [DONE, DONE, DONE]
    assert queue.job_ids == [job.id]
    assert queue.failed_job_registry.count == 0
    fresh = Job.fetch(job.id, connection=redis)
    assert (fresh.get_status().value, fresh.started_at, fresh.ended_at) == ("queued", None, None)
    assert fresh.enqueued_at is not None
    assert fresh.enqueued_at.timestamp() == NOW
    assert redis.ttl(fresh.key) == -1


def test_another_action_finds_nothing_to_retry(actions: Actions, redis: Redis) -> None:
    job = failed(redis)
    done(actions, "retry", job.id)

    assert done(actions, "retry", job.id, "never", mark="m2") == [
        Outcome("gone", wording_actions.NOT_FAILED),
        GONE,
    ]


def test_what_is_discarded_leaves_nothing_behind(actions: Actions, redis: Redis) -> None:
    queue = Queue("emails", connection=redis)
    dead, waiting = failed(redis), queue.enqueue(divide, 1)
    both = (dead.id, waiting.id)

    assert done(actions, "discard", *both, dry=True) == [DONE, DONE]
    assert Job.exists(dead.id, connection=redis)
    assert done(actions, "discard", *both) == [DONE, DONE]

    assert (queue.count, queue.failed_job_registry.count) == (0, 0)
    assert redis.keys("rq:job:*") == []
    assert done(actions, "discard", *both) == [DONE, DONE]
    assert done(actions, "discard", *both, mark="m2") == [GONE, GONE]


def test_jobs_that_run_or_are_held_back_are_left_alone(actions: Actions, redis: Redis) -> None:
    queue = Queue("emails", connection=redis)
    running, limited, done_already = (queue.enqueue(divide, 1) for _ in range(3))
    running.set_status("started")
    done_already.set_status("finished")
    redis.hset(limited.key, "rate_limit_key", "api")

    assert done(actions, "discard", running.id, limited.id, done_already.id) == [
        Outcome("refused", wording_actions.RUNS),
        Outcome("refused", wording_actions.RATE_LIMITED),
        GONE,
    ]
    assert queue.count == 3


def test_a_key_of_another_kind_is_refused_and_the_others_go_on(
    actions: Actions, redis: Redis
) -> None:
    job = failed(redis)
    redis.set("rq:job:odd", "x")

    odd, fine = done(actions, "retry", "odd", job.id)

    assert (odd.state, fine) == ("refused", DONE)
    assert "WRONGTYPE" in odd.why


def test_a_redis_that_is_not_there_is_told_with_a_remedy() -> None:
    with pytest.raises(ActionError, match="could not be asked"):
        done(open_actions("redis://127.0.0.1:1/0", {}), "retry", "a")
    with pytest.raises(ActionError, match="no address of a Redis"):
        open_actions("redis://127.0.0.1:port/0", {})


def test_an_account_without_the_right_is_told(redis: Redis, redis_url: str) -> None:
    redis.execute_command("ACL", "SETUSER", "looker", "on", ">pw", "~*", "+@all", "-zscore")
    job = failed(redis)
    url = redis_url.replace("redis://", "redis://looker:pw@")

    opened = open_actions(url, {})
    with pytest.raises(ActionError, match="could not be asked"):
        done(opened, "retry", job.id)
    opened.close()
    redis.execute_command("ACL", "DELUSER", "looker")
