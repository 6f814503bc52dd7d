"""The probe of RQ on a real Redis, where RQ itself put the keys."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.suspension import suspend
from rq.worker import SimpleWorker

from tailback.core.actions import Target
from tailback.core.system import ProbeError
from tailback.systems.rq.probe import MAX_WORKERS, open_probe
from tailback.testing.redis_guard import read_only_url


def work() -> None:
    pass


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with closing(Redis.from_url(redis_url)) as client:
        yield client


@pytest.fixture
def queue(redis: Redis) -> Queue:
    return Queue("emails", connection=redis)


def look(redis_url: str, queue: str = "emails", **options):
    with closing(open_probe("shop", read_only_url(redis_url), options)) as probe:
        return probe.read([queue], time.time())[0]


def test_a_suspended_server_is_seen(redis: Redis, redis_url: str) -> None:
    before = look(redis_url).paused
    suspend(redis)

    assert before is False
    assert look(redis_url).paused is True


def test_a_scheduler_is_missed_when_nobody_promotes_jobs(
    queue: Queue, redis: Redis, redis_url: str
) -> None:
    queue.enqueue_in(timedelta(seconds=-60), work)

    without = look(redis_url)
    redis.set("rq:scheduler-lock:emails", "somebody")

    assert (without.scheduler_alive, without.overdue_scheduled) == (False, 1)
    assert without.oldest_due_at == pytest.approx(time.time() - 60, abs=2)
    assert look(redis_url).scheduler_alive is True


def test_the_prefix_of_the_workers_is_followed(redis: Redis, redis_url: str) -> None:
    redis.sadd("{jobs}:queues", "{jobs}:queue:emails")
    redis.rpush("{jobs}:queue:emails", "a")
    redis.hset(
        "{jobs}:job:a",
        mapping={"created_at": "2026-01-01T00:00:00Z", "status": "queued", "origin": "emails"},
    )

    reading = look(redis_url, prefix="{jobs}")

    assert reading.waiting == 1
    assert reading.oldest_due_at is not None
    assert look(redis_url).waiting == 0


def test_a_job_that_waits_for_another_is_noted_and_has_no_age(
    queue: Queue, redis_url: str
) -> None:
    first = queue.enqueue(work)
    queue.enqueue(work, depends_on=first)

    reading = look(redis_url)

    assert reading.waiting == 1
    assert reading.notes == ("deferred=1",)
    assert not reading.sees_all


def test_a_job_that_its_crashed_worker_popped_and_never_started_is_found(
    queue: Queue, redis: Redis, redis_url: str
) -> None:
    job = queue.enqueue(work)
    with closing(open_probe("shop", read_only_url(redis_url), {})) as probe:
        probe.read(["emails"], time.time())
        redis.lpop(
            "rq:queue:emails"
        )  # what a worker of several queues does before it writes anything

        reading = probe.read(["emails"], time.time())[0]

    assert reading.waiting == 0
    assert reading.oldest_due_at == pytest.approx(job.created_at.timestamp(), abs=0.01)
    assert reading.notes == ("nowhere=1",)


def test_a_job_handed_over_and_never_started_is_counted_as_waiting(
    queue: Queue, redis: Redis, redis_url: str
) -> None:
    queue.enqueue(work)
    redis.lmove("rq:queue:emails", "rq:queue:emails:intermediate")

    reading = look(redis_url)

    assert reading.waiting == 1
    assert reading.oldest_due_at is not None


def test_an_execution_whose_worker_died_is_abandoned_and_looking_changes_nothing(
    queue: Queue, redis: Redis, redis_url: str
) -> None:
    job = queue.enqueue(work)
    redis.lpop("rq:queue:emails")
    redis.hset(
        f"rq:job:{job.id}", mapping={"status": "started", "started_at": "2026-11-02T00:00:00Z"}
    )
    redis.zadd("rq:wip:emails", {f"{job.id}:execution": time.time() - 10})

    reading = look(redis_url)

    assert (reading.running, reading.notes) == (0, ("abandoned=1",))
    assert reading.oldest_due_at is not None
    assert redis.zcard("rq:wip:emails") == 1, (
        "rq's own registry would have failed the job by counting it"
    )
    assert StartedJobRegistry("emails", connection=redis).count == 0


def test_a_job_held_back_by_a_rate_limit_is_unfinished(
    queue: Queue, redis: Redis, redis_url: str
) -> None:
    redis.sadd("rq:rl-keys", "crm")
    redis.zadd("rq:rl:crm:rate_limited", {"a": 1})
    redis.hset(
        "rq:job:a",
        mapping={
            "created_at": "2026-01-01T00:00:00Z",
            "status": "rate_limited",
            "origin": "emails",
        },
    )

    assert look(redis_url).oldest_due_at == pytest.approx(1767225600)
    assert look(redis_url, "exports").oldest_due_at is None


def test_finished_jobs_are_counted_by_their_workers(
    queue: Queue, redis: Redis, redis_url: str
) -> None:
    worker = SimpleWorker([queue], connection=redis)
    worker.register_birth()
    with closing(open_probe("shop", read_only_url(redis_url), {})) as probe:
        before = probe.read(["emails"], time.time())[0].done_counter
        redis.hincrby(worker.key, "successful_job_count", 3)
        after = probe.read(["emails"], time.time())[0]

    assert before == 0
    assert after.done_counter == 3
    assert after.workers == 1


def test_a_crowd_of_workers_is_counted_without_reading_each(redis: Redis, redis_url: str) -> None:
    for number in range(MAX_WORKERS + 50):
        redis.sadd("rq:workers:emails", f"rq:worker:{number}")

    assert look(redis_url).workers == MAX_WORKERS + 50


def test_hostile_values_in_a_job_are_unknown_and_harm_nobody(redis: Redis, redis_url: str) -> None:
    redis.rpush("rq:queue:emails", b"\xff\x00<script>", "plain")
    redis.hset(
        "rq:job:plain",
        mapping={
            "created_at": b"\xff",
            "status": b"\xfe",
            "description": b"\xff(",
            "tailback": b"[" * 3000,
        },
    )

    reading = look(redis_url)

    assert reading.waiting == 2
    assert reading.oldest_due_at is None


def test_a_server_that_is_away_is_explained(redis_url: str) -> None:
    probe = open_probe("shop", "redis://user:secret@127.0.0.1:1/0", {})

    with closing(probe), pytest.raises(ProbeError, match="cannot be asked") as caught:
        probe.read(["emails"], time.time())

    assert "secret" not in str(caught.value)


def test_an_account_without_rights_is_explained(redis: Redis, redis_url: str) -> None:
    redis.execute_command(
        "ACL", "SETUSER", "blind", "reset", "on", ">x", "~*", "-@all", "+@connection", "+time"
    )
    probe = open_probe("shop", redis_url.replace("redis://", "redis://blind:x@"), {})

    with closing(probe), pytest.raises(ProbeError, match="refused the account"):
        probe.read(["emails"], time.time())


def test_an_address_that_is_none_is_explained() -> None:
    with pytest.raises(ProbeError, match="is no address"):
        open_probe("shop", "redis://127.0.0.1:port/0", {})


def test_a_job_of_the_library_is_read_with_its_name(queue: Queue, redis_url: str) -> None:
    job: Job = queue.enqueue(work)

    reading = look(redis_url)

    assert reading.oldest_by_job == {f"{__name__}.work": reading.oldest_due_at}
    assert reading.oldest_due_at == pytest.approx(job.created_at.timestamp(), abs=0.01)


def test_the_size_of_a_payload_is_told_without_reading_it(queue: Queue, redis_url: str) -> None:
    job = queue.enqueue(print, "x" * 5_000)
    with closing(open_probe("shop", read_only_url(redis_url), {})) as probe:
        found = probe.payload_bytes([Target(job.id, "emails"), Target("gone", "emails")])

    assert found == {job.id: queue.connection.hstrlen(f"rq:job:{job.id}", "data")}
    assert found[job.id] > 0
