"""What must stay quiet, and when a page goes out."""

from zoneinfo import ZoneInfo

from tests.core.judge.rig import DAY, HOUR, MINUTE, MONDAY, NINE, Line, lane, settled


def test_a_deploy_that_takes_all_workers_for_two_minutes_is_quiet() -> None:
    line = settled()
    line.workers(MINUTE, 0)
    line.deploy = (line.begin + MINUTE, "r2")
    line.work(MINUTE, 2 * MINUTE, 30.0, None)
    line.until(2 * MINUTE)

    assert line.events == []
    assert line.says[0] == "healthy"


def test_workers_that_stay_away_after_a_deploy_are_alerted_with_its_name() -> None:
    line = settled(lane(promise_s=3600.0))
    line.workers(MINUTE, 0)
    line.deploy = (line.begin + MINUTE, "r2")
    line.work(MINUTE, 20 * MINUTE, 30.0, None)
    line.until(8 * MINUTE)

    assert line.log == [("opened", "workers")]


def test_on_a_first_day_absent_workers_matter_once_work_waits_for_a_while() -> None:
    line = Line()
    line.workers(0, 0)
    line.job(0, None)
    line.until(45)
    assert line.log == []

    line.until(2 * MINUTE)
    assert line.log == [("opened", "workers")]


def test_a_burst_of_tiny_jobs_that_clears_in_time_is_quiet() -> None:
    line = settled()
    line.work(0, 10 * MINUTE, 30.0)
    for number in range(600):
        name = line.job(0, None)
        line.at(number * 0.2, "started", name, attempt=1)
        line.at(number * 0.2 + 0.2, "succeeded", name, attempt=1, ran_for=0.2)
    line.until(10 * MINUTE)

    assert line.events == []


def test_failures_that_recover_at_the_first_retry_are_quiet() -> None:
    line = settled(every=10.0)
    line.work(0, 10 * MINUTE, 10.0)
    for number in range(30):
        name = line.failing(number * 5.0, 1, every=20.0)
        line.at(number * 5.0 + 20, "started", name, attempt=2)
        line.at(number * 5.0 + 21, "succeeded", name, attempt=2, ran_for=1.0)
    line.until(10 * MINUTE)

    assert line.events == []


def test_failures_that_recover_at_the_second_retry_do_not_count_as_lasting() -> None:
    line = settled(every=10.0)
    line.work(0, 10 * MINUTE, 10.0)
    for number in range(60):
        name = line.failing(number * 5.0, 2, every=20.0)
        line.at(number * 5.0 + 40, "started", name, attempt=3)
        line.at(number * 5.0 + 41, "succeeded", name, attempt=3, ran_for=1.0)
    line.until(10 * MINUTE)

    assert line.events == []


def test_a_job_scheduled_for_next_week_is_not_late() -> None:
    line = settled()
    line.job(0, None, due_at=7 * DAY)
    seen = line.until(HOUR)

    assert seen.signals.oldest_s is None
    assert seen.signals.unfinished == 0
    assert "age" not in {event.rule for event in line.events}


def test_a_nightly_peak_that_is_normal_stays_quiet_across_daylight_saving() -> None:
    # Clocks in Lisbon go forward on Sunday 2026-03-29; the work comes at 02:00 local time.
    zone = ZoneInfo("Europe/Lisbon")
    begin = MONDAY + 77 * DAY + NINE  # Monday 2026-03-23
    line = Line(lane(schedule="0 2 * * *", promise_s=1800.0), zone, begin)
    line.workers(0, 1)
    for night in range(10):
        summer = HOUR if night >= 5 else 0.0  # the first night is the one to Tuesday
        due = (night + 1) * DAY - 7 * HOUR - summer
        for number in range(40):
            name = line.job(due + number, None)
            line.at(due + number * 30, "started", name, attempt=1)
            line.at(due + number * 30 + 30, "succeeded", name, attempt=1, ran_for=30.0)
    line.tick_s = 60.0
    line.until(4 * DAY)
    line.events.clear()
    line.until(10 * DAY)

    assert line.events == []


def test_a_lane_that_may_wake_somebody_pages_at_half_of_its_promise_and_not_before() -> None:
    line = settled(lane(promise_s=3600.0), every=10.0)
    line.workers(0, 0)
    line.work(0, 2 * HOUR, 10.0, None)
    line.until(HOUR)

    assert line.log[0] == ("opened", "workers")
    assert line.events[0].at - line.begin < 3 * MINUTE
    assert line.pages == [1800.0]
    assert ("escalated", "age") in line.log


def test_a_lane_that_may_not_wake_anybody_never_pages() -> None:
    line = settled(lane(wake_someone=False), every=10.0)
    line.workers(0, 0)
    line.work(0, HOUR, 10.0, None)
    line.until(30 * MINUTE)

    assert line.log[0][0] == "opened"
    assert line.pages == []


def test_a_single_long_job_is_told_of_and_wakes_nobody_while_the_others_go_on() -> None:
    line = settled(lane(promise_s=600.0), every=6.0)
    line.work(0, HOUR, 6.0)
    line.at(0, "enqueued", "long")
    line.at(0, "started", "long", attempt=1)
    line.until(9 * MINUTE)

    assert line.log == [("opened", "running")]
    assert line.pages == []


def test_a_single_long_job_that_blocks_the_others_wakes_somebody() -> None:
    line = settled(lane(promise_s=600.0), every=6.0)
    line.at(0, "enqueued", "long")
    line.at(0, "started", "long", attempt=1)
    line.work(1, HOUR, 6.0, None)
    line.until(9 * MINUTE)

    assert len(line.pages) == 1


def test_an_alert_comes_before_the_promise_runs_out_even_when_that_is_a_minute() -> None:
    line = settled(lane(promise_s=60.0), every=2.0)
    line.workers(0, 0)
    line.work(0, HOUR, 2.0, None)
    line.until(2 * MINUTE)

    assert line.events[0].at - line.begin <= 36


def test_what_was_wrong_does_not_become_normal() -> None:
    line = settled(every=10.0)
    line.workers(0, 0)
    line.work(0, 20 * MINUTE, 10.0, None)
    line.until(30 * MINUTE)
    assert line.watch.baseline.hour(line.begin).oldest_s <= 60.0


def test_declared_work_counts_by_its_usual_size() -> None:
    line = settled(lane(schedule="0 9 * * *", promise_s=600.0), every=20.0)
    line.job(1.0)
    line.until(5 * MINUTE)

    assert ("opened", "schedule") in line.log


def test_before_its_first_time_a_schedule_says_nothing() -> None:
    line = Line(lane(schedule="0 12 * * *"))
    seen = line.until(MINUTE)

    assert seen.signals.runs == ()
    assert line.says == ("healthy", "idle")


def test_a_known_busy_hour_says_what_is_normal_for_it() -> None:
    line = settled(every=10.0)
    line.job(50, None)
    line.until(MINUTE)

    assert line.sentence == "Healthy: the oldest job is 10 s old (normal for Friday 09:00 is 0 s)"
