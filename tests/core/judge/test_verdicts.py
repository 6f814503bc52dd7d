"""What is said of a lane: one small timeline for each cause."""

import datetime as dt

import pytest

from tailback.core.judge.baseline import Baseline
from tailback.core.judge.signals import Signals
from tailback.core.judge.verdict import LaneJudge
from tailback.core.model import Expectation
from tailback.core.wording_failures import retry_advice
from tailback.core.wording_verdicts import nobody_works, stuck
from tailback.server.watch import Watch
from tests.core.judge.rig import DAY, HOUR, LIMITED, MINUTE, TEMPLATE, Line, lane, settled


def busy(line: Line, until: float = 10 * MINUTE) -> Line:
    """Ten jobs a minute, all well, four workers."""
    line.workers(0, 4)
    line.work(1, until, 6.0)
    return line


def test_a_lane_that_keeps_up_is_healthy() -> None:
    line = busy(Line())
    line.until(9 * MINUTE)

    assert line.says == ("healthy", "idle")
    assert line.sentence == "Healthy: nothing is waiting"
    assert line.log == []


def test_a_young_job_is_healthy_and_its_age_is_said() -> None:
    line = busy(Line())
    line.job(9 * MINUTE, None)
    line.until(10 * MINUTE)

    assert line.says == ("healthy", "on_time")
    assert line.sentence == "Healthy: the oldest job is 1 min old"


def test_a_retry_loop_is_stuck_and_the_reason_is_named() -> None:
    line = busy(Line())
    for number in range(6):
        line.failing(10 * MINUTE + number * 20, 20, tenant=f"acct_{number}")
    line.until(14 * MINUTE)

    assert line.says == ("stuck", "failing_repeatedly")
    assert line.sentence.startswith("Stuck: 6 jobs keep failing: ")
    assert "customer" in line.sentence
    assert line.sentence.endswith("customers cannot get a receipt after paying")
    assert line.log[0] == ("opened", "failing")


def test_one_account_that_fails_is_named() -> None:
    line = busy(Line(), 20 * MINUTE)
    for number in range(5):
        line.failing(8 * MINUTE + number * 20, 20, tenant="acct_7")
    line.until(12 * MINUTE)

    assert line.says == ("stuck", "failing_repeatedly")
    assert "5 jobs of account acct_7 keep failing: " in line.sentence


def test_one_job_type_that_fails_is_named() -> None:
    line = busy(Line(), 20 * MINUTE)
    for number in range(5):
        line.failing(8 * MINUTE + number * 20, 20, job="receipt", tenant=f"a{number}")
    line.until(12 * MINUTE)

    assert "5 jobs of type receipt keep failing: " in line.sentence


def test_a_single_failing_job_on_a_quiet_lane_matters() -> None:
    line = Line()
    line.workers(0, 1)
    line.failing(0, 20)
    line.until(4 * MINUTE)

    assert line.says == ("stuck", "failing_repeatedly")
    assert "1 job keeps failing" in line.sentence


def test_jobs_that_died_are_news_for_a_quarter_of_an_hour() -> None:
    line = busy(Line(), HOUR)
    for number in range(5):
        name = line.failing(10 * MINUTE, 1)
        line.at(12 * MINUTE + number, "started", name, attempt=2)
        line.at(
            12 * MINUTE + number + 1, "dead", name, attempt=2, error={"type": "E", "message": "no"}
        )
    line.until(14 * MINUTE)
    assert line.says == ("stuck", "failing_repeatedly")

    line.until(45 * MINUTE)
    assert line.says[0] == "healthy"
    assert line.log == [("opened", "failing"), ("resolved", "failing")]


def test_thousands_of_failing_jobs_are_said_to_be_more_than_were_looked_at() -> None:
    line = Line()
    line.workers(0, 4)
    for _ in range(320):
        line.failing(0, 4)
    line.until(4 * MINUTE)

    assert line.sentence.startswith("Stuck: more than 300 jobs keep failing: ")


def test_a_rate_limit_that_lets_some_through_is_slow() -> None:
    line = busy(Line(), 20 * MINUTE)
    for number in range(8):
        line.failing(8 * MINUTE + number, 20, error=LIMITED)
    line.until(11 * MINUTE)

    assert line.says == ("slow", "rate_limited")
    assert line.sentence.startswith("Slow: 8 jobs turned away by a rate limit (")
    assert line.sentence.endswith("customers wait to get a receipt after paying")


def test_workers_that_are_gone_are_said_to_be_gone() -> None:
    line = busy(Line())
    line.workers(10 * MINUTE, 0)
    line.work(10 * MINUTE, 20 * MINUTE, 6.0, None)
    line.until(13 * MINUTE)

    assert line.says == ("stuck", "workers_gone")
    said = "all workers are gone or frozen (not heard for 3 min) and 31 jobs wait"
    assert f"{said}; nothing has finished for 3 min" in line.sentence


def test_a_queue_that_nobody_ever_worked_on_has_no_consumer() -> None:
    line = Line()
    line.beat(0, 2, 1, queue="other")
    line.workers(0, 0)
    line.ledger.desk("shop").workers.scripted["emails"] = (line.begin, 0)
    line.work(0, 10 * MINUTE, 30.0, None)
    line.reads(0, waiting=1, workers=0, oldest_due_at=0)
    line.until(30)
    line.ledger.desk("shop").workers.scripted.clear()
    for minute in range(1, 40):
        line.reads(minute * 15.0, waiting=minute, workers=0, oldest_due_at=0)
    line.until(4 * MINUTE)

    assert line.says == ("stuck", "nobody_consumes")
    assert line.sentence.startswith("Stuck: no worker listens to this queue and ")


def test_workers_that_are_there_and_take_nothing_are_idle() -> None:
    line = busy(Line())
    line.work(10 * MINUTE, 30 * MINUTE, 6.0, None)
    line.until(22 * MINUTE)

    assert line.says == ("stuck", "workers_idle")
    assert "workers are connected but take none of 121 jobs waiting" in line.sentence


def test_workers_that_are_busy_and_finish_nothing_are_frozen() -> None:
    line = Line()
    line.beat(0, 4, 1)
    line.work(0, 10 * MINUTE, 6.0)
    line.work(10 * MINUTE, 30 * MINUTE, 6.0, None)
    for number in range(4):
        line.job(10 * MINUTE + 200 + number, 5000.0)
    line.until(22 * MINUTE)

    assert line.says == ("stuck", "workers_frozen")
    assert line.sentence.startswith("Stuck: all workers are busy and none finishes; nothing has")


def test_one_long_job_that_blocks_the_others_is_named() -> None:
    line = Line()
    line.workers(0, 1)
    line.work(0, 10 * MINUTE, 6.0)
    line.job(10 * MINUTE, 5000.0)
    line.work(10 * MINUTE + 5, 30 * MINUTE, 6.0, None)
    line.until(21 * MINUTE)

    assert line.says == ("stuck", "blocked_by_long_job")
    assert "one job has been running for 11 min and blocks the others" in line.sentence


def test_nothing_that_finishes_without_a_known_worker_is_said_plainly() -> None:
    line = Line()
    line.work(0, 30 * MINUTE, 6.0, None)
    line.until(6 * MINUTE)
    assert line.says == ("stuck", "nothing_finishes")
    assert line.sentence.startswith(
        "Stuck: nothing has finished yet and the oldest job is 6 min old"
    )

    other = Line()
    other.work(0, 5 * MINUTE, 6.0)
    other.work(5 * MINUTE, 30 * MINUTE, 6.0, None)
    other.until(16 * MINUTE)
    assert other.says == ("stuck", "nothing_finishes")
    assert other.sentence.startswith("Stuck: nothing has finished for 11 min")


def test_a_job_that_kills_its_workers_is_named() -> None:
    line = Line()
    line.workers(0, 2)
    line.work(0, 30 * MINUTE, 30.0)
    name = line.job(5 * MINUTE, None)
    for number in range(6):
        line.at(5 * MINUTE + number * 60, "started", name, attempt=number + 1)
        line.at(5 * MINUTE + number * 60 + 50, "lost", name, attempt=number + 1)
    line.until(9 * MINUTE)

    assert line.says == ("slow", "poison_job")
    assert f"Slow: job {name} took its worker down" in line.sentence


def test_a_poison_job_that_stops_everything_is_stuck() -> None:
    line = Line()
    line.workers(0, 1)
    name = line.job(0, None)
    line.work(1, 30 * MINUTE, 30.0, None)
    for number in range(6):
        line.at(number * 60.0, "started", name, attempt=number + 1)
        line.at(number * 60.0 + 50, "lost", name, attempt=number + 1)
    line.until(4 * MINUTE)

    assert line.says == ("stuck", "poison_job")
    assert line.sentence.startswith(f"Stuck: job {name} took its worker down 4 times")


def test_a_job_that_is_tried_more_often_than_allowed_is_named_though_others_go_on() -> None:
    line = busy(settled(lane(max_attempts=3, promise_s=3600.0), every=6.0))
    name = line.failing(0, 5, every=60.0)
    line.until(2 * MINUTE)
    assert line.log == []

    line.until(6 * MINUTE)
    assert line.log == [("opened", "attempts")]
    assert line.says == ("slow", "poison_job")
    assert line.sentence.startswith(f"Slow: job {name} failed 5 times: ")


def test_a_job_that_is_retried_for_longer_than_allowed_is_named() -> None:
    line = busy(settled(lane(max_retry_age_s=300.0, promise_s=3600.0), every=6.0))
    line.failing(0, 8, every=60.0)
    line.until(5 * MINUTE)
    assert line.log == []

    line.until(7 * MINUTE)
    assert line.log == [("opened", "retry_age")]
    assert line.says == ("slow", "poison_job")


def test_one_job_type_that_stopped_while_others_go_on_is_named() -> None:
    line = busy(Line(), 30 * MINUTE)
    line.work(10 * MINUTE, 30 * MINUTE, 20.0, None, job="invoice")
    line.until(14 * MINUTE)

    assert line.says == ("stuck", "job_type_stopped")
    assert line.sentence.startswith("Stuck: nothing of invoice finishes (oldest 4 min)")
    assert "while other jobs go on" in line.sentence


def test_a_heavy_job_type_that_crowds_out_the_others_is_named() -> None:
    line = Line()
    line.workers(0, 2)
    for number in range(40):
        name = line.job(0, None, job="export")
        line.at(number * 20.0, "started", name, attempt=1, job="export")
        line.at(number * 20.0 + 40, "succeeded", name, attempt=1, ran_for=40.0, job="export")
    for number in range(200):
        name = line.job(number * 5.0, None, job="receipt")
        if number < 20:
            line.at(number * 40.0, "started", name, attempt=1, job="receipt")
            line.at(number * 40.0 + 1, "succeeded", name, attempt=1, ran_for=1.0, job="receipt")
    line.until(7 * MINUTE)

    assert line.says == ("slow", "job_type_crowds")
    assert line.sentence.startswith("Slow: export takes nearly all work time (")


def test_one_account_that_crowds_out_the_others_is_named() -> None:
    line = Line()
    line.workers(0, 2)
    for _ in range(60):
        line.job(0, None, tenant="acct_big")
    line.work(0, 20 * MINUTE, 30.0, None, tenant="acct_small")
    line.work(0, 20 * MINUTE, 10.0, 1.0, tenant="acct_other")
    line.until(6 * MINUTE)

    assert line.says == ("slow", "account_crowds")
    assert "oldest jobs are of account acct_big; customers wait to" in line.sentence


def test_more_work_than_the_workers_can_do_is_a_lack_of_capacity() -> None:
    line = Line()
    line.workers(0, 1)
    for number in range(400):
        name = line.job(number * 4.0, None, tenant=f"a{number}")
        line.at(number * 8.0, "started", name, attempt=1)
        line.at(number * 8.0 + 8, "succeeded", name, attempt=1, ran_for=8.0)
    line.until(15 * MINUTE)

    assert line.says == ("slow", "capacity")
    assert "151 jobs came and 75 jobs finished in the last 10 min" in line.sentence


def test_work_that_gets_done_only_after_many_attempts_is_slow_for_its_failures() -> None:
    line = busy(Line(), 20 * MINUTE)
    for number in range(200):
        came = number * 4.0
        name = line.failing(came, 20, 12.0)
        line.at(came + 240.0, "started", name, attempt=21)
        line.at(came + 241.0, "succeeded", name, attempt=21, ran_for=1.0)
    line.until(13 * MINUTE)

    assert line.says == ("slow", "failing_repeatedly")
    assert line.sentence == (
        "Slow: 57 jobs failed more than once (Template field missing: name); the oldest job is "
        "4 min old (promise 5 min); customers wait to get a receipt after paying"
    )


def test_a_backlog_that_shrinks_is_catching_up_and_says_when_it_is_done() -> None:
    line = Line()
    line.workers(0, 4)
    for number in range(600):
        name = line.job(0, None, tenant=f"a{number}")
        line.at(number * 2.0, "started", name, attempt=1)
        line.at(number * 2.0 + 2, "succeeded", name, attempt=1, ran_for=2.0)
    line.until(15 * MINUTE)

    assert line.says == ("slow", "catching_up")
    assert "catching up, done in about 4 min" in line.sentence


def test_late_work_stays_late_until_it_is_clearly_younger_and_not_with_every_job_that_ends() -> (
    None
):
    line = Line(lane(promise_s=1800.0))
    line.workers(0, 1)
    age = 1020.0
    for number in range(40):
        # Jobs come by threes and end by threes, so that the age saws between 12 and 17 minutes.
        came = number * 300.0
        for _ in range(3):
            name = line.job(came, None, tenant=f"a{number}")
            line.at(came + age - 10, "started", name, attempt=1)
            line.at(came + age, "succeeded", name, attempt=1, ran_for=10.0)
    line.until(2 * HOUR)

    assert line.log == [("opened", "age")]
    assert {word for at, word, _ in line.said if at > 17 * MINUTE} == {"slow"}


def slowly(line: Line, begin: float, mean: float) -> None:
    for number in range(100):
        name = line.job(begin + number * 30.0, None, tenant=f"a{number}")
        started = begin + number * mean
        line.at(started, "started", name, attempt=1)
        line.at(started + mean, "succeeded", name, attempt=1, ran_for=mean)


def test_jobs_that_take_far_longer_than_normal_wait_for_a_slow_dependency() -> None:
    line = settled()
    slowly(line, 0, 45.0)
    line.until(15 * MINUTE)

    assert line.says == ("slow", "slow_dependency")
    assert "each job takes far longer than normal" in line.sentence


def test_workers_that_all_hang_on_their_jobs_are_frozen_and_not_blocked_by_one() -> None:
    line = Line()
    line.workers(0, 4)
    for number in range(4):
        name = line.job(number * 5.0, None)
        line.at(number * 5.0, "started", name, attempt=1)
    line.work(20, 30 * MINUTE, 30.0, None)
    line.until(5 * MINUTE)

    assert line.says == ("stuck", "workers_frozen")


def test_jobs_that_are_thrown_away_instead_of_done_are_missing() -> None:
    line = busy(settled(), 5 * MINUTE)
    for number in range(60):
        name = line.job(5 * MINUTE + number * 6.0, None)
        line.at(5 * MINUTE + number * 6.0, "discarded", name, why="unregistered task")
    line.until(7 * MINUTE)
    assert line.log == []

    line.until(9 * MINUTE)
    assert line.log == [("opened", "discarded")]
    assert line.says == ("missing", "jobs_thrown_away")
    assert line.sentence == (
        "Missing: 41 jobs thrown away and 52 jobs finished in the last 10 min; "
        "customers cannot get a receipt after paying"
    )


def test_long_runs_that_go_on_ending_are_slow_and_those_that_do_not_are_stuck() -> None:
    line = Line(lane(promise_s=HOUR))
    line.workers(0, 1)
    for _ in range(60):
        line.job(0.0, None)
    for number in range(4):
        line.job(number * 13 * MINUTE, 780.0)
    line.until(51 * MINUTE)
    assert line.says[0] == "slow"

    line.until(80 * MINUTE)
    assert line.says[0] == "stuck"


def test_one_job_type_that_is_thrown_away_among_others_is_missing() -> None:
    line = busy(Line(), 20 * MINUTE)
    for number in range(30):
        name = line.job(5 * MINUTE + number * 20.0, None, job="track")
        line.at(5 * MINUTE + number * 20.0, "discarded", name, job="track", why="unknown task")
    line.until(8 * MINUTE)

    assert line.says == ("missing", "jobs_thrown_away")
    assert line.sentence.startswith(
        "Missing: 10 jobs of track thrown away and 0 jobs of it finished"
    )


def test_jobs_that_are_always_cancelled_in_numbers_are_no_news() -> None:
    line = settled()
    for back in range(1, 5):
        line.watch.baseline.hour(line.begin - back * DAY).discarded = 180
    line.watch.baseline.load([])
    line.work(0, 10 * MINUTE, 30.0)
    for number in range(30):
        name = line.job(number * 20.0, None)
        line.at(number * 20.0, "discarded", name, why="revoked")
    line.until(10 * MINUTE)

    assert line.log == []


def test_a_part_of_the_workers_that_is_left_is_counted() -> None:
    line = settled()
    line.workers(0, 1)
    slowly(line, 0, 45.0)
    line.until(15 * MINUTE)

    assert line.says == ("slow", "workers_lost")
    assert "1 of 4 workers are left" in line.sentence


def test_some_jobs_that_silently_stopped_while_others_go_on_are_found() -> None:
    line = busy(Line(), 40 * MINUTE)
    line.job(5 * MINUTE, None)
    line.until(12 * MINUTE)

    assert line.says == ("slow", "some_jobs_stopped")
    assert "other jobs go on, some silently stopped" in line.sentence
    assert line.log == [("opened", "straggler")]


def test_work_that_is_late_in_step_with_its_arrivals_is_said_to_be_late() -> None:
    line = Line()
    line.workers(0, 1)
    for number in range(200):
        name = line.job(number * 10.0, None, tenant=f"a{number}")
        line.at(number * 10.0 + 200, "started", name, attempt=1)
        line.at(number * 10.0 + 205, "succeeded", name, attempt=1, ran_for=5.0)
    line.until(20 * MINUTE)

    assert line.says == ("slow", "late")
    assert "60 jobs finished in the last 10 min" in line.sentence


def test_a_paused_queue_is_stuck_because_somebody_paused_it() -> None:
    line = Line()
    for number in range(80):
        line.reads(number * 15.0, waiting=4, running=0, retrying=0, paused=True, oldest_due_at=0)
    line.until(4 * MINUTE)

    assert line.says == ("stuck", "paused")
    assert line.sentence.startswith("Stuck: the queue is paused and 4 jobs wait")


def test_due_jobs_that_no_scheduler_moves_are_named() -> None:
    line = Line()
    for number in range(80):
        line.reads(
            number * 15.0,
            waiting=0,
            running=0,
            retrying=0,
            overdue_scheduled=3,
            scheduler_alive=False,
            oldest_due_at=0,
        )
    line.until(3 * MINUTE)

    assert line.says == ("stuck", "not_promoted")
    assert "3 scheduled jobs past due and no scheduler runs to start them" in line.sentence


def test_late_work_that_only_a_probe_sees_claims_nothing_about_what_finishes() -> None:
    line = Line()
    for number in range(80):
        line.reads(number * 15.0, waiting=4, workers=2, oldest_due_at=0)
    line.until(4 * MINUTE)

    assert line.says == ("slow", "late_unmeasured")
    assert "how many jobs finish is not measured" in line.sentence


def test_jobs_that_left_the_broker_without_an_end_have_vanished() -> None:
    line = Line()
    line.workers(0, 2)
    line.work(0, 10 * MINUTE, 6.0)
    for number in range(80):
        line.reads(
            number * 15.0,
            waiting=0,
            running=0,
            retrying=0,
            scheduled=0,
            dead=0,
            workers=2,
            sees_all=True,
        )
    for number in range(3):
        line.job(2 * MINUTE + number, None)
    line.until(8 * MINUTE)

    assert line.says == ("missing", "jobs_vanish")
    assert "3 jobs disappeared without having finished" in line.sentence


def test_a_producer_that_falls_silent_is_missing_beside_what_is_normal() -> None:
    line = settled(lane(wake_someone=False), 10.0)
    line.work(0, 20 * MINUTE, 10.0)
    line.until(40 * MINUTE)

    assert line.says == ("missing", "nothing_arrives")
    assert "normal for Friday 09:00 is 360 an hour" in line.sentence
    assert line.log == [("opened", "silence")]


def test_a_first_day_knows_a_silent_producer_by_its_last_hour() -> None:
    line = Line()
    line.workers(0, 2)
    line.work(0, HOUR, 10.0)
    line.until(HOUR + 10 * MINUTE)

    assert line.says == ("missing", "nothing_arrives")
    assert "an hour" not in line.sentence


def test_a_silence_ends_when_work_comes_again_and_not_when_none_is_expected() -> None:
    line = Line(lane(wake_someone=False))
    line.workers(0, 2)
    line.work(0, HOUR, 10.0)
    line.until(2 * HOUR)
    assert line.log == [("opened", "silence")]

    line.work(2 * HOUR, 3 * HOUR, 10.0)
    line.until(2 * HOUR + 10 * MINUTE)
    assert line.log == [("opened", "silence"), ("resolved", "silence")]


def test_a_batch_of_which_little_came_is_missing() -> None:
    line = Line()
    line.workers(0, 2)
    for day in range(5):
        many = 60 if day < 4 else 2
        line.work(day * DAY + HOUR, day * DAY + HOUR + many * 10.0, 10.0)
    line.tick_s = 60.0
    line.until(4 * DAY + 3 * HOUR)

    assert ("missing", "too_little_arrives") in {said[1:] for said in line.said}


def test_declared_work_that_did_not_come_is_missing() -> None:
    line = Line(lane(schedule="0 10 * * *", promise_s=600.0))
    line.until(HOUR + MINUTE)
    assert line.says == ("healthy", "idle")

    line.until(HOUR + 3 * MINUTE)
    assert line.says == ("missing", "schedule_missed")
    assert line.sentence.startswith("Missing: did not start at 10:00, 3 min ago; customers")


def test_what_did_not_come_stays_missing_past_the_next_time_until_it_comes() -> None:
    line = Line(lane(schedule="0 10 * * *", promise_s=600.0))
    line.tick_s = 60.0
    line.until(DAY + HOUR + MINUTE)

    assert line.says == ("missing", "schedule_missed")
    assert line.sentence.startswith("Missing: did not start at 10:00, 1 d ago")
    line.job(DAY + 2 * HOUR, 1.0)
    line.until(DAY + 3 * HOUR)
    assert line.says[0] == "healthy"
    assert line.log == [
        ("opened", "schedule"), ("attached", "run_late"), ("resolved", "schedule"),
    ]  # fmt: skip


def test_a_restart_forgets_the_time_of_what_is_missing_and_not_that_it_is() -> None:
    line = Line(lane(schedule="0 10 * * *", promise_s=600.0))
    line.until(HOUR + 10 * MINUTE)
    before = line.watch.episodes.current
    line.watch = Watch(line.watch.lane, dt.UTC, line.begin + HOUR + 10 * MINUTE)
    line.watch.episodes.current = before
    line.until(HOUR + 20 * MINUTE)

    assert line.says == ("missing", "schedule_missed")


def test_declared_work_that_came_is_well() -> None:
    line = Line(lane(schedule="0 10 * * *", promise_s=600.0))
    line.job(HOUR + 5)
    line.until(HOUR + 30 * MINUTE)

    assert line.log == []


def test_payments_without_receipts_are_missing_though_nothing_is_late() -> None:
    expects = Expectation(upstream="payments.succeeded", within_s=300.0, ratio=0.95)
    line = Line(lane(expects=expects))
    line.workers(0, 2)
    line.work(0, 30 * MINUTE, 60.0)
    line.work(30 * MINUTE, HOUR, 900.0)
    for minute in range(1, 91):
        line.until(minute * MINUTE)
        line.watch.outcome(
            "payments.succeeded", line.begin + line.now, 2.0 if minute > 30 else 1.0
        )
        line.watch.outcome("signups", line.begin + line.now, 50.0)
        if minute == 30:
            assert line.says[0] == "healthy"

    assert ("missing", "outcome_missing") in {said[1:] for said in line.said}
    line.until(90 * MINUTE)
    assert "payments.succeeded goes on, but only" in line.sentence


def test_a_lane_nobody_measures_any_more_is_unknown_and_its_episode_stands_still() -> None:
    line = busy(Line())
    line.work(10 * MINUTE, 20 * MINUTE, 6.0, None)
    for number in range(200):
        line.reads(
            number * 15.0,
            waiting=number,
            workers=4,
            oldest_due_at=600 if number > 40 else None,
            sees_all=True,
        )
    line.until(15 * MINUTE)
    assert line.says[0] == "stuck"
    assert line.log[0] == ("opened", "age")

    line.reading = None
    line._todo.clear()
    line.blind = (line.begin + 15 * MINUTE, "source shop cannot be read")
    line.until(HOUR)

    assert line.says == ("unknown", "cannot_see")
    assert line.sentence == "Unknown: not measured since 09:15, source shop cannot be read"
    assert [event.rule for event in line.events if event.at > line.begin + 18 * MINUTE] == [
        "blind"
    ]
    assert line.log[-1] == ("attached", "blind")


def test_a_lane_that_was_never_measured_is_unknown_and_opens_an_episode_of_its_own() -> None:
    line = Line()
    line.probed = True
    line.until(10 * MINUTE)

    assert line.says == ("unknown", "not_measured")
    assert line.sentence == "Unknown: not measured yet"
    assert line.log == [("opened", "blind")]
    assert line.pages == []

    for number in range(200):
        line.reads(10 * MINUTE + number * 15, waiting=9, workers=2, oldest_due_at=9 * MINUTE)
    line.until(20 * MINUTE)
    assert line.log[:3] == [("opened", "blind"), ("resolved", "blind"), ("opened", "age")]
    assert len({event.episode.id for event in line.events}) == 2


def test_a_lane_that_is_seen_again_and_well_ends_its_blind_episode() -> None:
    line = Line()
    line.probed = True
    line.until(5 * MINUTE)
    for number in range(200):
        line.reads(5 * MINUTE + number * 15, waiting=0, running=0, retrying=0, sees_all=True)
    line.until(15 * MINUTE)

    assert line.log == [("opened", "blind"), ("resolved", "blind")]


def test_time_in_which_nothing_was_seen_does_not_count_as_held() -> None:
    line = Line()
    line.workers(0, 2)
    for number in range(8):
        line.reads(number * 15.0, waiting=9, workers=0, oldest_due_at=-30)
    line.until(105)
    assert line.log == []

    line.blind, line.reading = (line.begin + 105, "gone"), None
    line._todo.clear()
    line.until(190)
    line.blind = None
    line.ledger.desk("shop").heard_at = None
    line.reads(195, waiting=9, workers=0, oldest_due_at=150)
    line.until(195)

    assert ("opened", "workers") not in line.log


def test_a_few_that_never_recover_among_many_that_do_make_a_lane_slow_and_not_stuck() -> None:
    line = busy(settled(every=6.0), 20 * MINUTE)
    for number in range(3):
        line.failing(number * 5.0, 12, every=60.0)
    for number in range(120):
        name = line.failing(number * 6.0, 2, every=1.0)
        line.at(number * 6.0 + 2, "started", name, attempt=3)
        line.at(number * 6.0 + 2.2, "succeeded", name, attempt=3, ran_for=0.2)
    line.until(6 * MINUTE)

    assert line.log[0] == ("opened", "age")
    assert line.says[0] == "slow"


def test_work_that_only_a_probe_counts_is_late_while_the_counter_goes_on() -> None:
    line = Line()
    for second in range(0, 1200, 15):
        line.reads(
            float(second), waiting=50, running=1, retrying=0, oldest_due_at=second - 240.0,
            oldest_source="exact", done_counter=1_000 + second,
        )  # fmt: skip
    line.until(15 * MINUTE)

    assert line.says == ("slow", "late")
    assert line.sentence.startswith("Slow: the oldest job is 4 min old (promise 5 min); 600 jobs")


def test_two_job_types_that_are_both_late_crowd_nobody_out() -> None:
    line = Line()
    line.workers(0, 1)
    for number in range(200):
        kind = "receipt" if number % 2 else "invoice"
        name = line.job(number * 6.0, None, job=kind)
        line.at(number * 9.0, "started", name, attempt=1, job=kind)
        line.at(number * 9.0 + 9, "succeeded", name, attempt=1, ran_for=9.0, job=kind)
    line.until(15 * MINUTE)

    assert line.says == ("slow", "capacity")


def test_work_at_an_hour_that_is_normally_quiet_is_judged_by_what_it_does() -> None:
    line = settled()
    line.until(6 * HOUR)
    line.said.clear()
    for number in range(40):
        name = line.job(6 * HOUR + number * 20.0, None)
        line.at(6 * HOUR + number * 60.0, "started", name, attempt=1)
        line.at(6 * HOUR + number * 60.0 + 60, "succeeded", name, attempt=1, ran_for=60.0)
    line.until(6 * HOUR + 15 * MINUTE)

    assert line.says[0] == "slow"


def test_a_lane_of_which_nobody_said_what_it_is_for_promises_no_customer_anything() -> None:
    line = Line(lane(customer_action=None))
    line.workers(0, 0)
    line.work(0, 10 * MINUTE, 30.0, None)
    line.until(5 * MINUTE)

    said = "Stuck: all workers are gone or frozen (not heard for 4 min) and 11 jobs wait"
    assert line.sentence == said


def test_a_reason_beyond_the_hundreds_that_are_kept_is_alerted_as_well() -> None:
    line = Line()
    for number in range(500):
        line.failing(1.0, 1, every=DAY, error={"type": f"shop.Odd{number}Error", "message": "x"})
    for _ in range(4):
        line.failing(10.0, 5)
    line.until(3 * MINUTE)

    assert line.log[0] == ("opened", "failing")
    assert "4 jobs keep failing: Template field missing" in line.sentence


def test_busy_workers_of_which_none_finishes_are_named_whatever_each_runs() -> None:
    judge = LaneJudge(lane(), Baseline(dt.UTC))
    for now in (1000.0, 1100.0):
        judgement = judge.step(
            Signals(
                now=now,
                oldest_s=400.0,
                third_s=390.0,
                unfinished=5,
                waiting=3,
                running=2,
                slots=2,
                workers=2,
                longest_running_s=120.0,
                long_running=1,
            )
        )

    assert (judgement.verdict.verdict, judgement.verdict.cause) == ("stuck", "workers_frozen")


def test_a_lane_where_something_finished_just_now_is_not_said_to_have_finished_nothing() -> None:
    signals = Signals(
        now=1000.0, last_success_at=995.0, oldest_s=400.0, completed_10m=1, completed_5m=1
    )

    assert "only 1 job" in stuck("nothing_finishes", signals, lane())


def test_retries_after_the_same_wait_are_advised_to_wait_longer() -> None:
    said = retry_advice("fixed", "send", 5, 30.0)

    assert said == "send is tried again every 30 s: wait longer each time"


def test_retries_without_a_wait_are_advised_to_wait_at_all() -> None:
    said = retry_advice("immediate", "send", 5, None)

    assert said == "send is tried again at once: wait between attempts, longer each time"


def test_workers_that_are_gone_by_the_probe_alone_are_not_said_to_be_frozen() -> None:
    said = nobody_works("workers_gone", Signals(now=1000.0, oldest_s=400.0, waiting=3), lane())

    assert said.startswith("Stuck: all workers are gone and 3 jobs wait")


def test_a_long_job_in_the_only_slot_blocks_the_others_though_some_were_done_before() -> None:
    line = Line()
    line.beat(0, 1, 1)
    line.work(0, 5 * MINUTE, 6.0)
    line.job(5 * MINUTE, 5000.0)
    line.work(5 * MINUTE + 5, 20 * MINUTE, 30.0, None)
    line.until(8 * MINUTE)

    assert line.says == ("stuck", "blocked_by_long_job")


def test_a_queue_that_none_of_the_known_workers_listens_to_is_named() -> None:
    line = Line()
    line.beat(0, 2, 1, queue="other")
    line.job(0, None)
    line.until(4 * MINUTE)

    assert line.says == ("stuck", "nobody_consumes")
    said = "Stuck: none of 2 known workers listens to this queue and 1 job waits"
    assert line.sentence.startswith(said)


def test_a_queue_that_was_worked_on_once_is_not_said_to_have_no_consumer() -> None:
    line = Line()
    line.beat(0, 2, 1, queue="other")
    line.job(0)
    line.job(10, None)
    line.until(4 * MINUTE)

    assert line.says != ("stuck", "nobody_consumes")


@pytest.mark.parametrize(("others", "word"), [(1, "slow"), (0, "stuck")])
def test_a_job_that_comes_back_after_each_killed_child_is_a_poison_job(
    others: int, word: str
) -> None:
    line = Line()
    line.workers(0, 1)
    line.work(0, others * 6.0, 6.0)
    name = line.job(60, None)
    killed = {"type": "billiard.exceptions.WorkerLostError", "message": "signal 9 (SIGKILL)"}
    for number in range(5):
        line.at(70 + number * 10.0, "retrying", name, error=killed)
    line.until(4 * MINUTE)

    assert line.says == (word, "poison_job")
    assert f"job {name} took its worker down 5 times" in line.sentence


def test_nothing_is_green_while_the_broker_cannot_be_read_and_nothing_finishes() -> None:
    line = busy(Line(), 5 * MINUTE)
    line.blind = (line.begin + 5 * MINUTE, "source shop cannot be read")
    line.until(5 * MINUTE + 30)
    assert line.says[0] == "healthy"

    line.until(6 * MINUTE + 15)
    assert line.says == ("unknown", "cannot_see")
    assert line.sentence.endswith("source shop cannot be read")
    line.until(9 * MINUTE)
    assert line.log == [("opened", "blind")]


def test_what_is_known_to_be_late_stays_so_while_the_broker_cannot_be_read() -> None:
    line = Line()
    line.job(5 * MINUTE, None)
    line.job(8 * MINUTE, None)  # the producers are still heard
    line.blind = (line.begin + 5 * MINUTE, "source shop cannot be read")
    line.until(7 * MINUTE)
    assert line.says == ("unknown", "cannot_see")

    line.until(9 * MINUTE)
    assert line.says[0] in {"stuck", "slow"}


def given_up(line: Line, when: float) -> None:
    name = line.job(when - 1.0, None)
    line.at(when, "dead", name, attempt=20, error=TEMPLATE)


def test_jobs_that_died_in_a_failure_that_is_over_are_no_new_problem() -> None:
    line = busy(Line(), 20 * MINUTE)
    for number in range(8):
        given_up(line, 5 * MINUTE + number * 10)
    line.until(7 * MINUTE)
    assert line.says == ("stuck", "failing_repeatedly")

    line.until(19 * MINUTE)

    assert line.said[-2:] == [
        (line.said[-2][0], "stuck", "failing_repeatedly"),
        (line.said[-1][0], "healthy", "idle"),
    ]
    last, over = 5 * MINUTE + 70, line.said[-1][0]
    assert last + 120 < over < last + 8 * MINUTE, (
        "after three of the usual gaps, not a quarter hour"
    )


def test_a_failure_that_comes_seldom_is_not_over_at_the_next_success() -> None:
    line = busy(Line(), 20 * MINUTE)
    for number in range(4):
        given_up(line, 2 * MINUTE + number * 3 * MINUTE)

    line.until(18 * MINUTE)

    assert line.says == ("stuck", "failing_repeatedly")


def test_the_oldest_job_that_keeps_failing_while_others_go_on_is_named_as_failing() -> None:
    line = busy(Line(), 30 * MINUTE)
    for number in range(4):
        line.failing(10 * MINUTE + number * 2, 9, error=LIMITED | {"status": 502})
    for number in range(60):
        name = line.failing(10 * MINUTE + number * 8, 1, 10.0, error=LIMITED | {"status": 502})
        line.at(10 * MINUTE + number * 8 + 11, "started", name, attempt=2)
        line.at(10 * MINUTE + number * 8 + 12, "succeeded", name, attempt=2, ran_for=1.0)

    line.job(12 * MINUTE, None)
    line.job(12 * MINUTE + 1, None)
    line.until(15 * MINUTE)

    assert line.says == ("slow", "failing_repeatedly")
    assert line.sentence.startswith(
        "Slow: the oldest job is 5 min old (promise 5 min) and keeps failing: "
    )
