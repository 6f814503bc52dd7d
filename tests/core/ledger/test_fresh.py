"""The short ways of plain jobs end as the thorough way does, whenever somebody looks."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.ledger.feed import SOURCE, boom, event, fed, feed
from tests.core.oracle import RANK
from tests.core.test_ledger_properties import everything

PLAIN = (
    event("enqueued", 59, tenant="acct_1"),
    event("started", 59.5, attempt=1, worker="w1", tenant="acct_1"),
    event("succeeded", 61, attempt=1, ran_for=1.5, tenant="acct_1"),
)
STAMPED = (
    event("enqueued", 0, first_enqueued_at=0),
    event("started", 0, first_enqueued_at=0),
    event("succeeded", 0, first_enqueued_at=0, ran_for=0.0),
)
# What is odd about a start or a success, so that the short way must not be taken.
ODD = (
    {"queue": "another"},
    {"job": "another"},
    {"tenant": "acct_2"},
    {"first_enqueued_at": -40},
    {"first_enqueued_at": 59},
    {"root": "root"},
    {"error": boom()},
    {"attempt": 70_000},
    {"attempt": 2},
    {"max_attempts": 5},
    {"at": 30},
    {"ran_for": None},
    {"kind": "retrying"},
    {"kind": "discarded"},
)


def told(looks, course):
    """A ledger that is asked before each event for which `looks` says so."""
    ledger = fed()
    for look, one in zip(looks, course, strict=True):
        if look:
            ledger.open_jobs()
        ledger.apply(SOURCE, [one], one.at)
    return ledger


def thorough(course):
    ledger = fed()
    for one in course:
        ledger.desk(SOURCE)._take(one)
    return ledger


def all_of(ledger):
    return (*everything(ledger)[1:], ledger.job(SOURCE, "job-1"))


@pytest.mark.parametrize("looks", list(product([False, True], repeat=3)))
@pytest.mark.parametrize("course", [PLAIN, STAMPED], ids=["plain", "stamped"])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_plain_course_ends_the_same_whenever_somebody_looks(course, length, looks):
    course, looks = course[:length], looks[:length]

    assert all_of(told(looks, course)) == all_of(thorough(course))


@pytest.mark.parametrize("looks", list(product([False, True], repeat=3)))
@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize("place", [1, 2])
def test_what_is_not_plain_is_taken_the_thorough_way(place, odd, looks):
    course = [event(one.kind, one.at - event("enqueued", 0).at, **said(one)) for one in PLAIN]
    strange = said(course[place]) | odd
    kind, at = strange.pop("kind", course[place].kind), strange.pop("at", None)
    at = course[place].at - event("enqueued", 0).at if at is None else at
    course[place] = event(kind, at, **strange)

    assert all_of(told(looks, course)) == all_of(thorough(course))


def said(one):
    return {k: v for k, v in one.as_dict().items() if k not in {"kind", "at", "id"}}


@pytest.mark.parametrize("course", [PLAIN, STAMPED], ids=["plain", "stamped"])
@pytest.mark.parametrize("look", [False, True])
def test_a_job_that_ends_is_late_no_more(course, look):
    ledger = fed(event("enqueued", 0, "other"))
    [part] = ledger.slices(SOURCE, "emails")
    upto = int(event("enqueued", 120).at)
    part.late("lane", upto)

    for one, late in zip(course, (2, 2, 1), strict=True):
        ledger.apply(SOURCE, [one], one.at)
        if look:
            ledger.open_jobs()
            assert part.late("lane", upto).jobs == late
    ledger.open_jobs()

    assert part.late("lane", upto).jobs == 1


def test_a_job_that_ends_before_it_is_late_was_never_late():
    ledger = fed(event("enqueued", 0, "other"), PLAIN[0])
    [part] = ledger.slices(SOURCE, "emails")
    upto = int(event("enqueued", 30).at)
    before = part.late("lane", upto).jobs

    feed(ledger, *PLAIN[1:])

    assert (before, part.late("lane", upto).jobs) == (1, 1)


def test_a_start_in_a_later_minute_is_counted_there():
    ledger = fed(event("enqueued", 0), event("started", 300))

    minutes = ledger.take_deltas().minutes
    assert [(m.arrivals, m.started) for _, m in sorted(minutes.items())] == [(1, 0), (0, 1)]


@pytest.mark.parametrize("look", [False, True])
def test_an_earlier_success_that_comes_late_does_not_move_the_last_one(look):
    ledger = fed(*[event("enqueued", 0, id_) for id_ in "ab"])
    for id_ in "ab":
        ledger.apply(SOURCE, [event("started", 1, id_)], 0.0)

    for id_, at in (("b", 90), ("a", 2)):
        if look:
            ledger.open_jobs()
        ledger.apply(SOURCE, [event("succeeded", at, id_, ran_for=1)], 0.0)

    [part] = ledger.slices(SOURCE, "emails")
    assert part.last_success_at == event("succeeded", 90).at


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_many_jobs_end_the_same_in_one_batch_and_one_by_one(data):
    course = []
    for n in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.sampled_from([0.0, 0.5, 59.0, 100.0]))
        tenant = data.draw(st.sampled_from([None, "acct_1", "acct_2"]))
        events = [
            event(kind, at + gap, f"job-{n}", tenant=tenant,
                  ran_for=0.5 if kind == "succeeded" else None)
            for kind, gap in (("enqueued", 0), ("started", 0.25), ("succeeded", 1.5))
        ]  # fmt: skip
        course += events[: data.draw(st.integers(1, 3))]
    course.sort(key=lambda one: (one.at, RANK.index(one.kind)))
    looks = data.draw(st.lists(st.booleans(), min_size=len(course), max_size=len(course)))
    mixed = data.draw(st.permutations(course))

    expected = all_of(thorough(course))
    assert all_of(told(looks, mixed)) == all_of(fed(*course)) == all_of(fed(*mixed)) == expected
