"""The weekly review finds the drifts that are real, and says what showed up first."""

import random

import pytest

from tailback.core.review import (
    LaneWeeks,
    Moment,
    ReasonWeek,
    Week,
    first_signal,
    review_lane,
    rose_twice,
    top_reasons,
)
from tailback.core.wording_review import headline, lane_note, reason_trend, retries_note, signal

NOW = 1_790_000_000.0


def week(age, arrivals=1000, retried=10, days=7):
    ages = tuple([age] * days + [None] * (7 - days))
    return Week(ages=ages, arrivals=arrivals, retried=retried)


def lane(ages, promise_s=600.0, **more):
    weeks = tuple(one if isinstance(one, Week) else week(one) for one in ages)
    given = {"lane": "l", "name": "L", "owner": "ana", "promise_s": promise_s, "weeks": weeks}
    return LaneWeeks(**{**given, **more})


def noisy(rng, levels, last_day=1.0):
    weeks = []
    for number, level in enumerate(levels, 1):
        ages = [level * rng.lognormvariate(0, 0.25) for _ in range(7)]
        ages[-1] *= last_day if number == len(levels) else 1.0
        weeks.append(Week(tuple(ages), 1000, 10))
    return weeks


PLANTED = {
    "slowly": [60, 60, 60, 60, 90, 140],
    "fast": [100, 100, 100, 100, 200, 400],
    "late": [80, 80, 80, 80, 115, 170],
}
INNOCENT = {
    "one bad day": [60, 60, 60, 60, 60, 60],
    "came back": [60, 60, 60, 60, 140, 90],
    "never calm": [60, 120, 70, 110, 65, 70],
}


def drifting(seed):
    rng = random.Random(seed)
    found = {
        name: review_lane(lane(noisy(rng, levels, 30.0 if "day" in name else 1.0)), NOW)
        for name, levels in (PLANTED | INNOCENT).items()
    }
    return {name for name, one in found.items() if one.drifts}


def test_of_six_weeks_exactly_the_planted_drifts_are_assigned() -> None:
    assert drifting(1) == PLANTED.keys()


def test_in_many_noisy_histories_drifts_are_found_and_wobbles_hardly_ever() -> None:
    found = [drifting(seed) for seed in range(200)]

    assert sum(len(names & PLANTED.keys()) for names in found) >= 0.9 * 600
    assert sum(len(names & INNOCENT.keys()) for names in found) <= 0.05 * 600


def test_two_small_rises_are_noted_and_not_assigned() -> None:
    found = review_lane(lane([60, 60, 60, 60, 61, 62]), NOW)

    assert found.rose
    assert not found.drifts
    assert lane_note(found) == "Rose two weeks running, within what happens by chance"


def test_a_drift_far_below_the_promise_is_nobodys_work() -> None:
    found = review_lane(lane([1, 1, 1, 1, 2, 4]), NOW)

    assert found.rose
    assert not found.drifts


def test_a_drift_names_its_owner_and_the_numbers() -> None:
    found = review_lane(lane([60, 60, 60, 60, 120, 240]), NOW)

    assert (
        lane_note(found)
        == "Rises for two weeks: 1 min was usual, now 4 min of 10 min. Look today: ana"
    )
    assert "nobody yet" in lane_note(review_lane(lane([60] * 4 + [120, 240], owner=None), NOW))


def test_a_steady_lane_has_no_note() -> None:
    assert lane_note(review_lane(lane([60] * 6), NOW)) == ""


def test_weeks_with_too_few_measured_days_are_not_known() -> None:
    few = week(500.0, days=2)
    found = review_lane(lane([few, few, few, week(60.0), 120, few]), NOW)

    assert found.ages == (None, None, None, 60.0, 120, None)
    assert found.usual_s is None
    assert not found.rose
    assert not found.drifts
    assert found.worst_s == 500.0


def test_a_week_without_any_measurement_has_no_worst_age() -> None:
    assert review_lane(lane([week(None)] * 6), NOW).worst_s is None


def test_two_weeks_are_too_short_for_a_rise() -> None:
    assert not rose_twice([1.0, 2.0])


@pytest.mark.parametrize(
    ("this", "rises"),
    [
        (week(60, retried=200), True),
        (week(60, retried=12), False),  # too few to cost anything
        (week(60, arrivals=10_000, retried=150), False),  # as usual per job
        (week(60, arrivals=0, retried=0), False),
    ],
)
def test_retries_rise_when_each_job_is_retried_more_often(this: Week, rises: bool) -> None:
    found = review_lane(lane([60, 60, 60, 60, 60, this]), NOW)

    assert found.retries_rise is rises


def test_without_earlier_weeks_retries_do_not_rise() -> None:
    empty = week(None, arrivals=0)
    found = review_lane(lane([empty] * 5 + [week(60, retried=500)]), NOW)

    assert not found.retries_rise


def test_retries_are_said_per_hundred_jobs() -> None:
    found = review_lane(lane([60, 60, 60, 60, 60, week(60, retried=200)]), NOW)

    assert retries_note(found) == "L: 20 retries per 100 jobs, usual are 1.0"


def test_an_alert_is_unproven_until_a_drill_and_again_after_thirty_days() -> None:
    assert review_lane(lane([60] * 6), NOW).unproven
    assert not review_lane(lane([60] * 6, drilled_at=NOW - 86_400), NOW).unproven
    assert review_lane(lane([60] * 6, drilled_at=NOW - 31 * 86_400), NOW).unproven


def test_the_reasons_that_failed_most_come_first_and_few() -> None:
    reasons = [ReasonWeek(f"r{n}", f"R{n}", n, 1, ("L",)) for n in range(20)]

    found = top_reasons(reasons)

    assert [one.this_week for one in found] == [19, 18, 17, 16, 15, 14, 13, 12]
    assert reason_trend(found[0]) == "19 times, 1 the week before"
    assert reason_trend(ReasonWeek("n", "N", 3, 0, ())) == "3 times, new this week"


def minutes(retried, ages):
    return [
        Moment(NOW + 60 * n, count, age)
        for n, (count, age) in enumerate(zip(retried, ages, strict=True))
    ]


def test_retry_noise_that_came_before_the_age_is_the_first_signal() -> None:
    moments = minutes([0] * 100 + [9] * 20, [5.0] * 110 + [300.0] * 10)

    found = first_signal(moments, NOW + 60 * 119, 600.0)

    assert (found.what, found.before_alert_s) == ("retries", 19 * 60)
    assert signal(found) == "Retries rose first, 19 min before the alert"


def test_an_age_that_climbs_alone_is_the_first_signal_across_a_short_gap() -> None:
    moments = minutes([0] * 120, [5.0] * 100 + [80.0, None, 90.0] + [100.0] * 17)

    found = first_signal(moments, NOW + 60 * 119, 600.0)

    assert (found.what, found.at) == ("age", NOW + 6000)
    assert signal(found) == "The oldest age rose first, 19 min before the alert"


def test_what_is_always_so_is_no_signal() -> None:
    moments = minutes([9] * 120, [None] * 120)

    assert first_signal(moments, NOW + 60 * 119, 600.0) is None
    assert first_signal([], NOW, 600.0) is None
    assert signal(None) == "Nothing showed up before the alert"


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((0, 0, 0, 0), "Nothing is watched yet"),
        ((3, 0, 0, 0), "Nothing drifts in 3 lanes"),
        ((3, 1, 0, 0), "1 lane got older two weeks running: assign it today"),
        ((9, 0, 2, 4), "Retries rise in 2 lanes; 4 dead jobs to look at"),
    ],
)
def test_one_sentence_says_how_the_week_was(numbers: tuple[int, ...], said: str) -> None:
    assert headline(*numbers) == said


def test_of_three_known_minutes_the_last_may_be_the_signal() -> None:
    moments = [Moment(NOW + 60 * n, retried, 1.0) for n, retried in enumerate((0, 0, 50))]

    found = first_signal(moments, NOW + 120, 600.0)

    assert found is not None
    assert (found.what, found.before_alert_s) == ("retries", 0.0)
