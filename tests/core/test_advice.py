"""Each recommendation follows from its numbers, and from nothing less."""

from dataclasses import replace

import pytest

from tailback.core import advice
from tailback.core.advice import (
    Advice,
    LaneEvidence,
    TypeWeek,
    advise,
    rises_with,
    uncounted,
    unpaired,
)
from tailback.core.review import LaneReview

REVIEW = LaneReview(
    lane="mail",
    name="Mail",
    owner="ana",
    promise_s=100.0,
    ages=(20.0, 20.0, None, 20.0, 20.0, 20.0),
    worst_s=30.0,
    usual_s=20.0,
    rose=False,
    drifts=False,
    retries_per_job=0.0,
    usual_retries_per_job=0.0,
    retries_rise=False,
    dead_now=0,
    unproven=False,
)
CALM = LaneEvidence(review=REVIEW, problems=0, unanswered=0, opened_at=(), releases=())
SHORT, LONG = TypeWeek("mail", 1000, 1.0), TypeWeek("pdf", 7, 300.0)
RELEASES = (1e4, 2e4, 3e4, 4e4, 5e4, 6e4)


def of(**changes: object) -> LaneEvidence:
    return replace(CALM, review=replace(REVIEW, **changes))  # type: ignore[arg-type]


def test_a_calm_lane_gets_no_advice() -> None:
    assert advise([CALM], ()) == []


@pytest.mark.parametrize(
    ("lane", "key", "words"),
    [
        (of(owner=None), "no-owner:mail", "nobody is told"),
        (of(ages=(None, None, None, 150.0, 120.0, 130.0)), "never-met:mail", "was 2 min old"),
        (of(ages=(1.0,) * 6, worst_s=5.0), "met-by-far:mail", "by far"),
        (replace(CALM, problems=3, unanswered=3), "no-action:mail", "alerted 3 times"),
        (
            replace(CALM, releases=RELEASES, opened_at=[2e4, 3e4 + 9, 5e4 + 3600, 6e4 + 1]),
            "after-releases:mail",
            "4 of the last 5 releases",
        ),
        (replace(CALM, types=(SHORT, LONG)), "mixed:mail", "pdf, which runs 5 min"),
        (
            replace(CALM, scheduled=3, scheduler_alive=False),
            "no-scheduler:mail",
            "3 scheduled jobs",
        ),
        (replace(CALM, source="shop", evicts="allkeys-lru"), "evicts:shop", "set noeviction"),
    ],
)
def test_advice_names_its_numbers_and_can_be_dismissed(
    lane: LaneEvidence, key: str, words: str
) -> None:
    (found,) = advise([CALM, lane], ())

    assert found.key == key
    assert words in found.sentence
    assert advise([lane], {key}) == []


@pytest.mark.parametrize(
    "lane",
    [
        of(ages=(None, None, None, None, 150.0, 120.0)),
        of(ages=(150.0, 90.0, 150.0, 150.0, 120.0, 130.0)),
        of(ages=(1.0,) * 6, worst_s=None),
        of(ages=(1.0, 1.0, 1.0, 1.0, 1.0, 3.0), worst_s=5.0),
        of(ages=(1.0,) * 6, worst_s=20.0),
        replace(CALM, problems=3, unanswered=2),
        replace(CALM, problems=2, unanswered=2),
        replace(CALM, releases=RELEASES[:4], opened_at=list(RELEASES)),
        replace(CALM, releases=RELEASES, opened_at=[1e4, 2e4, 3e4, 4e4]),
        replace(CALM, types=(LONG,)),
        replace(CALM, types=(SHORT, TypeWeek("pdf", 7, 4.0))),
        replace(CALM, types=(TypeWeek("mail", 1000, 0.1), TypeWeek("pdf", 7, 9.0))),
        replace(CALM, types=(TypeWeek("mail", 99, 1.0), LONG)),
        replace(CALM, scheduled=3, scheduler_alive=None),
        replace(CALM, scheduled=3, scheduler_alive=True),
        replace(CALM, scheduled=0, scheduler_alive=False),
    ],
)
def test_less_evidence_is_no_advice(lane: LaneEvidence) -> None:
    assert advise([lane], ()) == []


def test_there_are_few() -> None:
    lanes = [of(owner=None, lane=f"lane-{number}") for number in range(9)]

    found = advise(lanes, {"no-owner:lane-0"})

    assert len(found) == advice.MOST
    assert isinstance(found[0], Advice)
    assert found[0].key == "no-owner:lane-1"


def test_a_counter_that_nothing_follows_is_named() -> None:
    found = advise([CALM], {"unpaired:old"}, unpaired(["paid", "sent", "old"], ["sent"]))

    assert [one.key for one in found] == ["unpaired:paid"]
    assert "nothing must follow it" in found[0].sentence


def test_one_redis_is_named_once_however_many_lanes_wait_in_it() -> None:
    lanes = [replace(CALM, source="shop", evicts="allkeys-lru")] * 3

    assert len(advise(lanes, ())) == 1


def test_where_nothing_is_counted_one_lane_that_wakes_somebody_is_named() -> None:
    lanes = [("mail", "Mail"), ("pdf", "PDF")]

    (found,) = uncounted(lanes, counts=False)

    assert found.key == "uncounted:mail"
    assert "swallow their error" in found.sentence
    assert uncounted(lanes, counts=True) == []
    assert uncounted([], counts=False) == []


SLOW_HOURS = {20, 21, 44, 90, 91, 92, 93, 94}


def week(slow_count: int = 40, fast_count: int = 1, slow_s: float = 9.0) -> tuple[list, list]:
    """A week of hours: failures of one reason, and the mean run of another lane."""
    counts = [slow_count if hour in SLOW_HOURS else fast_count for hour in range(168)]
    return counts, [slow_s if hour in SLOW_HOURS else 2.0 for hour in range(168)]


def test_a_reason_that_rises_whenever_an_upstream_slows_is_found() -> None:
    assert rises_with(*week()) == (8, 8)

    counts, run_s = week()
    counts[94], run_s[5] = 0, None
    assert rises_with(counts, run_s) == (7, 8)


def test_a_reason_that_rises_at_other_times_too_is_not_its_upstreams() -> None:
    assert rises_with(*week(slow_count=2)) is None
    assert rises_with(*week(slow_s=3.0)) is None
    assert rises_with([40] * 40, [9.0] * 40) is None
    assert rises_with([40] * 168, [0.0] * 168) is None
    often, run_s = week()
    for hour in range(0, 168, 10):
        often[hour] = 50
    assert rises_with(often, run_s) is None
    few, run_s = week()
    assert rises_with(few, [2.0 if hour > 40 else ran for hour, ran in enumerate(run_s)]) is None
