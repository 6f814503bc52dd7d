"""Jobs that left the broker without an end."""

import pytest

from tests.core.ledger.feed import QUEUE, SOURCE, event, fed, feed, reading


def gone(ledger, id_="job-1"):
    desk = ledger.desk(SOURCE)
    return desk.readings[QUEUE].gone(desk.find(id_))


def looked(ledger, *readings):
    for one in readings:
        ledger.take_reading(one)
    return ledger


def test_two_looks_in_a_row_that_do_not_have_the_job_say_that_it_is_gone():
    ledger = looked(fed(event("enqueued", 0)), reading(60))
    assert not gone(ledger), "one look may have come at the wrong moment"

    assert gone(looked(ledger, reading(65)))


def test_an_older_look_that_comes_late_says_nothing():
    ledger = looked(fed(event("enqueued", 0)), reading(60), reading(55), reading(60))

    assert not gone(ledger)


@pytest.mark.parametrize(
    "said",
    [
        {"sees_all": False},
        {"waiting": 3},
        {"oldest_due_at": 70, "oldest_source": "broker", "waiting": 1},
        {"oldest_due_at": 0, "oldest_source": "exact", "waiting": 1},
    ],
)
def test_a_look_that_may_have_the_job_proves_nothing(said):
    assert not gone(looked(fed(event("enqueued", 0)), reading(60), reading(65, **said)))


@pytest.mark.parametrize("source", ["exact", "stamp"])
def test_a_job_older_than_the_oldest_in_the_broker_is_gone(source):
    said = {"oldest_due_at": 30, "oldest_source": source, "waiting": 1}
    ledger = fed(event("enqueued", 0), event("enqueued", 27, "job-2"))

    looked(ledger, reading(60, **said), reading(65, **said))

    assert gone(ledger)
    assert not gone(ledger, "job-2"), "stamps may be rounded by seconds"


def test_a_job_that_runs_is_not_gone():
    ledger = fed(event("enqueued", 0), event("started", 1))

    assert not gone(looked(ledger, reading(60), reading(65)))


def test_a_job_that_was_just_heard_of_is_not_gone():
    ledger = fed(event("enqueued", 0), event("retrying", 62))

    assert not gone(looked(ledger, reading(60), reading(65)))
    assert gone(looked(feed(ledger), reading(70), reading(75)))


def test_when_sight_is_lost_a_counter_begins_anew():
    ledger = looked(fed(), *[reading(at, done_counter=at) for at in (0, 5)])
    counted = ledger.desk(SOURCE).readings[QUEUE].counted
    assert counted.done_at_least(reading(5).taken_at, 60.0) == 5

    for queue in (QUEUE, "never seen"):
        ledger.lose_sight(SOURCE, queue)
    looked(ledger, reading(10, done_counter=2))

    assert counted.done_at_least(reading(10).taken_at, 60.0) == 0
    ledger.lose_sight(SOURCE, QUEUE)
    ledger.lose_sight(SOURCE, QUEUE)
    assert counted.last is None
