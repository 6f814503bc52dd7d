"""The hook in Huey's less usual ways, with real consumers."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tailback.testing.waiting import eventually
from tests.systems.huey_rig import RedisRig

MORE = "tests.systems.apps.huey_more"


class MoreRig(RedisRig):
    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        self.app = MORE
        self.options: Sequence[str] = ("--workers", "1")

    def worker_command(self, queues: Sequence[str]) -> Sequence[str]:
        return [
            "huey.bin.huey_consumer",
            f"{MORE}.emails",
            "--worker-type",
            self.kind,
            *self.options,
        ]

    def call(self, function: str, *args):
        return self._producer(hook=True).call(function, *args)["answer"]


@pytest.fixture
def rig(redis_url: str, tmp_path: Path) -> Iterator[MoreRig]:
    with MoreRig(redis_url, tmp_path) as rig:
        yield rig


@pytest.mark.parametrize(
    ("function", "why"),
    [("revoked", "revoked"), ("expired", "expired"), ("held_lock", "locked")],
)
def test_what_huey_will_not_run_is_discarded(rig: MoreRig, function: str, why: str) -> None:
    job = rig.call(function)
    rig.start_worker(hook=True)

    assert rig.collector.wait("discarded", id=job)[0]["why"] == why
    # What is revoked before it is enqueued is told by both, and over when the worker has passed it.
    eventually(lambda: rig.collector.ledger().open_jobs() == 0, "nothing is left to do")


def test_a_task_that_cancels_itself_is_discarded_unless_it_is_retried(rig: MoreRig) -> None:
    once, again, vetoed = (
        rig.call("call", "cancel", False),
        rig.call("call", "cancel", True),
        rig.call("call", "never_again"),
    )
    rig.start_worker(hook=True)

    rig.collector.wait("discarded", id=once)
    rig.collector.wait("discarded", id=vetoed)

    assert rig.collector.kinds(once) == ["enqueued", "started", "discarded"]
    assert rig.collector.kinds(vetoed) == ["enqueued", "started", "discarded"]
    # CancelExecution(retry=True) is always retried: the second attempt finds one retry again.
    eventually(
        lambda: rig.collector.kinds(again)[:3] == ["enqueued", "started", "retrying"],
        "it was retried",
    )
    rig.collector.wait("retrying", 2, id=again)


def test_a_task_that_asks_for_a_retry_gets_its_time(rig: MoreRig) -> None:
    job = rig.call("call", "ask_again")
    rig.start_worker(hook=True)

    rig.collector.wait("succeeded", id=job)

    again = rig.collector.events("retrying", id=job)[0]
    assert again["due_at"] - again["at"] == pytest.approx(1, abs=0.9)
    assert rig.collector.kinds(job) == ["enqueued", "started", "retrying", "started", "succeeded"]


def test_a_delayed_job_is_enqueued_once_though_huey_says_it_three_times(rig: MoreRig) -> None:
    job = rig.call("delayed")
    rig.start_worker(hook=True)

    rig.collector.wait("succeeded", id=job)

    told = rig.collector.events("enqueued", id=job)
    assert {round(event["due_at"], 3) for event in told} == {round(told[0]["due_at"], 3)}
    assert rig.collector.events("started", id=job)[0]["at"] >= told[0]["due_at"] - 0.1


def test_a_task_over_its_time_is_dead(rig: MoreRig) -> None:
    rig.kind = "process"
    job = rig.call("call", "slow")
    rig.start_worker(hook=True)

    dead = rig.collector.wait("dead", id=job)[0]

    assert dead["error"]["type"] == "huey.exceptions.TaskTimeout"
    assert dead["ran_for"] == pytest.approx(1, abs=0.9)


def test_a_task_unknown_to_the_worker_is_discarded_with_its_name(rig: MoreRig) -> None:
    rig.environment["HUEY_KNOWS_MORE"] = "1"
    job = rig.call("call", "known_to_the_producer_only")
    del rig.environment["HUEY_KNOWS_MORE"]
    rig.start_worker(hook=True)

    lost = rig.collector.wait("discarded", id=job)[0]

    assert lost["why"] == "unknown task"
    assert lost["job"] == f"{MORE}.known_to_the_producer_only"


def test_every_step_of_a_pipeline_knows_the_first(rig: MoreRig) -> None:
    first, second, third = rig.call("pipeline")
    rig.start_worker(hook=True)

    rig.collector.wait("succeeded", id=third)

    roots = {
        job: rig.collector.events("enqueued", id=job)[0].get("root")
        for job in (first, second, third)
    }
    assert roots == {first: None, second: first, third: first}


def test_the_callback_of_a_chord_knows_one_of_its_parts(rig: MoreRig) -> None:
    callback, *parts = rig.call("joined")
    rig.start_worker(hook=True)

    rig.collector.wait("succeeded", id=callback)

    assert rig.collector.wait("enqueued", id=callback)[0]["root"] in parts


def test_periodic_tasks_are_jobs_like_others(rig: MoreRig) -> None:
    rig.options = ("--workers", "1", "--scheduler-interval", "1")
    rig.start_worker(hook=True)

    enqueued = rig.collector.wait("enqueued", job=f"{MORE}.every_minute")[0]

    rig.collector.wait("succeeded", id=enqueued["id"])


def test_the_account_is_found_in_an_argument_by_position(rig: MoreRig) -> None:
    rig.environment["TAILBACK_TENANT_ARG"] = "account"
    job = rig.call("call", "for_account", 5, "acct_7")

    assert rig.collector.wait("enqueued", id=job)[0]["tenant"] == "acct_7"


@pytest.mark.parametrize("kind", ["process", "greenlet"])
def test_every_kind_of_worker_tells_the_same(rig: MoreRig, kind: str) -> None:
    rig.kind = kind
    rig.options = ("--workers", "3")
    good, bad = rig.call("call", "fine"), rig.call("call", "fail")
    rig.start_worker(hook=True)

    rig.collector.wait("succeeded", id=good)
    rig.collector.wait("retrying", id=bad)

    assert rig.collector.kinds(good) == ["enqueued", "started", "succeeded"]
    assert rig.collector.kinds(bad) == ["enqueued", "started", "retrying"]
    worker = rig.collector.events("started", id=good)[0]["worker"]
    eventually(
        lambda: worker in {beat["id"] for beat in rig.collector.workers()},
        "its worker announced itself",
    )
    assert {beat["slots"] for beat in rig.collector.workers()} == {3 if kind == "greenlet" else 1}


def test_the_job_of_one_killed_worker_process_is_lost_while_the_consumer_lives(
    rig: MoreRig,
) -> None:
    rig.kind = "process"
    rig.options = ("--workers", "2")
    job = rig.call("call", "patient")
    consumer = rig.start_worker(hook=True)
    rig.collector.wait("started", id=job)
    worker = rig.collector.events("started", id=job)[0]["worker"]
    eventually(
        lambda: worker in {beat["id"] for beat in rig.collector.workers()},
        "its worker announced itself",
    )

    os.kill(int(worker.rpartition(":")[2]), signal.SIGKILL)

    ledger = rig.collector.ledger(redelivers=False)
    lost = [event.id for _, event in ledger.derive_lost(time.time() + 60)]

    assert lost == [job]
    assert consumer.alive()


def test_a_consumer_that_is_stopped_in_the_middle_says_what_it_lost(rig: MoreRig) -> None:
    rig.kind = "process"
    job = rig.call("call", "slow")
    consumer = rig.start_worker(hook=True)
    rig.collector.wait("started", id=job)

    consumer.stop()

    eventually(
        lambda: {"lost", "dead"} & set(rig.collector.kinds(job)), "the interrupted job was told"
    )
