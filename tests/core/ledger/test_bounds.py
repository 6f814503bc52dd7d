"""The ledger stays small whatever it is fed."""

import pytest

from tailback.core import facts
from tailback.core.ledger import Ledger, desk, failing, history, index, shared
from tailback.core.ledger.failing import Errors, masked_reason
from tailback.core.ledger.finished import Finished
from tailback.core.ledger.history import Names
from tailback.core.ledger.tenants import EXACT_TENANTS, TenantCount, distinct
from tailback.core.model import Lane
from tests.core.ledger.feed import QUEUE, SOURCE, T0, boom, event, fed, feed, only_slice, state

DAY = 86_400.0


def test_ended_jobs_are_forgotten_after_a_day():
    ledger = fed(event("enqueued", 0), event("succeeded", 1))
    feed(ledger, at=60)
    feed(ledger, at=DAY + 59)
    assert state(ledger) == "succeeded"

    feed(ledger, at=DAY + 60)
    assert state(ledger) is None


def test_beyond_the_limit_the_oldest_ended_job_is_forgotten_first():
    finished = Finished(limit=2)
    jobs = {"a": b"1", "b": b"2", "c": b"3"}
    finished.add(list(jobs), list(jobs.values()))

    finished.forget(jobs, T0)

    assert list(jobs) == ["b", "c"]
    assert len(finished) == 2


def test_a_job_that_lives_again_is_not_forgotten_with_its_earlier_life():
    ledger = fed(event("enqueued", 0), event("succeeded", 1))
    feed(ledger, event("enqueued", 50_000), at=50_000)
    feed(ledger, event("succeeded", 50_001, "other"), at=50_000)

    feed(ledger, at=DAY + 50_000)

    assert state(ledger) == "waiting"
    assert state(ledger, "other") == "succeeded"


def test_beyond_so_many_slices_the_rest_share_one(monkeypatch):
    monkeypatch.setattr(shared, "MAX_SLICES", 3)

    ledger = fed(*[event("enqueued", 0, f"job-{n}", queue=f"queue-{n}") for n in range(6)])

    assert ledger.open_jobs() == 6
    assert ledger.overflowed
    part = only_slice(ledger, shared.OTHER_SLICE)
    assert part.unfinished == 3

    feed(ledger, event("started", 1, "job-5", queue="queue-5"))
    assert len(part.running) == 1
    feed(ledger, event("succeeded", 2, "job-5", queue="queue-5"))
    assert part.unfinished == 2


def test_beyond_so_many_dead_jobs_of_a_source_the_first_are_counted_no_more(monkeypatch):
    monkeypatch.setattr(desk, "MAX_DEAD", 3)

    ledger = fed(*[event("dead", n, f"job-{n}", tenant=f"acct_{n}") for n in range(5)])

    part = only_slice(ledger)
    assert list(part.dead) == ["job-2", "job-3", "job-4"]
    assert set(part.failing_tenants.jobs) == {"acct_2", "acct_3", "acct_4"}
    feed(ledger, event("started", 9, "job-3"), event("dead", 9, "job-5"))
    assert list(part.dead) == ["job-2", "job-4", "job-5"]


def test_dead_jobs_that_are_too_many_are_counted_apart_for_as_long_as_they_are_kept(monkeypatch):
    monkeypatch.setattr(desk, "MAX_DEAD", 3)
    ledger = fed(*[event("dead", n, f"job-{n}") for n in range(5)], at=10)
    assert only_slice(ledger).unlisted_by(T0) == 2

    ledger = Ledger.restore(ledger.checkpoint())

    part = only_slice(ledger)
    assert (part.unlisted, part.unlisted_at) == (2, T0 + 10)
    assert part.unlisted_by(T0 + 10 + 14 * 86_400) == 2
    assert part.unlisted_by(T0 + 11 + 14 * 86_400) == 0
    lane = Lane(key="emails", name="Emails", source=SOURCE, queue=QUEUE)
    assert facts.gather(ledger, None, lane, T0 + 20).unlisted == 2


def test_jobs_are_taken_in_even_when_nobody_asks():
    ledger = Ledger()
    for n in range(3):
        ledger.apply(SOURCE, [event("enqueued", n, f"slow-{n}")], T0 + n * desk.FOLD_AFTER_S)
    assert [one.id for one in ledger.desk(SOURCE).fresh.events] == ["slow-2"]

    many = [event("enqueued", n / 100, f"j{n}") for n in range(desk.FOLD_OVER + 1)]
    ledger.apply(SOURCE, many, T0 + 2 * desk.FOLD_AFTER_S)
    assert ledger.desk(SOURCE).fresh.events == []
    assert ledger.open_jobs() == len(many) + 3


def test_a_job_that_cannot_be_taken_in_loses_no_other_job():
    def classify(error):
        return {"known": "reason"}[error["message"]]

    ledger = Ledger(classify=classify)
    course = [event("dead", n, f"j{n}", error=boom("known")) for n in range(4)]
    course[1] = event("dead", 1, "j1", error=boom("odd"))
    ledger.apply(SOURCE, [*course, event("enqueued", 9, "plain")], T0)

    with pytest.raises(KeyError):
        ledger.open_jobs()

    assert ledger.open_jobs() == 1
    assert list(only_slice(ledger).dead) == ["j0", "j2", "j3"]


def test_jobs_of_very_many_seconds_are_found_in_order(monkeypatch):
    monkeypatch.setattr(index, "SHARED_SECONDS", 2)

    ledger = fed(*[event("enqueued", n % 7, f"j{n}") for n in range(21)])

    assert only_slice(ledger).oldest_dues(4) == [T0, T0, T0, T0 + 1]
    assert len(ledger.desk(SOURCE).index.seconds) <= 3


def test_beyond_so_many_names_a_name_is_not_kept(monkeypatch):
    monkeypatch.setattr(history, "MAX_NAMES", 2)
    monkeypatch.setattr(history, "MAX_HASHES", 1)
    names = Names()

    kept = [names.tenant(f"acct_{n}")[0] for n in range(4)]

    assert kept == ["acct_0", "acct_1", None, None]
    assert len(names.hashes) == 2
    assert names.shared(None) is None


def test_when_the_errors_are_too_many_the_first_of_a_reason_stands_for_it(monkeypatch):
    monkeypatch.setattr(failing, "MAX_ERRORS", 2)
    errors = Errors(lambda error: error["type"])
    first = errors.number(boom("one", "Known"))
    errors.number(boom("two", "Known"))

    assert errors.number(boom("three", "Known")) == first
    strange = errors.number(boom("four", "Strange"))
    assert errors.reasons[strange] == failing.OTHER_REASON
    assert errors.number(boom("five", "Odd")) == strange


def test_only_the_first_errors_of_a_reason_keep_their_trace():
    errors = Errors(masked_reason)
    numbers = [errors.number(boom(f"order {n}", trace="…")) for n in range(5)]

    assert ["trace" in errors.errors[number] for number in numbers] == [True] * 3 + [False] * 2


def test_reasons_of_a_slice_are_bounded(monkeypatch):
    monkeypatch.setattr("tailback.core.ledger.tally.MAX_REASONS", 2)
    ledger = fed(*[event("retrying", n, f"j{n}", error=boom("x", f"E{n}")) for n in range(4)])

    assert set(only_slice(ledger).reasons) == {"E0: x", "E1: x", failing.OTHER_REASON}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (boom("order 123 of 'ann' not found", "KeyError"), "KeyError: order # of '…' not found"),
        ({"type": "Timeout"}, "Timeout"),
        ({"message": "no type\nsecond line"}, "Error: no type"),
        ({"status": 500}, "Error"),
    ],
)
def test_the_reason_of_last_resort_is_the_masked_error(error, reason):
    assert masked_reason(error) == reason


def test_the_reasons_of_failing_jobs_are_bounded_and_give_every_job_back(monkeypatch):
    monkeypatch.setattr("tailback.core.ledger.slices.MAX_REASONS", 2)
    ledger = fed(*[event("dead", n, f"j{n}", error=boom("x", f"E{n}")) for n in range(5)])

    part = only_slice(ledger)
    assert {reason: len(jobs) for reason, jobs in part.failing.items()} == {
        "E0: x": 1,
        "E1: x": 1,
        failing.OTHER_REASON: 3,
    }
    for n in range(5):
        feed(ledger, event("succeeded", 10 + n, f"j{n}"))
    assert part.failing == {}
    assert not part.failing_tenants.jobs


def test_reason_counts_reach_back_so_many_minutes():
    ledger = fed(*[event("retrying", 60 * n, f"j{n}", error=boom()) for n in range(200)])

    [stat] = only_slice(ledger).reasons.values()
    assert len(stat.minutes) == 180


def test_jobs_that_recovered_are_counted_by_reason_for_the_last_minutes():
    ledger = fed()
    for n in range(40):
        at = 60 * n
        feed(
            ledger,
            event("retrying", at, f"j{n}", error=boom()),
            event("succeeded", at + 1, f"j{n}"),
        )

    [stat] = only_slice(ledger).reasons.values()
    assert len(stat.recovered) == 30


def test_past_minutes_reach_back_three_hours():
    ledger = fed()
    for n in range(300):
        feed(ledger, event("enqueued", 60 * n, f"j{n}"))
        ledger.take_deltas()

    assert len(only_slice(ledger).recent) <= 180


class TestTenants:
    def test_are_exact_up_to_ten_thousand(self):
        count = TenantCount()
        for n in range(EXACT_TENANTS):
            count.add(f"acct_{n}")
        count.add(None)

        assert distinct([count]) == (EXACT_TENANTS, True)
        assert count.nameless == 1

    def test_are_estimated_beyond_and_counted_down_again(self):
        count = TenantCount()
        for n in range(40_000):
            count.add(f"acct_{n}")

        estimate, exact = distinct([count, TenantCount()])
        assert not exact
        assert estimate == pytest.approx(40_000, rel=0.05)

        for n in range(40_000):
            count.remove(f"acct_{n}")
        count.remove(None)
        assert (distinct([count]), count.level) == ((0, True), 0)

    def test_with_several_jobs_stay_until_the_last_left(self):
        count = TenantCount()
        count.add("acct_1")
        count.add("acct_1")
        count.remove("acct_1")

        assert count.jobs == {"acct_1": 1}

    def test_are_none_in_no_counts(self):
        assert distinct([]) == (0, True)


def test_the_same_event_told_a_thousand_times_is_one_event():
    enqueue, start = event("enqueued", 0), event("started", 1, attempt=1)
    ledger = fed(*[enqueue, start] * 1_000)

    deltas = ledger.take_deltas()
    [minute] = deltas.minutes.values()
    assert (minute.arrivals, minute.started) == (1, 1)
    assert ledger.queues() == [(SOURCE, QUEUE)]
