"""What can be asked of one slice, and how fast it is found."""

import random
from itertools import chain

import pytest

from tailback.core.ledger import JobView
from tailback.core.ledger.slices import CROWD, SecondIndex
from tests.core.ledger.feed import QUEUE, SOURCE, T0, boom, event, fed, feed, only_slice


class Thing:
    def __init__(self, number):
        self.number = number


class TestSecondIndex:
    @pytest.mark.parametrize("several", [1, 2, 5, 30])
    def test_gives_back_what_was_put_in_oldest_first(self, several):
        index, things = SecondIndex(), [Thing(n) for n in range(40 * several)]
        order = random.Random(several).sample(things, len(things))

        for thing in order:
            index.add(thing.number // several, thing)

        found = [sorted(t.number for t in index.at(second)) for second in index.ordered()]
        assert list(chain.from_iterable(found)) == [thing.number for thing in things]
        assert len(index.at(0)) == several
        assert index.at(999) == ()

    @pytest.mark.parametrize("several", [1, 2, 5, 30])
    def test_forgets_what_left(self, several):
        index, things = SecondIndex(), [Thing(n) for n in range(10 * several)]
        for thing in things:
            index.add(thing.number // several, thing)

        for thing in things:
            if thing.number // several != 7:
                index.remove(thing.number // several, thing)

        assert index.first() == 7
        assert list(index.ordered()) == [7]
        for thing in things[7 * several : 8 * several]:
            index.remove(7, thing)
        assert index.first() is None
        assert list(index.ordered()) == []

    def test_a_second_that_comes_again_is_named_once(self):
        index, thing = SecondIndex(), Thing(1)
        index.add(3, Thing(0))
        for _ in range(5):
            index.add(8, thing)
            index.remove(8, thing)
        index.add(8, thing)

        assert list(index.ordered()) == [3, 8]

    def test_does_not_grow_behind_a_second_that_stays(self):
        index = SecondIndex()
        index.add(0, Thing(0))
        for n in range(1, 10_000):
            thing = Thing(n)
            index.add(n, thing)
            index.remove(n, thing)

        assert len(index.heap) < 100


def test_the_oldest_jobs_are_listed_oldest_first():
    ledger = fed(*[event("enqueued", n * 0.3, f"j{n}") for n in (5, 3, 9, 1, 7)])

    found = ledger.oldest(SOURCE, QUEUE, (), 3)

    assert [view.id for view in found] == ["j1", "j3", "j5"]
    assert all(isinstance(view, JobView) for view in found)
    assert only_slice(ledger).oldest_dues(2) == [T0 + 0.3, T0 + 0.3 * 3]


def test_in_a_crowded_second_the_second_stands_for_its_jobs():
    ledger = fed(*[event("enqueued", 0.5, f"j{n}") for n in range(CROWD + 1)])

    assert only_slice(ledger).oldest_dues(3) == [T0, T0, T0]


def test_job_types_of_a_queue_are_kept_apart():
    ledger = fed(event("enqueued", 0, "a", job="mail"), event("enqueued", 1, "b", job="sms"))

    assert [part.key.job for part in ledger.slices(SOURCE, QUEUE, ("sms",))] == ["sms"]
    assert len(ledger.slices(SOURCE, QUEUE)) == 2
    assert ledger.slices(SOURCE, "unseen") == []


def test_late_jobs_are_counted_as_their_reader_moves_along():
    ledger = fed(*[event("enqueued", n, f"j{n}", tenant=f"acct_{n % 3}") for n in range(10)])
    part = only_slice(ledger)

    assert part.late("lane", int(T0) + 4).jobs == 5
    assert part.late("lane", int(T0) + 6).jobs == 7
    assert part.late("lane", int(T0) + 2).jobs == 3

    feed(ledger, event("succeeded", 20, "j0"), event("succeeded", 20, "j9"))
    feed(ledger, event("enqueued", 1, "x"), event("enqueued", 50, "y"))
    late = only_slice(ledger).late("lane", int(T0) + 2)
    assert (late.jobs, late.tenants.jobs, late.tenants.nameless) == (
        3,
        {"acct_1": 1, "acct_2": 1},
        1,
    )


def test_a_reader_may_move_far_over_few_jobs():
    ledger = fed(event("enqueued", 0, "a"), event("enqueued", 90_000, "b"))
    part = only_slice(ledger)

    assert part.late("lane", int(T0) + 100_000).jobs == 2
    assert part.late("lane", int(T0) + 10).jobs == 1


def test_scheduled_and_retrying_jobs_become_due_when_their_time_comes():
    ledger = fed(
        event("enqueued", 0, "later", due_at=30.5),
        event("enqueued", 0, "again"),
        event("retrying", 1, "again", due_at=60),
    )
    desk, part = ledger.desk(SOURCE), only_slice(ledger)

    desk.promote(T0 + 30.2)
    assert part.phases[1] == 1, "half a second too early"
    desk.promote(T0 + 31)
    assert (part.phases[1], part.phases[6], part.phases[3]) == (0, 1, 1)
    desk.promote(T0 + 61)
    assert (part.phases[3], part.phases[7]) == (0, 1)

    feed(ledger, event("started", 62, "later"), event("succeeded", 62, "again"))
    assert part.unfinished == 1


def test_failing_jobs_are_those_that_failed_twice_or_died():
    ledger = fed(
        event("retrying", 1, "once", error=boom("x")),
        event("retrying", 1, "twice", error=boom("x")),
        event("started", 2, "twice", attempt=2),
        event("retrying", 3, "twice", error=boom("y")),
        event("dead", 1, "dead", error=boom("z")),
        event("dead", 1, "silent"),
    )

    failing = only_slice(ledger).failing
    assert {key: [job.id for job in jobs] for key, jobs in failing.items()} == {
        "ValueError: x": ["twice"],
        "ValueError: z": ["dead"],
        "": ["silent"],
    }

    feed(ledger, event("succeeded", 9, "twice"))
    assert "ValueError: x" not in only_slice(ledger).failing


def test_the_greatest_age_at_a_success_is_remembered():
    ledger = fed(event("enqueued", 0, "a"), event("succeeded", 100, "a"))
    part = only_slice(ledger)
    minute = int(T0) // 60 * 60

    assert part.greatest_age_since(minute) == pytest.approx(100, rel=0.03)
    ledger.take_deltas()
    feed(ledger, event("enqueued", 101, "b"), event("succeeded", 102, "b"))
    ledger.take_deltas()
    assert part.greatest_age_since(minute) == pytest.approx(100, rel=0.03)
    assert part.greatest_age_since(minute + 600) is None


def test_the_oldest_age_is_noted_in_the_present_minute():
    ledger = fed(event("enqueued", 0), event("enqueued", 0, "later", queue="far", due_at=9_000))
    ledger.observe(T0 + 30)
    ledger.observe(T0 + 35)

    ages = {key.queue: minute.oldest_age_s for key, minute in ledger.take_deltas().minutes.items()}
    assert max(age for age in ages.values() if age is not None) == 35.0
    assert ages["far"] is None

    ledger.observe(T0 + 36)
    ledger.take_deltas()
    assert only_slice(ledger).recent[int(T0 + 36) // 60 * 60].oldest_age_s == 36.0


def test_what_is_delivered_is_remembered_and_not_delivered_again():
    ledger = fed(event("enqueued", 0))
    first = int(T0) // 60 * 60
    assert ledger.take_deltas()
    assert not ledger.take_deltas()

    feed(ledger, event("enqueued", 1, "b"))
    assert only_slice(ledger).count_minutes("arrivals", first, first + 60) == [2, 0]


def test_unfinished_jobs_can_be_walked_through():
    ledger = fed(event("enqueued", 0, "a"), event("enqueued", 0, "b"), event("succeeded", 1, "b"))
    feed(ledger, event("dead", 0, "c"))

    assert [(source, job.id) for source, job in ledger.unfinished()] == [(SOURCE, "a")]


def test_the_oldest_jobs_are_all_of_them_when_they_are_few():
    ledger = fed(event("enqueued", 1, "b"), event("enqueued", 0, "a"))

    assert [job.id for job in only_slice(ledger).oldest(9)] == ["a", "b"]
    assert only_slice(ledger).oldest_dues(9) == [T0, T0 + 1]


def test_an_error_is_found_by_the_number_under_which_a_slice_keeps_it():
    ledger = fed(event("dead", 0, error=boom("no such customer")))

    [stat] = only_slice(ledger).reasons.values()

    assert ledger.error(stat.first_error)["message"] == "no such customer"
    assert ledger.error(0) is None


def test_a_retry_in_another_queue_is_none_of_the_reason_there():
    ledger = fed(
        event("retrying", 1, attempt=1, error=boom()),
        event("started", 2, attempt=2, queue="slow"),
        event("succeeded", 3, attempt=2, queue="slow"),
    )

    [stat] = only_slice(ledger).reasons.values()
    assert (stat.last_retry_at, stat.recovered) == (None, {})
    assert only_slice(ledger, "slow").reasons == {}
