"""What the events of one job mean."""

import pytest

from tests.core.ledger.feed import (
    JOB,
    SOURCE,
    T0,
    boom,
    event,
    fed,
    feed,
    only_slice,
    state,
    totals,
)


def view(ledger, id_="job-1"):
    return ledger.job(SOURCE, id_)


def test_age_counts_from_the_first_enqueue_across_retries_and_reenqueues():
    ledger = fed(
        event("enqueued", 0),
        event("started", 1, attempt=1),
        event("retrying", 2, attempt=1, due_at=60, error=boom()),
        event("enqueued", 60, due_at=200),
        event("started", 61, attempt=2),
    )

    assert view(ledger).first_due_at == T0
    assert view(ledger).state == "running"
    assert view(ledger).attempt == 2


def test_a_stamp_on_any_event_moves_the_first_enqueue_back():
    ledger = fed(event("started", 50, first_enqueued_at=-300))

    assert view(ledger).first_due_at == T0 - 300
    assert view(ledger).first_enqueued_at == T0 - 300


def test_without_any_enqueue_the_earliest_known_moment_stands():
    ledger = fed(event("started", 50))

    assert view(ledger).first_due_at == T0 + 50
    assert view(ledger).first_enqueued_at is None


def test_a_job_scheduled_for_later_is_due_when_its_time_comes():
    ledger = fed(event("enqueued", 0, due_at=600))

    assert view(ledger).state == "scheduled"
    assert view(ledger).first_due_at == T0 + 600


def test_the_due_time_of_a_reenqueue_is_no_first_eta():
    ledger = fed(event("enqueued", 100, first_enqueued_at=0, due_at=160))

    assert view(ledger).first_due_at == T0


def test_a_stamp_within_a_second_of_the_enqueue_keeps_its_eta():
    ledger = fed(event("enqueued", 100, due_at=160), event("started", 161, first_enqueued_at=99.5))
    assert view(ledger).first_due_at == T0 + 160

    feed(ledger, event("retrying", 162, first_enqueued_at=50))
    assert view(ledger).first_due_at == T0 + 50


def test_a_scheduled_job_that_is_enqueued_at_last_waits():
    ledger = fed(event("enqueued", 0, due_at=60), event("enqueued", 60))

    assert view(ledger).state == "waiting"
    assert view(ledger).ready_at == T0 + 60


def test_ready_wait_counts_this_attempt_only():
    ledger = fed(
        event("enqueued", 0),
        event("started", 2, attempt=1),
        event("retrying", 3, attempt=1, due_at=30),
        event("started", 38, attempt=2),
        at=40,
    )

    waits = [m.ready_wait for m in ledger.take_deltas().minutes.values()]
    longest = max(w.quantile(1.0) for w in waits if w)
    assert sum(w.count for w in waits) == 2
    assert longest == pytest.approx(8, rel=0.03)


@pytest.mark.parametrize("kind", ["succeeded", "discarded"])
def test_a_job_that_ended_is_unfinished_no_more(kind):
    ledger = fed(event("enqueued", 0), event(kind, 5))

    assert ledger.open_jobs() == 0
    assert state(ledger) == kind


def test_a_failure_of_unknown_future_leaves_the_job_unfinished():
    ledger = fed(event("enqueued", 0), event("started", 1), event("failed", 2, error=boom()))

    assert state(ledger) == "failed"
    assert ledger.open_jobs() == 1


def test_a_dead_job_leaves_the_age_and_is_kept_as_dead():
    ledger = fed(event("enqueued", 0, tenant="acct_1"), event("dead", 5, error=boom()))

    part = only_slice(ledger)
    assert part.oldest_dues(1) == []
    assert [job.id for job in ledger.dead(SOURCE, "emails", (), 10)] == ["job-1"]
    assert part.failing_tenants.jobs == {"acct_1": 1}


@pytest.mark.parametrize("kind", ["enqueued", "started"])
def test_a_dead_job_lives_again_when_it_is_retried(kind):
    ledger = fed(event("enqueued", 0), event("dead", 5), event(kind, 100))

    assert ledger.dead(SOURCE, "emails", (), 10) == []
    assert view(ledger).first_due_at == T0 + 100


@pytest.mark.parametrize("kind", ["succeeded", "discarded"])
def test_a_dead_job_is_settled_by_a_success_or_a_discard(kind):
    ledger = fed(event("enqueued", 0), event("dead", 5), event(kind, 100))

    assert state(ledger) == kind
    assert only_slice(ledger).dead == {}


def test_a_dead_job_that_somebody_took_care_of_counts_no_more():
    ledger = fed(
        event("enqueued", 0, tenant="acct_1"), event("dead", 5), event("enqueued", 0, "other")
    )

    assert ledger.acknowledge(SOURCE, ["job-1", "other", "unknown"]) == 1
    assert only_slice(ledger).dead == {}
    assert only_slice(ledger).failing_tenants.jobs == {}


def test_an_enqueue_after_the_end_begins_another_life():
    ledger = fed(event("enqueued", 0), event("started", 1), event("succeeded", 2, ran_for=1.0))

    feed(ledger, event("enqueued", 500, first_enqueued_at=0))

    assert view(ledger).first_due_at == T0 + 500, "stamps of the earlier life are not believed"
    assert totals(ledger)["arrivals"] == 2


def test_late_events_of_an_ended_job_are_counted_but_change_nothing():
    ledger = fed(event("enqueued", 0), event("succeeded", 9))

    feed(ledger, event("started", 1), event("retrying", 2, error=boom()), event("lost", 3))
    feed(
        ledger,
        event("started", 11),
        event("failed", 12),
        event("lost", 13),
        event("succeeded", 14),
    )

    assert state(ledger) == "succeeded"
    counted = totals(ledger)
    assert (counted["started"], counted["failed"], counted["lost"]) == (2, 2, 2)
    assert counted["completed"] == 1


def test_an_enqueue_that_clocks_put_after_the_end_belongs_to_that_life():
    ledger = fed(event("started", 10), event("succeeded", 10.01), event("enqueued", 10.2))

    assert state(ledger) == "succeeded"
    assert totals(ledger)["arrivals"] == 1


def test_a_failure_reported_twice_is_one_failure():
    ledger = fed(
        event("enqueued", 0),
        event("started", 1, attempt=1),
        event("failed", 2, attempt=1, error=boom()),
        event("retrying", 2.1, attempt=1, due_at=30, error=boom()),
        event("retrying", 2.2, attempt=1, due_at=31),
    )

    counted = totals(ledger)
    assert (counted["failed"], counted["retried"]) == (1, 1)
    assert state(ledger) == "retrying"


def test_a_start_without_a_number_may_be_any_attempt():
    ledger = fed(
        event("retrying", 2, attempt=1), event("started", 3), event("retrying", 4, attempt=1)
    )

    assert totals(ledger)["failed"] == 2


def test_a_late_report_of_an_earlier_attempt_leaves_the_present_one_alone():
    ledger = fed(
        event("enqueued", 0),
        event("started", 20, attempt=2, worker="w2"),
        event("retrying", 20.5, attempt=1, due_at=50),
        event("started", 20.6, attempt=1),
        event("lost", 20.7, attempt=1),
    )

    assert state(ledger) == "running"
    assert view(ledger).worker == "w2"


def test_only_the_last_failures_are_told_apart():
    retries = [event("retrying", n, attempt=n) for n in range(1, 21)]

    ledger = fed(event("enqueued", 0), *retries, event("retrying", 20.5, attempt=20))

    assert view(ledger).fails == 20


def test_the_first_useful_error_stays_the_one_of_the_lowest_attempt():
    ledger = fed(
        event("retrying", 5, attempt=2, error=boom("second")),
        event("retrying", 6, attempt=1, error=boom("first")),
        event("dead", 7, attempt=3, error=boom("gave up")),
    )

    assert view(ledger).first_error["message"] == "first"
    assert view(ledger).latest_error["message"] == "gave up"
    assert view(ledger).reason == "ValueError: first"


def test_a_lost_job_stays_unfinished_where_it_is_redelivered():
    ledger = fed(event("enqueued", 0), event("started", 1, worker="w1"), event("lost", 50))

    assert state(ledger) == "lost"
    assert view(ledger).losses == 1
    assert view(ledger).first_due_at == T0


def test_a_lost_job_is_dead_where_nothing_redelivers_it():
    ledger = fed(
        event("enqueued", 0), event("started", 1), event("lost", 50, error=boom()),
        redelivers=lambda source: source != SOURCE,
    )  # fmt: skip

    assert state(ledger) == "dead"
    counted = totals(ledger)
    assert (counted["lost"], counted["dead"]) == (1, 1)


def test_run_time_is_measured_when_nobody_tells_it():
    ledger = fed(
        event("enqueued", 0), event("started", 1), event("retrying", 3),
        event("started", 4), event("succeeded", 8),
    )  # fmt: skip

    counted = totals(ledger)
    assert (counted["run_ms"], counted["failed_run_ms"]) == (6000, 2000)


def test_a_job_without_a_name_has_its_queue_for_a_name_until_it_is_known():
    ledger = fed(event("enqueued", 0, job=None), event("started", 1))

    assert view(ledger).job == JOB

    feed(ledger, event("retrying", 2, job=None))
    assert view(ledger).job == JOB


def test_of_two_ends_at_one_moment_the_better_one_stands():
    ledger = fed(event("enqueued", 0), event("dead", 5), event("succeeded", 5))

    assert state(ledger) == "succeeded"
    assert "dead" not in totals(ledger)


def test_a_job_says_how_many_attempts_it_gets_and_the_latest_word_counts():
    ledger = fed(event("enqueued", 0), event("started", 1, attempt=1))
    assert ledger.job(SOURCE, "job-1").max_attempts is None
    feed(ledger, event("retrying", 2, attempt=1, max_attempts=3))
    feed(ledger, event("retrying", 4, attempt=2, max_attempts=70_000), event("failed", 3))

    assert ledger.job(SOURCE, "job-1").max_attempts == 65_535
    feed(ledger, event("dead", 5, attempt=3), event("enqueued", 6))
    assert ledger.job(SOURCE, "job-1").max_attempts is None


def test_the_greatest_number_of_attempts_is_known_from_any_event():
    ledger = fed(event("enqueued", 0, root="other", max_attempts=4))
    assert ledger.job(SOURCE, "job-1").max_attempts == 4

    feed(ledger, event("succeeded", 2), event("started", 1))

    job = ledger.job(SOURCE, "job-1")
    assert (job.state, job.max_attempts, job.root) == ("succeeded", 4, "other")
