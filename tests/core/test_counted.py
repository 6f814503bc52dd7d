"""A probe's counter of finished jobs: deltas, resets, gaps, and what is not known."""

from hypothesis import given
from hypothesis import strategies as st

from tailback.core.ledger.counted import KEEP_MINUTES, KEEP_S, Counted


def test_what_finished_is_the_growth_of_the_counter_since_the_window_began() -> None:
    counted = Counted()
    for at in range(0, 601, 5):
        counted.take(float(at), 1_000 + at)

    assert counted.done_in(600.0, 300.0) == 300
    assert counted.done_in(600.0, 600.0) == 600
    assert counted.series(540, 600) == (60, 5)
    assert counted.between == (595.0, 600.0)


def test_nothing_is_said_of_a_window_that_was_not_watched_whole() -> None:
    counted = Counted()
    for at in (0.0, 5.0, 10.0):
        counted.take(at, int(at))

    assert counted.done_in(10.0, 300.0) is None
    assert counted.done_at_least(10.0, 300.0) == 10
    assert counted.watched_s(10.0) == 10.0


def test_a_counter_that_falls_begins_anew() -> None:
    counted = Counted()
    for at, counter in ((0.0, 500), (5.0, 510), (10.0, 3), (15.0, 4)):
        counted.take(at, counter)

    assert counted.done_at_least(15.0, 300.0) == 1
    assert counted.watched_s(15.0) == 5.0


def test_a_gap_keeps_between_which_looks_the_last_success_was() -> None:
    counted = Counted()
    counted.take(0.0, 10)
    counted.take(5.0, 10)
    counted.take(3_000.0, 90)

    assert counted.between == (5.0, 3_000.0)
    assert counted.done_in(3_000.0, 300.0) is None
    assert counted.series(2_940, 3_000) == (None, None)


def test_a_look_without_a_counter_breaks_the_watch() -> None:
    counted = Counted()
    counted.take(0.0, 10)
    counted.take(5.0, None)

    assert counted.watched_s(5.0) is None
    assert counted.done_in(5.0, 5.0) is None


def test_what_was_seen_long_ago_is_forgotten() -> None:
    counted = Counted()
    for at in range(0, 4 * 3_600, 60):
        counted.take(float(at), at)

    assert len(counted.looks) <= KEEP_S / 60 + 1
    assert len(counted.minutes) == KEEP_MINUTES
    assert counted.series(0, 60) == (None, None)
    assert counted.done_in(float(at), 600.0) == 600


def test_nothing_is_known_to_have_finished_since_the_last_look() -> None:
    counted = Counted()
    for at in (0.0, 5.0, 10.0):
        counted.take(at, int(at))

    assert counted.done_at_least(300.0, 60.0) == 0


@given(st.lists(st.tuples(st.integers(1, 200), st.one_of(st.none(), st.integers(0, 50)))))
def test_it_never_counts_more_than_the_counter_showed(steps: list[tuple[int, int | None]]) -> None:
    counted, at, grown, counter = Counted(), 0.0, 0, 0
    for passed, growth in steps:
        at += passed
        if growth is None:
            counted.take(at, None)
            continue
        counter += growth
        grown += growth
        counted.take(at, counter)

    assert 0 <= sum(counted.minutes.values()) <= grown
    assert counted.done_at_least(at, 600.0) <= grown
