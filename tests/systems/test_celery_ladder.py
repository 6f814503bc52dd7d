"""Ages without any time in the messages: never older than the truth, and close to it."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from tailback.systems.celery.inversion import MAX_POINTS, PublishCounts
from tailback.systems.celery.ladder import MAX_RUNGS, Ladder

STEP_S = 5.0
looks = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=60
)  # (pushed, popped) between two looks


@given(looks)
def test_the_ladder_claims_at_most_the_true_age_and_at_least_all_but_one_look(steps):
    ladder, queue, now = Ladder(), deque(), 1000.0
    ladder.climb(now, 0, None)
    for pushed, popped in steps:
        before = len(queue)
        queue.extend([now + STEP_S / 2] * pushed)
        now += STEP_S
        for _ in range(min(popped, len(queue))):
            queue.popleft()
        # The head of the last look is not found again once it has been popped, or when the list
        # was empty.
        known = pushed if before and len(queue) >= pushed and len(queue) else None
        ladder.climb(now, len(queue), known)

        for place, enqueued_at in enumerate(queue, start=1):
            seen_at = ladder.seen_at(place)
            assert seen_at is not None
            assert enqueued_at <= seen_at <= enqueued_at + STEP_S


def test_a_list_met_for_the_first_time_is_as_old_as_the_first_look():
    ladder = Ladder()

    ladder.climb(100.0, 7, None)

    assert ladder.seen_at(1) == ladder.seen_at(7) == 100.0
    assert ladder.seen_at(8) is None


def test_what_comes_back_at_the_tail_lets_nothing_look_older_than_it_is():
    ladder = Ladder()
    ladder.climb(0.0, 2, None)
    ladder.climb(5.0, 4, 2)
    ladder.climb(10.0, 5, 0)  # one was given back

    assert ladder.seen_at(3) == 0.0
    assert ladder.seen_at(4) == 5.0


def test_a_stuck_list_keeps_its_first_rung_while_others_are_thinned():
    ladder = Ladder()
    for look in range(MAX_RUNGS * 20):
        ladder.climb(float(look), look + 1, 1 if look else None)

    assert ladder.seen_at(1) == 0.0
    assert len(ladder._rungs) <= MAX_RUNGS


@given(looks)
def test_the_publish_counter_claims_at_most_the_true_age(steps):
    counts, queue, now, published = PublishCounts(), deque(), 1000.0, 0
    counts.look(now, 0, 0)
    for pushed, popped in steps:
        queue.extend([now + STEP_S / 2] * pushed)
        published += pushed
        now += STEP_S
        for _ in range(min(popped, len(queue))):
            queue.popleft()

        seen_at = counts.look(now, published, len(queue))

        assert (seen_at is None) == (not queue)
        if queue:
            assert queue[0] <= seen_at <= queue[0] + STEP_S


def test_a_publish_counter_that_begins_anew_claims_nothing_from_before():
    counts = PublishCounts()
    counts.look(0.0, 500, 10)

    assert counts.look(5.0, 3, 3) == 5.0
    assert counts.look(10.0, None, 3) is None


def test_a_stuck_queue_keeps_its_first_look_while_others_are_thinned():
    counts = PublishCounts()
    for look in range(MAX_POINTS * 5):
        counts.look(float(look), look + 1, look + 1)

    assert counts.look(9999.0, MAX_POINTS * 5, MAX_POINTS * 5) == 0.0
    assert len(counts._points) <= MAX_POINTS + 1
