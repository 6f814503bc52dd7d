"""How soon a counter that does not follow is known, and that chance is never taken for it."""

import random

import pytest

from tailback.core.judge.following import Counted, Followed, followed

MINUTE = 60.0


def seen_at(a_minute: float, within_s: float, fault_s: float, share: float = 1.0) -> float:
    """Seconds after the fault until what is swallowed (a share of it) is known to be missing."""
    paid, sent = Counted(within_s), Counted(within_s)
    now, known = 0.0, 0.0
    while now < 3 * 3600:
        now += 60.0 / a_minute
        paid.add(now, 1)
        sent.add(now, 1 if now < fault_s else 1 - share)
        if now >= known and followed(paid, sent.of, now, 0.95).falls_short(0.95):
            return now - fault_s
    return 3 * 3600.0


@pytest.mark.parametrize("second", range(0, 60, 5))
def test_ten_a_minute_with_two_minutes_allowed_are_known_within_a_promise_of_five(
    second: int,
) -> None:
    assert 3 * MINUTE < seen_at(10, 2 * MINUTE, 3600.0 + second) < 5 * MINUTE


@pytest.mark.parametrize(
    ("a_minute", "within_s", "least_min", "most_min"),
    [(60, 60.0, 1, 3), (10, 120.0, 3, 5), (2, 120.0, 8, 11), (1, 300.0, 15, 20)],
)
def test_it_takes_the_time_allowed_and_that_of_a_dozen(
    a_minute: float, within_s: float, least_min: float, most_min: float
) -> None:
    took = [seen_at(a_minute, within_s, 3600.0 + second) for second in (0, 20, 40)]

    assert least_min * MINUTE <= min(took)
    assert max(took) <= most_min * MINUTE


def test_a_part_of_it_is_known_from_a_longer_look() -> None:
    assert 3 * MINUTE < seen_at(60, 2 * MINUTE, 3600.0, share=0.7) < 6 * MINUTE
    assert seen_at(6, 2 * MINUTE, 3600.0, share=0.5) < 30 * MINUTE


@pytest.mark.parametrize("outage_min", [10, 30, 90])
def test_once_the_newest_follow_again_an_outage_is_over(outage_min: int) -> None:
    paid, sent = Counted(60.0), Counted(60.0)
    minutes = range(240)
    paid.know([(60 * minute, 10) for minute in minutes])
    sent.know([(60 * minute, 10) for minute in minutes if not 60 <= minute < 60 + outage_min])
    over = (60 + outage_min) * MINUTE

    def short(after_s: float) -> bool:
        return followed(paid, sent.of, over + after_s, 0.95).falls_short(0.95)

    assert short(0.0)
    assert not any(short(after) for after in range(9 * 60, 3600, 60))


def test_the_longest_look_that_falls_short_is_told() -> None:
    paid, sent = Counted(0.0), Counted(0.0)
    paid.know([(minute * 60, 10) for minute in range(30)])
    sent.know([(minute * 60, 10) for minute in range(25)])

    assert followed(paid, sent.of, 1800.0, 0.95) == Followed(100, 50, 1200.0)


def test_little_is_looked_at_for_two_hours_at_most() -> None:
    paid = Counted(0.0)
    paid.know([(0, 500), (60 * 60, 5)])

    assert followed(paid, lambda _: 0, 3 * 3600.0, 1.0) == Followed(5, 0, 3600.0)


def test_what_nobody_looks_at_any_more_is_forgotten() -> None:
    paid = Counted(60.0)
    paid.add(0.0, 3)
    paid.add(4 * 3600.0, 1)

    assert paid.of(0) == 0.0
    assert paid.of(4 * 3600) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_a_day_in_which_one_in_twenty_has_no_receipt_is_never_short(seed: int) -> None:
    chance = random.Random(seed)
    paid, sent = Counted(60.0), Counted(60.0)
    for minute in range(24 * 60):
        number = sum(chance.random() < 0.05 for _ in range(100))
        paid.add(minute * MINUTE, number)
        sent.add(minute * MINUTE, sum(chance.random() < 0.95 for _ in range(number)))

        found = followed(paid, sent.of, minute * MINUTE + 59.0, 0.95)

        assert not found.falls_short(0.95)
