"""Brokers that show counts and no ages, ages and no counts, or not what workers hold."""

from tailback.core.events import WorkerBeat
from tests.core.judge.rig import HOUR, MINUTE, Line, lane, settled


def counted(line: Line, until: float, **numbers: object) -> None:
    when = line.now
    while when < until:
        line.reads(when, **numbers)
        when += 15.0


def test_counts_alone_are_unknown_and_alert_nobody() -> None:
    line = Line()
    for number in range(80):
        line.reads(number * 15.0, waiting=number % 3, running=2, retrying=0, workers=2)
    line.until(10 * MINUTE)

    assert line.says == ("unknown", "not_measured")
    assert line.sentence == "Unknown: 1 waiting, 2 running; how old they are is not measured"
    assert line.log == []


def test_counts_alone_tell_that_nobody_is_there() -> None:
    line = Line()
    counted(line, 10 * MINUTE, waiting=5, running=0, retrying=0, workers=0)
    line.until(5 * MINUTE)

    assert line.says == ("stuck", "nobody_consumes")


def test_counts_alone_tell_that_workers_take_nothing() -> None:
    line = Line()
    counted(line, 10 * MINUTE, waiting=5, running=0, retrying=0, workers=2)
    line.until(6 * MINUTE)

    assert line.says == ("stuck", "workers_idle")


def test_counts_alone_do_not_tell_that_running_jobs_stand_still() -> None:
    line = Line()
    counted(line, 10 * MINUTE, waiting=5, running=2, retrying=0, workers=2)
    line.until(6 * MINUTE)

    assert line.says == ("slow", "late_unmeasured")


def test_a_queue_whose_running_jobs_alone_are_counted_is_not_known_to_be_well() -> None:
    line = Line()
    counted(line, 10 * MINUTE, waiting=0, running=2, retrying=0)
    line.until(5 * MINUTE)

    assert line.says == ("unknown", "not_measured")
    assert line.log == []


def test_ages_alone_tell_a_standstill_by_an_oldest_job_that_stays() -> None:
    line = Line()
    counted(
        line, 10 * MINUTE, waiting=4, running=2, retrying=0, oldest_due_at=0, oldest_source="exact"
    )
    line.until(5 * MINUTE)

    assert line.says == ("stuck", "nothing_finishes")


def test_ages_alone_tell_slow_work_by_an_oldest_job_that_changes() -> None:
    line = Line()
    for number in range(80):
        due = number * 5.0
        line.reads(
            number * 15.0, waiting=4 + number, running=2, retrying=0, oldest_due_at=due,
            oldest_source="exact",
        )  # fmt: skip
    line.until(8 * MINUTE)

    assert line.says == ("slow", "late_unmeasured")


def test_a_probe_that_finds_the_oldest_and_finds_none_says_that_nothing_waits() -> None:
    line = Line()
    line.reads(0, waiting=1, oldest_due_at=0, oldest_source="exact")
    counted(line, 10 * MINUTE, waiting=0)
    line.reads(1, waiting=0)
    line.until(5 * MINUTE)

    assert line.says == ("healthy", "idle")


def test_workers_that_are_busy_with_other_queues_are_said_to_be() -> None:
    line = Line()
    line.job(0)
    line.until(MINUTE)
    beat = WorkerBeat("w", (line.lane.queue, "other"), 1, 600.0, ("elsewhere",))
    line.ledger.heartbeat(line.lane.source, [beat], line.begin + line.now)
    line.job(MINUTE, None)
    line.until(10 * MINUTE)

    assert line.says == ("stuck", "workers_elsewhere")
    assert "all workers are busy with other queues and 1 job waits" in line.sentence


def test_jobs_that_one_worker_holds_behind_a_long_one_are_blocked_though_another_is_idle() -> None:
    line = Line()
    line.work(0, 5 * MINUTE, 30.0)
    line.until(5 * MINUTE)
    queues = (line.lane.queue,)
    beats = [WorkerBeat("a", queues, 1, 6000.0, ("long",)), WorkerBeat("b", queues, 1, 6000.0, ())]
    line.ledger.heartbeat(line.lane.source, beats, line.begin + line.now)
    line.at(5 * MINUTE + 10, "enqueued", "long")
    line.at(5 * MINUTE + 10, "started", "long", attempt=1)
    for second in (15, 20, 25):
        line.job(5 * MINUTE + second, None)
    line.until(9 * MINUTE)

    assert line.says == ("stuck", "blocked_by_long_job")


def test_a_few_that_fail_again_and_again_are_named_beside_the_others_that_go_on() -> None:
    line = settled(every=6.0)
    line.work(0, HOUR, 6.0)
    line.failing(0, 40, every=20.0)
    line.failing(10, 40, every=20.0)
    line.until(6 * MINUTE)

    assert line.says == ("slow", "failing_repeatedly")
    assert " and keeps failing: " in line.sentence


def test_what_only_runs_long_may_take_half_of_the_promise_while_nothing_waits() -> None:
    line = settled(lane(promise_s=600.0), every=6.0)
    line.work(0, HOUR, 6.0)
    for number in range(5):
        line.job(10.0 + number, 280.0, job="export")
    line.until(20 * MINUTE)

    assert line.log == []
