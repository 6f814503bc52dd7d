"""One reading of an RQ queue, from what Redis answers; no Redis needed."""

from datetime import UTC, datetime

import pytest

from tailback.systems.rq.keys import JOB_FIELDS, JobTimes, iso_time, job_name, job_times
from tailback.systems.rq.reading import Memory, Raw, Worker, make_reading

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()


def raw(**changed) -> Raw:
    nothing = {
        "queue": "q",
        "waiting_count": 0,
        "waiting": [],
        "handover": [],
        "running_count": 0,
        "abandoned": 0,
        "running": [],
    }
    nothing |= {
        "scheduled_count": 0,
        "overdue": 0,
        "scheduled": {},
        "dead": 0,
        "deferred": 0,
        "scheduler_alive": True,
    }
    return Raw(**{**nothing, "worker_count": 0, "worker_keys": [], **changed})


def times(**changed) -> JobTimes:
    nothing = dict.fromkeys(("started_at", "ended_at", "stamped"))
    plain = {
        "name": "shop.send",
        "origin": "q",
        "status": "queued",
        "created_at": NOW - 100,
        "enqueued_at": NOW - 100,
    }
    return JobTimes(**{**plain, **nothing, "repeats": False, "held_back": False, **changed})


def worker(**changed) -> Worker:
    usual = {
        "key": "rq:worker:a",
        "birth": "b",
        "beat_at": NOW - 5,
        "busy": False,
        "queues": 1,
        "gone": False,
        "succeeded": 0,
    }
    return Worker(**{**usual, **changed})


def read(looked: Raw, jobs=None, workers=(), memory=None, now=NOW):
    memory = memory if memory is not None else Memory()
    return make_reading(
        source="s",
        raw=looked,
        jobs=jobs or {},
        workers=workers,
        memory=memory,
        taken_at=now,
        broker_now=now,
        paused=False,
    )


def waiting(*ids: str, count: int | None = None) -> Raw:
    return raw(waiting=list(ids), waiting_count=count if count is not None else len(ids))


def test_a_job_is_as_old_as_its_creation_whatever_its_last_enqueue() -> None:
    retried = times(
        enqueued_at=NOW - 1, started_at=NOW - 3, ended_at=NOW - 2, created_at=NOW - 500
    )

    reading = read(waiting("a"), {"a": retried})

    assert reading.oldest_due_at == NOW - 500
    assert reading.oldest_source == "exact"
    assert reading.ready_wait == 1
    assert reading.oldest_by_job == {"shop.send": NOW - 500}


def test_a_sample_says_that_it_is_one() -> None:
    assert read(waiting("a", count=1000), {"a": times()}).oldest_source == "sample"


def test_a_delayed_job_ages_from_its_due_time_even_after_a_retry() -> None:
    memory = Memory()
    scheduled = raw(scheduled={"a": NOW - 30}, scheduled_count=1, overdue=1)
    read(
        scheduled,
        {"a": times(status="scheduled", enqueued_at=None, created_at=NOW - 4000)},
        memory=memory,
    )
    retried = times(
        created_at=NOW - 4000, enqueued_at=NOW - 1, started_at=NOW - 5, ended_at=NOW - 4
    )

    later = read(waiting("a"), {"a": retried}, memory=memory)

    assert later.oldest_due_at == NOW - 30


def test_the_producers_stamp_tells_the_due_time_of_a_delayed_and_retried_job() -> None:
    retried = times(created_at=NOW - 4000, started_at=NOW - 5, stamped=NOW - 60)

    assert read(waiting("a"), {"a": retried}).oldest_due_at == NOW - 60


def test_a_delayed_job_that_nobody_saw_waiting_ages_from_its_promotion() -> None:
    promoted = times(created_at=NOW - 4000, enqueued_at=NOW - 20)

    assert read(waiting("a"), {"a": promoted}).oldest_due_at == NOW - 20


def test_a_step_that_waited_for_another_ages_from_its_creation() -> None:
    released = times(created_at=NOW - 4000, enqueued_at=NOW - 20, held_back=True)

    assert read(waiting("a"), {"a": released}).oldest_due_at == NOW - 4000


def test_a_job_requeued_by_hand_begins_a_new_life() -> None:
    memory = Memory()
    read(waiting("a"), {"a": times(created_at=NOW - 9000, enqueued_at=NOW - 8000)}, memory=memory)
    read(waiting("a"), {"a": times(created_at=NOW - 9000, started_at=NOW - 7000)}, memory=memory)

    again = read(
        waiting("a"), {"a": times(created_at=NOW - 9000, enqueued_at=NOW - 10)}, memory=memory
    )

    assert again.oldest_due_at == NOW - 10


def test_a_repeating_job_is_due_at_its_next_repetition() -> None:
    repeating = times(
        repeats=True, created_at=NOW - 90_000, ended_at=NOW - 50, started_at=NOW - 51
    )
    looked = raw(scheduled={"a": NOW + 50}, scheduled_count=1)

    reading = read(looked, {"a": repeating})

    assert reading.oldest_due_at is None
    assert (reading.scheduled, reading.retrying) == (1, 0)


def test_a_retry_and_a_scheduled_job_are_told_apart_in_the_same_set() -> None:
    looked = raw(scheduled={"a": NOW + 50, "b": NOW + 3600}, scheduled_count=2)
    jobs = {
        "a": times(status="scheduled", started_at=NOW - 10, ended_at=NOW - 9),
        "b": times(status="scheduled"),
    }

    reading = read(looked, jobs)

    assert (reading.retrying, reading.scheduled) == (1, 1)
    assert reading.oldest_due_at == NOW - 100


def test_more_scheduled_jobs_than_sampled_are_not_split_by_a_guess() -> None:
    reading = read(
        raw(scheduled={"a": NOW + 50}, scheduled_count=500), {"a": times(status="scheduled")}
    )

    assert (reading.retrying, reading.scheduled) == (None, None)
    assert reading.notes == ("scheduled-or-retrying=500",)


def test_a_job_between_two_places_is_remembered() -> None:
    memory = Memory()
    read(waiting("a"), {"a": times()}, memory=memory)

    moving = read(raw(), {"a": times(status="started", started_at=NOW)}, memory=memory)
    gone = read(raw(), {"a": times(status="finished", ended_at=NOW)}, memory=memory)

    assert moving.oldest_due_at == NOW - 100
    assert moving.notes == ("nowhere=1",)
    assert gone.oldest_due_at is None


def test_abandoned_jobs_do_not_run_and_are_not_forgotten() -> None:
    looked = raw(running=["a"], running_count=1, abandoned=1)

    reading = read(looked, {"a": times(status="started", started_at=NOW - 90)})

    assert reading.running == 0
    assert reading.oldest_due_at == NOW - 100
    assert "abandoned=1" in reading.notes


def test_a_busy_worker_that_fell_silent_is_not_counted() -> None:
    workers = [
        worker(),
        worker(busy=True, beat_at=NOW - 200),
        worker(gone=True),
        worker(beat_at=None),
    ]

    assert read(raw(worker_count=4), workers=workers).workers == 1


def test_completions_are_counted_since_the_probe_was_opened() -> None:
    memory = Memory()

    first = read(raw(), workers=[worker(succeeded=70)], memory=memory)
    second = read(raw(), workers=[worker(succeeded=75)], memory=memory)
    born = read(raw(), workers=[worker(succeeded=75), worker(key="b", succeeded=3)], memory=memory)
    left = read(raw(), workers=[worker(succeeded=76)], memory=memory)
    after = read(raw(), workers=[worker(succeeded=78)], memory=memory)

    assert [one.done_counter for one in (first, second, born, left, after)] == [0, 5, 8, None, 11]


def test_completions_of_a_worker_of_several_queues_belong_to_none() -> None:
    assert read(raw(), workers=[worker(queues=2)]).done_counter is None


def test_everything_is_seen_only_when_nothing_can_hide() -> None:
    assert read(waiting("a"), {"a": times()}, [worker()]).sees_all
    assert not read(waiting("a", count=200), {"a": times()}, [worker()]).sees_all
    assert not read(waiting("a"), {"a": times()}, [worker(queues=2)]).sees_all
    assert not read(raw(deferred=1), {}, [worker()]).sees_all


def test_an_expired_hash_is_unknown_and_not_old() -> None:
    assert job_times([None] * len(JOB_FIELDS), NOW) is None


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "0001-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z",
        "\x00",
        "2026-13-01T00:00:00Z",
    ],
)
def test_an_absurd_time_is_unknown(written: str) -> None:
    assert iso_time(written, NOW) is None


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-02T12:00:00Z",
        "2026-11-02T12:00:00.000000Z",
        "2026-11-02T12:00:00",
        "2026-11-02T13:00:00+01:00",
    ],
)
def test_both_formats_of_rq_are_utc(written: str) -> None:
    assert iso_time(written, NOW) == NOW


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("shop.tasks.send('bob@example.com')", "shop.tasks.send"),
        ("Send a mail to bob@example.com", None),
        ("x" * 10_000, None),
        (None, None),
        ("", None),
    ],
)
def test_a_name_is_cut_out_of_a_description_and_arguments_never(
    description: str | None, name: str | None
) -> None:
    assert job_name(description) == name
