"""The hook in RQ's less usual ways, with real workers."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.testing.waiting import eventually
from tests.systems.rq_rig import RqRig

MORE = "tests.systems.apps.rq_more"


class MoreRig(RqRig):
    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        self.app = MORE

    def call(self, function: str, *args, hook: bool = True):
        return self._producer(hook=hook).call(function, *args)["answer"]


@pytest.fixture
def rig(redis_url: str, tmp_path: Path) -> Iterator[MoreRig]:
    with MoreRig(redis_url, tmp_path) as rig:
        yield rig


def test_a_killed_horse_is_told_by_its_parent(rig: MoreRig) -> None:
    job = rig.call("simple", "die")
    rig.start_worker(hook=True)

    dead = rig.collector.wait("dead", id=job)[0]

    assert dead["error"]["type"] == "rq.WorkHorseTerminated"
    assert "signal 9" in dead["error"]["message"]
    assert rig.collector.kinds(job) == ["enqueued", "started", "dead"]


def test_a_job_over_its_time_limit_tells_so(rig: MoreRig) -> None:
    job = rig.call("limited", "sleep_long")
    rig.start_worker(hook=True)

    assert (
        rig.collector.wait("dead", id=job)[0]["error"]["type"] == "rq.timeouts.JobTimeoutException"
    )


def test_a_function_that_the_worker_does_not_know_is_told(rig: MoreRig) -> None:
    job = rig.call("simple", "never_written")
    rig.start_worker(hook=True)

    dead = rig.collector.wait("dead", id=job)[0]

    assert dead["job"] == f"{MORE}.never_written"
    assert "never_written" in dead["error"]["message"]


def test_a_job_that_returns_retry_is_retrying_and_then_dead(rig: MoreRig) -> None:
    job = rig.call("simple", "ask_again")
    rig.start_worker(hook=True)

    rig.collector.wait("dead", id=job)

    assert rig.collector.kinds(job) == ["enqueued", "started", "retrying", "started", "dead"]
    assert [event["attempt"] for event in rig.collector.events("started", id=job)] == [1, 2]


def test_every_step_of_a_chain_knows_the_first(rig: MoreRig) -> None:
    first, second, third = rig.call("chain")
    rig.start_worker(hook=True)

    rig.collector.wait("succeeded", id=third)

    roots = {
        job: rig.collector.events("enqueued", id=job)[0].get("root")
        for job in (first, second, third)
    }
    assert roots == {first: None, second: first, third: first}


def test_a_job_enqueued_by_a_job_is_told_through_the_parent(rig: MoreRig) -> None:
    parent = rig.call("simple", "fan_out")
    rig.start_worker(hook=True)

    child = rig.collector.wait("enqueued", parent=parent)[0]

    assert child.get("root") is None
    rig.collector.wait("succeeded", id=child["id"])


@pytest.mark.parametrize(("function", "why"), [("canceled", "canceled"), ("deleted", "deleted")])
def test_what_will_never_run_is_discarded(rig: MoreRig, function: str, why: str) -> None:
    job = rig.call(function)

    assert rig.collector.wait("discarded", id=job)[0]["why"] == why
    assert rig.collector.ledger().open_jobs() == 0


def test_a_repetition_is_a_new_life(rig: MoreRig) -> None:
    job = rig.call("repeated")
    rig.start_worker(hook=True)

    rig.collector.wait("succeeded", id=job)
    again = rig.collector.wait("enqueued", 2, id=job)[1]

    assert again["due_at"] == pytest.approx(time.time() + 3600, abs=30)


def test_many_jobs_at_once_are_each_told(rig: MoreRig) -> None:
    jobs = rig.call("many")

    eventually(
        lambda: {event["id"] for event in rig.collector.events("enqueued")} == set(jobs),
        "three jobs told",
    )


def test_the_account_is_found_in_an_argument_by_position(rig: MoreRig) -> None:
    rig.environment["TAILBACK_TENANT_ARG"] = "account"
    job = rig.call("paying", "acct_7")
    rig.start_worker(hook=True)

    done = rig.collector.wait("succeeded", id=job)[0]

    assert rig.collector.wait("enqueued", id=job)[0]["tenant"] == "acct_7"
    assert done["tenant"] == "acct_7"


def test_a_delayed_job_ages_from_its_due_time_through_retries_even_for_a_fresh_probe(
    rig: MoreRig,
) -> None:
    enqueued = rig._producer(hook=True).call("delayed_failing")
    job, due = enqueued["answer"], enqueued["at"] + 2
    rig.start_worker(hook=True)
    rig.collector.wait("retrying", id=job)

    # RQ puts the job away a moment after the hook has told of its retry
    oldest = eventually(
        lambda: rig.probe().read(["emails"], time.time())[0].oldest_due_at, "the job is put away"
    )
    assert oldest == pytest.approx(due, abs=1.5)
    assert rig.collector.ledger().job("shop", job).first_due_at == pytest.approx(due, abs=1.5)


def test_a_job_requeued_by_hand_begins_a_new_life(rig: MoreRig) -> None:
    job = rig.call("simple", "fail")
    rig.start_worker(hook=True)
    rig.collector.wait("dead", id=job)

    rig.call("requeue", job)

    rig.collector.wait("dead", 2, id=job)
    assert len(rig.collector.events("enqueued", id=job)) == 2


def test_an_abandoned_job_is_told_by_who_cleans_up(rig: MoreRig) -> None:
    given_up, retried = rig.call("simple", "sleep_long"), rig.call("retried", "sleep_long")
    for job in (given_up, retried):
        worker = rig.start_worker(hook=True)
        rig.collector.wait("started", id=job)
        eventually(
            lambda job=job: rig.redis.hget(f"rq:job:{job}", "status") == b"started",
            "the horse has begun",
        )
        worker.kill()

    rig.call("clean")

    dead = rig.collector.wait("dead", id=given_up)[0]
    assert dead["error"]["type"] == "rq.exceptions.AbandonedJobError"
    again = rig.collector.wait("retrying", id=retried)[0]
    assert again["attempt"] == 1
    assert again["error"]["type"] == "rq.exceptions.AbandonedJobError"


@pytest.mark.parametrize(
    "worker_class", ["rq.SimpleWorker", "rq.SpawnWorker", "rq.worker.RoundRobinWorker"]
)
def test_every_kind_of_worker_tells_the_same(rig: MoreRig, worker_class: str) -> None:
    rig.worker_class = worker_class
    jobs = [rig.call("simple", "fine"), rig.call("retried", "fail")]
    rig.start_worker(hook=True)

    rig.collector.wait("dead", id=jobs[1])
    rig.collector.wait("succeeded", id=jobs[0])

    assert rig.collector.kinds(jobs[0]) == ["enqueued", "started", "succeeded"]
    assert rig.collector.kinds(jobs[1]) == ["enqueued", "started", "retrying", "started", "dead"]


def test_a_worker_without_the_hook_runs_stamped_jobs_and_keeps_the_stamp(rig: MoreRig) -> None:
    job = rig.call("retried", "fail")
    rig.start_worker()

    eventually(
        lambda: rig.redis.hget(f"rq:job:{job}", "status") == b"failed", "both attempts failed"
    )

    assert rig.redis.hget(f"rq:job:{job}", "tailback")


def test_a_horse_that_outlives_its_worker_tells_how_it_ended(rig: MoreRig) -> None:
    held = rig.work(hold=True)
    job = rig.call("ordered", held.plan())
    worker = rig.start_worker(hook=True)
    eventually(lambda: rig.journal.attempts(held.key) == 1, "the horse has begun")

    worker.kill_alone()
    rig.journal.release(held.key)

    rig.collector.wait("succeeded", id=job)
    assert rig.collector.ledger().open_jobs() == 0


def test_a_spawned_horse_waits_for_no_server(rig: MoreRig) -> None:
    rig.worker_class = "rq.SpawnWorker"
    job = rig.call("simple", "fine")
    rig.collector.refuse = 503
    rig.start_worker(hook=True)
    eventually(
        lambda: rig.redis.hget(f"rq:job:{job}", "status") == b"finished", "the job is finished"
    )

    rig.collector.refuse = None

    rig.collector.wait("succeeded", id=job)
    # The horse is gone: its worker kept what it left and sent it.
    started, done = (
        next(batch for _, batch in rig.collector.batches if kind in _told(batch, job))
        for kind in ("started", "succeeded")
    )
    assert started["producer"] == done["producer"]


def _told(batch: dict, job: str) -> list[str]:
    return [event["kind"] for event in batch["events"] if event["id"] == job]
