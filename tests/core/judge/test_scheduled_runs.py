"""Scheduled runs, declared, found and told by heartbeats: missed, late, silent, overlapping."""

import datetime as dt

import pytest

from tailback.core import wording_runs
from tailback.core.timetable import NO_SCHEDULE, Timetable
from tailback.core.wording_alerts import alert
from tailback.server.timetables import in_words
from tailback.server.watch import Watch, held_to
from tests.core.judge.rig import DAY, HOUR, MINUTE, Line, lane, settled

NIGHTLY = {"queue": "emails", "job": "send"}


def found(**changes: object) -> Timetable:
    """What a hook told of a job type that runs at ten every day."""
    given = {"name": "report", "queue": "emails", "job": "report", "cron": "0 10 * * *"}
    return in_words(Timetable(**{**given, "found_in": "Celery beat", **changes}))


def scheduled(*timetables: Timetable, promise_s: float = 600.0) -> Line:
    return Line(lane(timetables=timetables, promise_s=promise_s, customer_action=None))


# -- missed


def test_a_job_type_that_was_found_in_a_scheduler_is_missed_by_name() -> None:
    line = scheduled(found())
    line.work(0, 3 * HOUR, 60.0)
    line.until(HOUR + 3 * MINUTE)

    assert line.says == ("missing", "schedule_missed")
    assert line.sentence == (
        "Missing: report did not start at 10:00, 3 min ago"
        " (runs at 10:00 every day, found in Celery beat)"
    )


def test_a_job_type_that_came_is_not_missed_whatever_else_comes() -> None:
    line = scheduled(found())
    line.work(0, 3 * HOUR, 60.0)
    line.job(HOUR + 1, job="report")
    line.until(3 * HOUR)

    assert line.log == []


def test_a_clock_that_is_a_little_ahead_makes_no_run_missed() -> None:
    line = scheduled(found())
    line.job(HOUR - 2, job="report")
    line.until(2 * HOUR)

    assert line.log == []


def test_work_that_comes_every_few_minutes_is_missed_when_it_stops() -> None:
    line = scheduled(found(cron="* * * * *", job="send"))
    line.work(0, 30 * MINUTE, 60.0)
    line.until(31 * MINUTE)
    assert line.log == []

    line.until(34 * MINUTE)

    assert line.says == ("missing", "schedule_missed")
    assert "send did not start at 09:30, 4 min ago" in line.sentence


def test_an_interval_is_counted_from_the_run_before() -> None:
    line = scheduled(found(cron=None, every_s=3600.0))
    line.job(30 * MINUTE, job="report")
    line.job(90 * MINUTE, job="report")
    line.until(2 * HOUR + 30 * MINUTE)
    assert line.log == []

    line.until(2 * HOUR + 34 * MINUTE)

    assert line.says == ("missing", "schedule_missed")
    assert line.sentence == (
        "Missing: report was due 3 min ago and did not start (runs every 1 h, found in Celery beat)"
    )


def test_the_file_says_otherwise_and_is_believed() -> None:
    told = (found(),)

    assert held_to(lane(timetables=told)) == [found()]
    assert [one.found_in for one in held_to(lane(timetables=told, schedule="0 2 * * *"))] == [None]
    assert held_to(lane(timetables=told, schedule=NO_SCHEDULE)) == []


def test_what_no_one_can_foretell_is_held_to_nothing() -> None:
    irregular = [found(cron=None), found(cron="70 * * * *"), found(zone="Mars/Olympus")]

    assert held_to(lane(timetables=tuple(irregular))) == []
    assert wording_runs.runs(irregular[0]) == (
        "runs when its own function decides, so nothing is missed, found in Celery beat"
    )


@pytest.mark.parametrize(("zone", "due"), [("Europe/Lisbon", "10:00"), ("+02:00", "08:00")])
def test_a_found_schedule_runs_in_its_own_time_zone(zone: str, due: str) -> None:
    line = scheduled(found(zone=zone))
    line.now = -3 * HOUR
    line.watch = Watch(line.lane, dt.UTC, line.begin - 3 * HOUR, line._clock)
    line.until(HOUR + 3 * MINUTE)

    assert f"report did not start at {due}" in line.sentence
    assert f"({zone}), found in" in line.sentence


def test_a_restart_takes_up_the_run_that_was_missing_and_not_the_others() -> None:
    line = scheduled(found(), found(job="export", cron="0 18 * * *"))
    line.until(HOUR + 10 * MINUTE)
    before = line.watch.episodes.current
    line.watch = Watch(line.watch.lane, dt.UTC, line.begin + line.now)
    line.watch.episodes.current = before
    line.until(HOUR + 11 * MINUTE)
    assert "report did not start at 10:00, 11 min ago" in line.sentence

    line.job(HOUR + 12 * MINUTE, job="report")
    line.until(2 * HOUR)

    assert line.says[0] == "healthy"


def test_another_definition_of_the_lane_goes_on_with_the_run_that_is_missing() -> None:
    line = scheduled(found())
    line.until(HOUR + 10 * MINUTE)
    before, line.lane = line.watch, lane(timetables=(found(),), promise_s=600.0, owner="bo")
    line.watch = Watch(line.lane, dt.UTC, line.begin + line.now, line._clock)
    line.watch.go_on(before)
    line.until(HOUR + 12 * MINUTE)

    assert "did not start at 10:00, 12 min ago" in line.sentence


def test_another_promise_counts_from_now_on() -> None:
    line = scheduled(found())
    line.until(HOUR)
    before = line.watch
    line.lane = lane(timetables=(found(),), promise_s=6000.0)
    line.watch = Watch(line.lane, dt.UTC, line.begin + line.now, line._clock)
    line.watch.go_on(before)
    line.until(HOUR + 10 * MINUTE)

    assert line.says[0] == "healthy"


def test_times_that_nobody_looked_at_for_hours_are_no_news() -> None:
    line = scheduled(found(cron="0 * * * *"))
    line.job(HOUR, job="report")
    line.until(HOUR + MINUTE)
    line.now += 6 * HOUR
    line.job(7 * HOUR, job="report")
    line.until(7 * HOUR + 2 * MINUTE)

    assert line.log == []


# -- seen by a probe alone


def test_a_counter_that_stood_still_since_the_due_time_proves_that_nothing_ran() -> None:
    line = Line(lane(schedule="0 10 * * *", promise_s=600.0))
    for number in range(480):
        line.reads(number * 15.0, waiting=0, running=0, done_counter=7, workers=1, sees_all=True)
    line.until(HOUR + 5 * MINUTE)

    assert line.says == ("missing", "schedule_missed")


def test_a_counter_that_moved_since_the_due_time_proves_that_something_ran() -> None:
    line = Line(lane(schedule="0 10 * * *", promise_s=600.0))
    for number in range(480):
        done = 8 if number * 15.0 > HOUR + 30 else 7
        line.reads(
            number * 15.0, waiting=0, running=0, done_counter=done, workers=1, sees_all=True
        )
    line.until(HOUR + 30 * MINUTE)

    assert line.log == []


def test_without_events_and_counter_nothing_is_claimed_about_a_run() -> None:
    line = Line(lane(schedule="0 10 * * *", promise_s=600.0))
    for number in range(480):
        line.reads(number * 15.0, waiting=0, running=0, workers=1, sees_all=True)
    line.until(HOUR + 30 * MINUTE)

    assert line.log == []


# -- late


def test_a_run_that_came_late_is_said_to_be_late_until_it_ends() -> None:
    line = scheduled(found())
    line.job(HOUR + 14 * MINUTE, 240.0, job="report")
    line.until(HOUR + 16 * MINUTE)

    assert line.says == ("slow", "started_late")
    assert line.sentence == "Slow: the 10:00 run of report started 14 min late"
    assert line.log == [("opened", "schedule"), ("attached", "run_late")]

    line.until(2 * HOUR)
    assert line.says[0] == "healthy"


# -- still going


def test_a_run_that_meets_the_next_one_is_named() -> None:
    line = Line(lane(schedule="0 * * * *", promise_s=7200.0, customer_action=None))
    line.job(HOUR + 1, 70 * MINUTE)
    line.job(2 * HOUR + 1, 60.0)
    line.until(2 * HOUR + 2 * MINUTE)

    assert line.says == ("slow", "runs_overlap")
    assert line.sentence == "Slow: the 10:00 run is still going as the 11:00 one starts"
    assert line.log[0] == ("opened", "overlap")


def test_a_run_that_is_as_long_on_a_normal_day_meets_the_next_one_quietly() -> None:
    on = lane(schedule="0 * * * *", promise_s=3 * HOUR)
    line = settled(on, every=HOUR, runs=70 * MINUTE)
    line.job(0, 70 * MINUTE)
    line.until(HOUR + 5 * MINUTE)

    assert line.log == []


def test_runs_by_the_second_overlap_without_a_word() -> None:
    line = scheduled(found(cron=None, every_s=10.0))
    line.work(0, 10 * MINUTE, 10.0, runs=15.0, job="report")
    line.until(10 * MINUTE)

    assert line.log == []


# -- silent


def test_a_run_that_never_ended_is_silent() -> None:
    line = Line(lane(schedule="0 10 * * *", promise_s=600.0, customer_action=None))
    line.job(HOUR, None)
    line.at(HOUR, "started", "j0", attempt=1)
    line.until(2 * HOUR)

    assert line.says == ("stuck", "run_silent")
    assert line.sentence == "Stuck: the 10:00 run began 1 h ago and has not ended"


def test_a_long_job_beside_scheduled_work_is_no_run_of_the_schedule() -> None:
    line = scheduled(found(cron="0 18 * * *"))
    line.job(0, None, job="export")
    line.at(0, "started", "j0", attempt=1, job="export")
    line.until(30 * MINUTE)

    assert line.says == ("stuck", "blocked_by_long_job")


def test_a_run_that_missed_two_of_its_successors_is_more_than_an_overlap() -> None:
    line = Line(lane(schedule="0 * * * *", promise_s=DAY, customer_action=None))
    line.job(HOUR, None)
    line.at(HOUR, "started", "j0", attempt=1)
    for hour in (2, 3, 4):
        line.job(hour * HOUR + 1, 1.0)
    line.until(2 * HOUR + 30 * MINUTE)
    assert line.says == ("slow", "runs_overlap")

    line.until(3 * HOUR + 30 * MINUTE)

    assert line.says == ("stuck", "run_silent")


def test_a_heartbeat_that_never_told_its_end_is_silent_in_its_own_words() -> None:
    line = Line(lane(pinged=True, promise_s=600.0))
    line.job(0, None)
    line.at(0, "started", "j0", attempt=1)
    line.until(20 * MINUTE)

    assert line.says == ("stuck", "run_silent")
    assert line.sentence == (
        "Stuck: the 09:00 run began 20 min ago and has not told its end; "
        "customers cannot get a receipt after paying"
    )


def test_a_heartbeat_that_starts_again_before_its_end_meets_itself() -> None:
    line = Line(lane(pinged=True, promise_s=7200.0))
    for number, when in enumerate((0, 30 * MINUTE)):
        line.at(when, "enqueued", f"run{number}")
        line.at(when, "started", f"run{number}", attempt=1)
    line.until(32 * MINUTE)

    assert line.says == ("slow", "runs_overlap")
    assert line.sentence == (
        "Slow: the 09:00 run is still going as the 09:30 one starts; "
        "customers wait to get a receipt after paying"
    )


@pytest.mark.parametrize("kind", ["ValueError", "HeartbeatFailed"])
def test_a_heartbeat_that_failed_stays_so_until_the_next_run(kind: str) -> None:
    line = Line(lane(pinged=True, promise_s=600.0, customer_action=None))
    line.job(0, None)
    line.at(60.0, "dead", "j0", error={"type": kind, "message": "no rows"})
    line.until(3 * HOUR)

    assert line.says == ("stuck", "run_failed")
    why = "no rows" if kind == "HeartbeatFailed" else "ValueError: no rows"
    assert line.sentence == f"Stuck: the 09:00 run failed: {why}"
    assert line.log == [("opened", "failing")]


def test_the_alert_says_what_is_missing_or_how_the_run_goes() -> None:
    line = Line(lane(schedule="0 10 * * *", promise_s=600.0))
    seen = line.until(HOUR + 5 * MINUTE)
    said = alert(line.lane, seen.judgement, seen.signals)
    assert (
        "Customers cannot get a receipt after paying. Did not start at 10:00, 5 min ago." in said
    )

    line = scheduled(found())
    line.job(HOUR + 14 * MINUTE, 240.0, job="report")
    seen = line.until(HOUR + 16 * MINUTE)
    said = alert(line.lane, seen.judgement, seen.signals)
    assert "are slow. The 10:00 run of report started 14 min late. Oldest is" in said


def test_without_a_clock_of_its_own_a_time_is_that_of_greenwich() -> None:
    said = wording_runs.silent(2 * HOUR, 5 * HOUR, None, lane(customer_action=None))

    assert said == "Stuck: the 02:00 UTC run began 3 h ago and has not ended"


def test_a_heartbeat_that_did_not_come_did_not_report() -> None:
    line = Line(lane(pinged=True, schedule="0 10 * * *", promise_s=600.0))
    line.until(HOUR + 5 * MINUTE)

    assert line.sentence.startswith(
        "Missing: did not report at 10:00, 5 min ago; customers cannot"
    )


def test_work_that_waits_behind_a_long_run_is_blocked_by_it() -> None:
    line = Line(lane(schedule="0 * * * *", promise_s=600.0))
    line.workers(0, 1)
    line.job(HOUR, None)
    line.at(HOUR, "started", "j0", attempt=1)
    line.job(2 * HOUR, None)
    line.until(2 * HOUR + 20 * MINUTE)

    assert line.says == ("stuck", "blocked_by_long_job")
