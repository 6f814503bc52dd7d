"""The ledger stays small whatever it is fed."""

import pytest

from tailback.core.ledger import failing, history, shared
from tailback.core.ledger.failing import Errors, masked_reason
from tailback.core.ledger.finished import Finished
from tailback.core.ledger.history import Names
from tailback.core.ledger.tenants import EXACT_TENANTS, TenantCount, distinct
from tests.core.ledger.feed import QUEUE, SOURCE, T0, boom, event, fed, feed, only_slice, state

DAY = 86_400.0


def test_a_retry_loop_of_thousands_keeps_its_age_its_count_and_little_else():
    ledger = fed(event("enqueued", 0))
    for n in range(1, 1_000):
        feed(ledger, event("started", n, attempt=n), event("retrying", n + 0.5, attempt=n))

    view = ledger.job(SOURCE, "job-1")
    job = ledger.desk(SOURCE).find("job-1")
    assert len(job.history) <= 2_048 + 64
    assert (view.first_due_at, view.fails, view.attempt) == (T0, 999, 999)


def test_events_older_than_what_history_reaches_are_taken_as_known():
    ledger = fed(event("started", 0))
    for n in range(1, 200):
        feed(ledger, event("retrying", n, attempt=n, error=boom()))
    before = ledger.job(SOURCE, "job-1")

    feed(ledger, event("failed", 1.5), event("retrying", 1, attempt=1))

    assert ledger.job(SOURCE, "job-1") == before


def test_a_late_event_within_a_trimmed_history_keeps_the_count():
    ledger = fed(event("enqueued", 0))
    for n in range(1, 200):
        feed(ledger, event("retrying", n, attempt=n))

    feed(ledger, event("failed", 198.5))

    view = ledger.job(SOURCE, "job-1")
    assert (view.fails, view.first_due_at) == (200, T0)


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
    for id_, told in jobs.items():
        finished.add(id_, told)

    finished.forget(jobs, T0)

    assert list(jobs) == ["b", "c"]
    assert len(finished) == 2


def test_a_job_that_lives_again_is_not_forgotten_with_its_earlier_life():
    ledger = fed(event("enqueued", 0), event("succeeded", 1))
    feed(ledger, event("enqueued", 50_000), at=50_000)

    feed(ledger, at=DAY + 1)

    assert state(ledger) == "waiting"


def test_beyond_so_many_slices_the_rest_share_one(monkeypatch):
    monkeypatch.setattr(shared, "MAX_SLICES", 3)

    ledger = fed(*[event("enqueued", 0, f"job-{n}", queue=f"queue-{n}") for n in range(6)])

    assert ledger.open_jobs() == 6
    assert ledger.overflowed
    assert only_slice(ledger, shared.OTHER_SLICE).unfinished == 3


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
