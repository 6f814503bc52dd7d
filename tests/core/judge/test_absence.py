"""Work that does not come: by the clock, of one job type, upstream, after a restart."""

import datetime as dt

import pytest

from tailback.core.judge.baseline import Baseline, Hour
from tailback.core.judge.quiet_types import QuietTypes
from tailback.core.judge.reader import SignalReader
from tailback.core.judge.signals import SilentType
from tailback.core.ledger import Ledger
from tailback.core.model import Expectation
from tailback.server.watch import Watch
from tests.core.judge.rig import DAY, HOUR, MINUTE, MONDAY, NINE, Line, lane, settled

FRIDAY_NINE = MONDAY + 4 * DAY + NINE


def hours(arrivals: int, days: int = 6) -> list[tuple[int, Hour]]:
    """The past days before Friday, with so many arrivals in each hour."""
    begin = int(FRIDAY_NINE - days * DAY)
    return [(at, Hour(arrivals=arrivals)) for at in range(begin, int(FRIDAY_NINE), int(HOUR))]


def test_work_that_comes_by_the_clock_is_missed_after_a_few_times() -> None:
    line = settled(every=300.0)
    line.until(20 * MINUTE)

    assert line.says == ("missing", "nothing_arrives")
    assert line.events[0].at - line.begin < 17 * MINUTE


def test_work_that_comes_by_chance_as_often_is_given_longer() -> None:
    line = settled(every=300.0)
    for _at, hour in line.watch.baseline.hours():
        hour.gap_s = 1500.0
    line.watch.baseline.load([])
    line.until(40 * MINUTE)

    assert line.says == ("healthy", "idle")


def test_a_pause_is_no_longer_than_the_hours_in_which_something_was_due() -> None:
    baseline = Baseline(dt.UTC)
    baseline.load((at, Hour(arrivals=0 if at // 3600 % 24 < 6 else 60)) for at, _hour in hours(60))
    six = FRIDAY_NINE - 3 * HOUR

    assert baseline.expected(six - 8 * HOUR, six) == pytest.approx(2 * 60)
    assert baseline.expected(six, six + HOUR) == 0
    assert baseline.expected(six + HOUR, six + 90 * MINUTE) == pytest.approx(30)
    assert baseline.expected(six - 3 * DAY, FRIDAY_NINE) <= 24 * 60
    assert baseline.expected(six + DAY, six + DAY + HOUR) == 0, "no Saturday is known"


def test_what_is_expected_is_remembered_for_a_day_of_hours_at_most() -> None:
    baseline = Baseline(dt.UTC)
    baseline.load(hours(60))
    for hour in range(-30, 0):
        baseline.expected(FRIDAY_NINE + hour * HOUR, FRIDAY_NINE + hour * HOUR + MINUTE)

    assert len(baseline._lows) <= 25


def mixed(line: Line, since: float, until: float, *, silent_from: float) -> None:
    line.work(since, until, 20.0, job="track")
    line.work(since, min(until, silent_from), 30.0, job="receipt")


def watched_types(past: int) -> Line:
    """A lane of two job types; of receipts, so many came in each hour of the past days."""
    line = settled(every=20.0, job="track")
    line.watch = Watch(
        line.lane, dt.UTC, line.begin, past=list(line.watch.baseline.hours()),
        past_of=lambda job, _now: hours(past) if job == "receipt" else [],
    )  # fmt: skip
    return line


def test_a_job_type_that_nobody_enqueues_any_more_is_missing_though_others_go_on() -> None:
    line = watched_types(past=120)
    mixed(line, 0, 4 * HOUR, silent_from=2 * HOUR)
    line.until(2 * HOUR + 15 * MINUTE)

    assert line.says == ("missing", "job_type_silent")
    assert line.sentence.startswith("Missing: no new job of type receipt for ")
    assert "while others go on" in line.sentence
    assert line.log[0] == ("opened", "silent_type")

    mixed(line, 2 * HOUR + 16 * MINUTE, 3 * HOUR, silent_from=3 * HOUR)
    line.until(2 * HOUR + 30 * MINUTE)
    assert line.says[0] == "healthy"


def test_a_job_type_that_comes_some_days_only_is_not_missed() -> None:
    line = watched_types(past=0)
    mixed(line, 0, 4 * HOUR, silent_from=2 * HOUR)
    line.until(3 * HOUR)

    assert line.log == []


def test_job_types_are_held_against_their_past_once_an_hour() -> None:
    asked: list[str] = []

    def past_of(job: str, _now: float) -> list[tuple[int, Hour]]:
        asked.append(job)
        return hours(120)

    types = QuietTypes(dt.UTC, past_of, lambda _day: False)
    rare, often = SilentType("rare", 600.0, 2.0), SilentType("often", 600.0, 120.0)

    assert types.most_missed([rare], FRIDAY_NINE) is None
    for minute in range(3):
        found = types.most_missed([rare, often], FRIDAY_NINE + minute * MINUTE)
        assert found is not None
        assert (found.job, found.expected) == ("often", pytest.approx(20))
    types.most_missed([often], FRIDAY_NINE + HOUR)

    assert asked == ["often", "often"]


def test_in_a_lane_of_very_many_job_types_none_is_missed() -> None:
    line = Line()
    for number in range(60):
        line.job(number, job=f"kind{number}")
    line.until(20 * MINUTE)

    assert line.watch._reader.type_gaps.known() == []


def test_a_schedule_of_minutes_is_missed_though_another_time_falls_due_meanwhile() -> None:
    line = settled(lane(schedule="*/5 * * * *", promise_s=1800.0), every=300.0)
    line.watch = Watch(line.lane, dt.UTC, line.begin, past=list(line.watch.baseline.hours()))
    line.work(0, HOUR, 300.0)
    line.until(HOUR)
    assert line.log == []

    line.until(HOUR + 15 * MINUTE)
    assert line.says == ("missing", "schedule_missed")


def test_after_a_restart_what_was_done_before_still_counts() -> None:
    before = Line()
    before.work(0, HOUR, 30.0)
    before.until(HOUR)

    signals = SignalReader(before.lane).read(before.ledger, before.begin + HOUR)

    assert signals.completed_10m in (20, 21)
    assert signals.gap_s is not None
    assert signals.gap_s <= 90


def test_a_lane_without_a_past_recalls_nothing() -> None:
    signals = SignalReader(lane()).read(Ledger(), MONDAY)

    assert (signals.completed_10m, signals.gap_s) == (0, None)


@pytest.mark.parametrize(("follows", "says"), [(0.5, "missing"), (0.93, "healthy")])
def test_a_part_that_is_not_enqueued_is_missing_within_half_an_hour(
    follows: float, says: str
) -> None:
    expects = Expectation(upstream="orders.paid", within_s=120.0, ratio=0.95)
    line = Line(lane(expects=expects, promise_s=1800.0))
    line.workers(0, 2)
    line.work(0, HOUR, 10.0)
    line.work(HOUR, 2 * HOUR, 10.0 / follows)
    for minute in range(1, 91):
        line.until(minute * MINUTE)
        line.watch.outcome("orders.paid", line.begin + line.now, 6.0)

    assert line.says[0] == says
