"""What is normal at this hour of this kind of day."""

import datetime as dt
from zoneinfo import ZoneInfo

from tailback.core.judge.baseline import KEEP_HOURS, Baseline, Hour
from tests.core.judge.rig import DAY, HOUR, MONDAY, NINE

FRIDAY_NINE = MONDAY + 4 * DAY + NINE


def filled(zone=dt.UTC, days=4, **hour):
    baseline = Baseline(zone)
    for back in range(1, days + 1):
        for beside in (-1, 0, 1):
            at = int(FRIDAY_NINE - back * DAY + beside * HOUR)
            baseline.load([(at, Hour(**hour))])
    return baseline


def test_fewer_than_three_comparable_days_are_no_normal() -> None:
    assert filled(days=2).normal(FRIDAY_NINE) is None


def test_what_a_normal_day_does_not_exceed_is_the_median_of_its_peaks() -> None:
    normal = filled(oldest_s=40.0, arrivals=60, completed=60, run_s=120.0, workers=3).normal(
        FRIDAY_NINE
    )

    assert normal is not None
    assert (normal.oldest_s, normal.typical_s, normal.run_mean_s, normal.workers) == (
        40.0,
        40.0,
        2.0,
        3,
    )
    assert normal.label == "Friday 09:00"
    assert normal.days == 4


def test_an_hour_without_completions_or_workers_says_so() -> None:
    normal = filled().normal(FRIDAY_NINE)

    assert normal is not None
    assert normal.run_mean_s is None
    assert normal.workers is None


def test_hours_of_an_episode_are_left_out() -> None:
    baseline = filled(oldest_s=40.0)
    baseline.exclude(FRIDAY_NINE - DAY, FRIDAY_NINE - DAY + 100 * HOUR)
    baseline.exclude(FRIDAY_NINE - 2 * DAY, FRIDAY_NINE - 2 * DAY)

    assert baseline.normal(FRIDAY_NINE) is None


def test_on_a_first_weekend_or_holiday_other_days_stand_in_without_telling_how_much_comes() -> (
    None
):
    holiday = dt.date(2026, 1, 9)
    baseline = Baseline(dt.UTC, lambda day: day == holiday)
    for back in range(1, 5):
        baseline.load([(int(FRIDAY_NINE - back * DAY), Hour())])

    for normal in (baseline.normal(FRIDAY_NINE), filled().normal(FRIDAY_NINE + DAY)):
        assert normal is not None
        assert not normal.alike
        assert normal.label == "other days at 09:00"
    monday_to_thursday = filled().normal(FRIDAY_NINE)
    assert monday_to_thursday is not None
    assert monday_to_thursday.alike


def test_nine_in_the_morning_stays_nine_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Lisbon")
    baseline = Baseline(zone)
    monday = dt.datetime(2026, 3, 30, 9, tzinfo=zone)
    for back in (3, 4, 5, 6, 7):
        at = int((monday - dt.timedelta(days=back)).timestamp())
        baseline.load(
            [
                (at, Hour(arrivals=100)),
                (at - 3600, Hour(arrivals=1)),
                (at + 3600, Hour(arrivals=1)),
            ]
        )

    normal = baseline.normal(monday.timestamp())
    assert normal is not None
    assert normal.arrivals_h == 100
    assert normal.label == "Monday 09:00"


def test_an_hour_that_alone_brings_work_is_a_batch() -> None:
    baseline = Baseline(dt.UTC)
    for back in range(1, 5):
        at = int(FRIDAY_NINE - back * DAY)
        baseline.load([(at + n * 3600, Hour(arrivals=60 if n == -1 else 0)) for n in range(-3, 3)])

    normal = baseline.normal(FRIDAY_NINE)
    assert normal is not None
    assert normal.batch
    steady = filled(arrivals=60).normal(FRIDAY_NINE)
    assert steady is not None
    assert not steady.batch


def test_a_holiday_is_known_by_how_little_came_in_the_last_hours() -> None:
    baseline = Baseline(dt.UTC)
    for back in range(5):
        for hour in range(-8, 2):
            at = int(FRIDAY_NINE - back * DAY + hour * HOUR)
            baseline.load([(at, Hour(arrivals=100 if back else 20))])

    normal = baseline.normal(FRIDAY_NINE)
    assert normal is not None
    assert 0.19 < normal.share < 0.22
    assert baseline.came_since_last_hour(FRIDAY_NINE) == 40


def test_only_about_two_weeks_of_hours_are_kept() -> None:
    baseline = Baseline(dt.UTC)
    for hour in range(KEEP_HOURS + 200):
        baseline.hour(MONDAY + hour * HOUR).arrivals = 1

    assert len(baseline._hours) <= KEEP_HOURS + 25
