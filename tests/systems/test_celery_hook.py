"""What the hook tells of everything that can become of a Celery task, on real workers."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.testing.rig import now
from tailback.testing.waiting import eventually
from tailback.testing.work import FOREVER
from tests.systems.celery_rig import RedisRig


@pytest.fixture
def rig(redis_url: str, tmp_path: Path) -> Iterator[RedisRig]:
    with RedisRig(redis_url, tmp_path) as rig:
        yield rig


def state_of(rig: RedisRig, job: str) -> str | None:
    """Return what the ledger says of a job, from what was sent."""
    found = rig.collector.ledger().job(rig.collector.source, job)
    return found.state if found else None


def test_the_steps_of_a_chain_age_from_its_first_one(rig: RedisRig) -> None:
    first, second, third = rig.call("enqueue_chain")
    rig.start_worker(hook=True)

    rig.collector.wait("succeeded", id=second)

    told = {job: rig.collector.wait("enqueued", id=job)[0] for job in (first, second, third)}
    assert "root" not in told[first]
    assert told[second]["root"] == told[third]["root"] == first
    assert told[third]["parent"] == second
    view = rig.collector.ledger().job(rig.collector.source, third)
    assert view.root == first
    assert abs(view.first_due_at - told[first]["at"]) < 0.01


def test_the_account_of_a_chain_and_of_what_its_steps_enqueue_is_carried_on(rig: RedisRig) -> None:
    work = rig.work(tenant="acct_7")
    rig.enqueue(work, hook=True)
    rig.call("call_for", "acct_42", "shop.fan_out", [2])
    rig.start_worker(hook=True)

    children = rig.collector.wait("enqueued", 2, job="shop.add")

    assert {child["tenant"] for child in children} == {"acct_42"}
    # Work that a task enqueues has its own age: an import of an hour makes nothing an hour late.
    assert not any("root" in child for child in children)
    assert all(child["parent"] for child in children)


@pytest.mark.parametrize("counts_by_itself", [False, True])
def test_the_body_of_a_chord_ages_from_its_header(rig: RedisRig, counts_by_itself: bool) -> None:
    if counts_by_itself:
        rig.environment["CELERY_BACKEND"] = rig.broker
    body, *header = rig.call("enqueue_chord")
    rig.start_worker(hook=True)

    rig.collector.wait("succeeded", id=body)

    assert {rig.collector.kinds(job)[-1] for job in header} == {"succeeded"}
    told = {job: rig.collector.wait("enqueued", id=job)[0] for job in (body, *header)}
    with rig.opened() as probe:
        assert probe.read(["emails", "celery"], now())[0].oldest_due_at is None
    assert told[body]["root"] in header
    # Celery's own polling for the end of a chord is no work of anybody.
    assert not [e for e in rig.collector.events() if e["job"].startswith("celery.")]


def test_an_error_made_for_the_retry_keeps_what_was_being_handled(rig: RedisRig) -> None:
    rig.start_worker(hook=True)
    job = rig.call("call", "shop.hide")

    error = rig.collector.wait("retrying", id=job)[0]["error"]

    assert (error["type"], error["message"]) == ("RuntimeError", "could not send receipt")
    assert [one["type"] for one in error["chain"]] == ["ConnectionRefusedError"]
    assert error["facts"] == {"errno": 111}
    assert "in hide" in error["trace"]


def test_a_revoked_task_is_discarded(rig: RedisRig) -> None:
    worker = rig.start_worker(hook=True)
    eventually(lambda: "ready." in worker.output(), "the worker listens")
    job = rig.call("call", "shop.add", [1], {"countdown": 600})
    eventually(lambda: f"shop.add[{job}] received" in worker.output(), "the worker holds it")
    rig.call("revoke", job)
    # A worker notices when the time of the job has come; a second copy of it is noticed at once.
    rig.call("call", "shop.add", [1], {"task_id": job})

    told = rig.collector.wait("discarded", id=job)

    assert told[0]["why"] == "revoked"
    assert state_of(rig, job) == "discarded"


def test_a_task_revoked_while_it_runs_is_discarded_once(rig: RedisRig) -> None:
    rig.start_worker(hook=True)
    job = rig.call("call", "shop.sleep", [600])
    rig.collector.wait("started", id=job)
    rig.call("revoke", job, True)
    after = rig.call("call", "shop.add", [1])

    rig.collector.wait("succeeded", id=after)

    assert [e["why"] for e in rig.collector.wait("discarded", id=job)] == ["revoked while it ran"]
    assert rig.collector.events("dead") == []


def test_an_expired_task_is_discarded(rig: RedisRig) -> None:
    job = rig.call("call", "shop.add", [1], {"expires": 0.1})
    eventually(lambda: now() - rig.collector.wait("enqueued", id=job)[0]["at"] > 0.2, "it expired")
    rig.start_worker(hook=True)

    assert rig.collector.wait("discarded", id=job)[0]["why"] == "expired"


def test_a_task_that_no_worker_knows_is_discarded_with_its_name(rig: RedisRig) -> None:
    job = rig.call("call", "shop.not_deployed_yet")
    rig.start_worker(hook=True)

    told = rig.collector.wait("discarded", id=job)[0]

    assert told["job"] == "shop.not_deployed_yet"
    assert told["queue"] == "emails"
    assert "shop.not_deployed_yet" in told["why"]
    assert told["error"]["type"] == "celery.exceptions.NotRegistered"
    assert state_of(rig, job) == "discarded"


def test_a_child_that_is_killed_under_a_job_leaves_it_dead(rig: RedisRig) -> None:
    rig.start_worker(hook=True)
    job = rig.call("call", "shop.kill", [str(rig.folder)])

    told = rig.collector.wait("dead", id=job)

    assert len(told) == 1
    assert told[0]["error"]["type"] == "billiard.exceptions.WorkerLostError"
    assert "SIGKILL" in told[0]["error"]["message"]
    assert told[0]["queue"] == "emails"
    assert told[0]["first_enqueued_at"] == rig.collector.wait("enqueued", id=job)[0]["at"]


def test_a_job_that_kills_one_child_after_the_other_ages_from_its_first_enqueue(
    rig: RedisRig,
) -> None:
    rig.start_worker(hook=True, CELERY_LATE="1", CELERY_REJECT="1")
    job = rig.call("call", "shop.kill", [str(rig.folder)])

    told = rig.collector.wait("retrying", 3, id=job)

    assert {event["error"]["type"] for event in told} == {"billiard.exceptions.WorkerLostError"}
    view = rig.collector.ledger().job(rig.collector.source, job)
    assert view.state in {"retrying", "running", "waiting"}
    assert view.fails >= 2
    assert abs(view.first_due_at - rig.collector.wait("enqueued", id=job)[0]["at"]) < 0.01


def test_a_hard_time_limit_leaves_the_job_dead_once(rig: RedisRig) -> None:
    worker = rig.start_worker(hook=True)
    job = rig.call("call", "shop.sleep", [600], {"time_limit": 1})
    rig.collector.wait("dead", id=job)
    after = rig.call("call", "shop.add", [1])

    rig.collector.wait("succeeded", id=after)
    # What Celery itself does about it goes on behind the hook.
    assert eventually(lambda: rig.call("outcome", job), "the result is kept")[0] == "error"
    eventually(lambda: "Hard time limit (1s) exceeded" in worker.output(), "Celery says so")
    assert "callback raised" not in worker.output()

    told = rig.collector.events("dead", id=job)
    assert len(told) == 1
    assert told[0]["error"]["type"].endswith("TimeLimitExceeded")
    assert told[0]["attempt"] == 1
    assert told[0]["queue"] == "emails"
    assert told[0]["first_enqueued_at"]


def test_a_retry_at_a_moment_and_without_an_error_is_told_with_its_time(rig: RedisRig) -> None:
    rig.start_worker(hook=True)
    job = rig.call("call", "shop.ask_again")

    rig.collector.wait("succeeded", id=job)

    again = rig.collector.wait("retrying", id=job)[0]
    assert 0.5 < again["due_at"] - again["at"] <= 1
    assert again["error"]["type"] == "celery.exceptions.Retry"


def test_an_error_that_no_pickle_can_hold_is_told_as_it_was(rig: RedisRig) -> None:
    rig.start_worker(hook=True)
    job = rig.call("call", "shop.odd")

    error = rig.collector.wait("dead", id=job)[0]["error"]

    assert error["type"].endswith("UnpicklableError")
    assert error["message"] == "no pickle can hold this"


def test_a_message_that_the_worker_may_not_read_is_discarded(rig: RedisRig) -> None:
    job = rig.call("call", "shop.add", [1], {"serializer": "pickle"})
    rig.start_worker(hook=True)

    told = rig.collector.wait("discarded", id=job)[0]

    assert (told["why"], told["job"], told["queue"]) == ("message refused", "shop.add", "emails")
    assert state_of(rig, job) == "discarded"


def test_ignored_and_rejected_tasks_end(rig: RedisRig) -> None:
    rig.start_worker(hook=True)
    ignored = rig.call("call", "shop.ignore")
    rejected = rig.call("call", "shop.reject")

    rig.collector.wait("succeeded", id=ignored)
    told = rig.collector.wait("dead", id=rejected)

    assert [event["error"]["message"] for event in told] == ["no such customer"]


def test_a_task_that_replaces_itself_ends_with_its_replacement(rig: RedisRig) -> None:
    rig.start_worker(hook=True)
    job = rig.call("call", "shop.replaced")

    rig.collector.wait("succeeded", id=job)

    assert rig.collector.kinds(job) == ["enqueued", "started", "started", "succeeded"]
    assert rig.collector.wait("succeeded", id=job)[0]["job"] == "shop.add"


def test_a_task_called_in_place_is_no_job(rig: RedisRig) -> None:
    eager = rig.call("enqueue_eager")
    job = rig.call("call", "shop.add", [1])

    rig.collector.wait("enqueued", id=job)

    assert rig.collector.events(id=eager) == []


def test_autoretry_is_told_like_any_other_retry(rig: RedisRig) -> None:
    work = rig.work(fail=2)
    job = rig.call("enqueue_auto", work.plan())
    rig.start_worker(hook=True)

    rig.collector.wait("succeeded", id=job)

    told = rig.collector.wait("retrying", 2, id=job)
    assert [event["attempt"] for event in told] == [1, 2]
    assert {event["error"]["message"] for event in told} == {work.text}
    assert all(0 <= event["due_at"] - event["at"] <= 2 for event in told)


def test_without_the_hook_in_producers_a_loop_ages_from_its_first_start(rig: RedisRig) -> None:
    work = rig.work(fail=FOREVER, retries=10_000, retry_delay_s=1.0)
    job = rig.enqueue(work)
    rig.start_worker(hook=True)

    started = rig.collector.wait("started", id=job.id)[0]
    rig.collector.wait("retrying", 2, id=job.id)

    view = rig.collector.ledger().job(rig.collector.source, job.id)
    assert abs(view.first_due_at - started["at"]) < 0.01
    with rig.opened() as probe:
        reading = eventually(
            lambda: next((r for r in probe.read(["emails"], now()) if r.oldest_due_at), None),
            "the probe sees the retry",
        )
    assert reading.oldest_source == "first_seen"
    assert abs(reading.oldest_due_at - started["at"]) < 1


def test_the_message_in_the_broker_carries_its_first_due_through_every_retry(
    rig: RedisRig,
) -> None:
    work = rig.work(fail=FOREVER, retries=10_000, retry_delay_s=1.0, tenant="acct_9")
    job = rig.enqueue(work, hook=True)
    worker = rig.start_worker(hook=True)
    rig.collector.wait("retrying", 2, id=job.id)
    worker.kill()

    (raw,) = rig.redis.hvals("unacked") or [rig.redis.lindex("emails", 0)]
    message = json.loads(raw)
    headers = (message[0] if isinstance(message, list) else message)["headers"]

    assert headers["retries"] >= 2
    assert headers["tailback"]["tenant"] == "acct_9"
    assert abs(headers["tailback"]["first"] - job.at) < 1
    assert len(json.dumps(headers["tailback"])) < 120


@pytest.mark.parametrize("protocol", ["1", "2"])
def test_both_message_protocols_are_told(redis_url: str, tmp_path: Path, protocol: str) -> None:
    with RedisRig(redis_url, tmp_path) as rig:
        rig.environment["CELERY_PROTOCOL"] = protocol
        work = rig.work(fail=1, retries=1, retry_delay_s=0.0)
        job = rig.enqueue(work, hook=True)
        rig.start_worker(hook=True)

        rig.collector.wait("succeeded", id=job.id)
        rig.close()  # by then everybody has told everything

        assert rig.collector.kinds(job.id).count("enqueued") == 1
        assert sorted(rig.collector.kinds(job.id)) == [
            "enqueued",
            "retrying",
            "started",
            "started",
            "succeeded",
        ]


@pytest.mark.parametrize("pool", ["threads", "gevent", "solo"])
def test_every_pool_tells_the_same_story(redis_url: str, tmp_path: Path, pool: str) -> None:
    with RedisRig(redis_url, tmp_path, pool=pool, slots=1 if pool == "solo" else 4) as rig:
        good = [rig.enqueue(rig.work(), hook=True) for _ in range(20)]
        held = rig.work(hold=True)
        bad = rig.enqueue(rig.work(fail=1, retries=1, retry_delay_s=0.2), hook=True)
        worker = rig.start_worker(hook=True)

        for job in (*good, bad):
            rig.collector.wait("succeeded", id=job.id)
        holding = rig.enqueue(held, hook=True)
        rig.collector.wait("started", id=holding.id)
        rig.journal.release(held.key)
        rig.collector.wait("succeeded", id=holding.id)
        worker.stop()
        rig.close()  # by then everybody has told everything

        for job in good:
            assert rig.collector.kinds(job.id) == ["enqueued", "started", "succeeded"]
        assert sorted(rig.collector.kinds(bad.id)) == sorted(
            ["enqueued", "started", "retrying", "started", "succeeded"]
        )
        assert {beat["slots"] for beat in rig.collector.workers()} == {rig.slots}
        assert len({beat["id"] for beat in rig.collector.workers()}) == 1


@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_a_beat_names_what_the_worker_runs_now(redis_url: str, tmp_path: Path, pool: str) -> None:
    with RedisRig(redis_url, tmp_path, pool=pool) as rig:
        held = rig.work(hold=True)
        job = rig.enqueue(held, hook=True)
        rig.start_worker(hook=True)
        rig.collector.wait("started", id=job.id)

        beat = eventually(
            lambda: next((b for b in rig.collector.workers() if b["running"]), None),
            "a beat names it",
        )

        assert beat["running"] == [job.id]
        assert rig.collector.wait("started", id=job.id)[0]["worker"] == beat["id"]


def test_children_that_are_recycled_lose_no_event(rig: RedisRig) -> None:
    rig.slots = 2
    jobs = [rig.enqueue(rig.work(), hook=True) for _ in range(30)]
    rig.start_worker(hook=True, CELERY_CHILD_TASKS="5")

    for job in jobs:
        rig.collector.wait("succeeded", id=job.id)

    assert len(rig.collector.events("succeeded")) == len(rig.collector.events("started")) == 30


def test_the_drill_task_is_known_to_every_app_and_told_as_a_drill(rig: RedisRig) -> None:
    rig.start_worker(hook=True)
    passed = rig.call("call", "tailback.drill")
    failed = rig.call("call", "tailback.drill", ["fail"])

    rig.collector.wait("succeeded", id=passed)
    told = rig.collector.wait("dead", id=failed)[0]

    assert told["error"]["type"].endswith("DrillError")
    assert {e["drill"] for e in rig.collector.events() if e["job"] == "tailback.drill"} == {True}
