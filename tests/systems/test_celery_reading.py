"""How messages in lists and in the hands of workers add up to one reading."""

from tailback.systems.celery.memory import BETWEEN_ATTEMPTS_S, MAX_SEEN, Memory
from tailback.systems.celery.message import UNREADABLE, Message
from tailback.systems.celery.reading import Placed, RawQueue, make_reading

NOW = 1_800_000_000.0


def listed(since=NOW, **fields):
    return Placed(Message(**{"id": "j", "job": "shop.send", **fields}), since)


def taken(since=NOW, **fields):
    return Placed(Message(**{"id": "j", "job": "shop.send", **fields}), since, taken=True)


def read(*placed, length=None, memory=None, now=NOW, broker_now=None, all_taken_read=True):
    here = [one for one in placed if not one.taken]
    raw = RawQueue(
        "emails", len(here) if length is None else length, len(here), list(placed), all_taken_read
    )
    memory = Memory() if memory is None else memory
    return make_reading("shop", raw, memory, now, now if broker_now is None else broker_now)


def test_an_empty_queue_has_nothing_and_all_of_it_was_seen():
    reading = read()

    assert (reading.waiting, reading.retrying, reading.scheduled) == (0, 0, 0)
    assert reading.oldest_due_at is None
    assert reading.running is None
    assert reading.sees_all


def test_a_stamped_job_ages_from_its_stamp_wherever_it_is():
    reading = read(
        listed(id="a", due=NOW - 50), taken(id="b", due=NOW - 3000, retries=4, eta=NOW + 60)
    )

    assert reading.oldest_due_at == NOW - 3000
    assert reading.oldest_source == "stamp"
    assert (reading.waiting, reading.retrying, reading.scheduled) == (1, 1, 0)
    assert reading.ready_wait == 50
    assert reading.oldest_by_job == {"shop.send": NOW - 3000}


def test_a_first_eta_is_scheduled_and_not_late_until_it_comes():
    early = read(taken(eta=NOW + 1, due=NOW + 1))
    late = read(taken(eta=NOW - 9, due=NOW - 9))

    assert (early.scheduled, early.waiting, early.oldest_due_at) == (1, 0, None)
    assert (late.scheduled, late.waiting, late.overdue_scheduled) == (0, 1, 1)
    assert late.oldest_due_at == NOW - 9


def test_an_eta_without_a_stamp_is_late_from_that_moment():
    reading = read(taken(eta=NOW - 9, since=NOW - 500))

    assert (reading.oldest_due_at, reading.oldest_source) == (NOW - 9, "first_seen")


def test_without_a_stamp_the_age_is_since_it_was_first_seen_through_every_retry():
    memory = Memory()
    read(listed(since=NOW - 100), memory=memory, now=NOW - 100)

    reading = read(taken(since=NOW - 1, retries=3, eta=NOW + 5), memory=memory)

    assert (reading.oldest_due_at, reading.oldest_source) == (NOW - 100, "first_seen")
    assert reading.retrying == 1


def test_a_retry_that_runs_just_now_keeps_its_age_for_a_while():
    memory = Memory()
    read(taken(retries=3, due=NOW - 900, eta=NOW), memory=memory)

    during = read(memory=memory, now=NOW + 2)
    after = read(memory=memory, now=NOW + BETWEEN_ATTEMPTS_S + 3)

    assert during.oldest_due_at == NOW - 900
    assert during.retrying == 1
    assert not during.sees_all
    assert during.notes == ("between-attempts=1",)
    assert after.oldest_due_at is None
    assert after.retrying == 0


def test_a_first_attempt_that_is_gone_from_the_broker_has_no_age():
    memory = Memory()
    read(listed(due=NOW - 900), memory=memory)

    assert read(memory=memory, now=NOW + 1).oldest_due_at is None


def test_of_a_long_list_the_shares_are_those_of_the_sample():
    sample = [
        listed(id=str(n), eta=NOW + 60 if n % 4 == 0 else None, since=NOW - 5) for n in range(20)
    ]

    reading = read(*sample, length=1000)

    assert (reading.waiting, reading.scheduled) == (750, 250)
    assert reading.notes == ("sampled=20",)
    assert not reading.sees_all


def test_the_oldest_of_a_sample_is_called_one():
    assert read(listed(due=NOW - 5), length=9).oldest_source == "sample"


def test_what_workers_hold_is_not_counted_before_all_of_it_was_read():
    reading = read(taken(retries=1, due=NOW - 7), all_taken_read=False)

    assert (reading.retrying, reading.scheduled) == (None, None)
    assert (reading.oldest_due_at, reading.oldest_source) == (NOW - 7, "sample")
    assert "held-by-workers-partly-read" in reading.notes


def test_the_polling_for_a_chord_is_no_work():
    reading = read(
        taken(job="celery.chord_unlock", retries=40, due=NOW - 99),
        listed(job="celery.chord_unlock"),
    )

    assert (reading.waiting, reading.retrying, reading.oldest_due_at) == (0, 0, None)


def test_an_unreadable_message_counts_and_ages_since_it_was_seen():
    reading = read(Placed(UNREADABLE, NOW - 30))

    assert (reading.waiting, reading.oldest_due_at, reading.oldest_source) == (
        1,
        NOW - 30,
        "first_seen",
    )
    assert not reading.sees_all


def test_a_guessed_stamp_is_at_least_and_never_younger_than_what_was_seen():
    memory = Memory()
    read(listed(since=NOW - 60), memory=memory)

    reading = read(taken(retries=1, due=NOW - 40, guessed=True), memory=memory)

    assert (reading.oldest_due_at, reading.oldest_source) == (NOW - 60, "first_seen")


def test_ages_are_told_by_the_clock_of_the_one_who_looks_and_never_negative():
    broker = NOW - 3600
    behind = read(listed(due=broker - 90), broker_now=broker)
    ahead = read(listed(due=NOW + 5))

    assert behind.oldest_due_at == NOW - 90
    assert ahead.oldest_due_at == NOW


def test_the_memory_of_ids_is_bounded():
    memory = Memory()
    for number in range(MAX_SEEN + 50):
        memory.first_seen(str(number), NOW)

    assert len(memory.seen) == MAX_SEEN
    assert memory.first_seen("0", NOW + 1) == NOW + 1
