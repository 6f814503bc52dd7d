"""A long history is cut short, and the job that is built from it is still the same."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tailback.core.ledger import desk, trimmed
from tests.core.ledger.feed import SOURCE, T0, boom, event, fed, feed


def view(ledger):
    return ledger.job(SOURCE, "job-1")


def retried(times, **said):
    """Events of a job that fails so many times; the first error is another one."""
    for n in range(1, times + 1):
        yield event("started", 10 * n, attempt=n, worker="w1", **said)
        error = boom("the first") if n == 1 else boom("connection refused")
        yield event("retrying", 10 * n + 5, attempt=n, error=error, **said)


def test_a_retry_loop_of_thousands_keeps_its_age_its_count_and_little_else():
    ledger = fed(event("enqueued", 0), *retried(1_000))

    job = ledger.desk(SOURCE).find("job-1")
    assert len(job.history) <= 2_048 + 64
    assert (view(ledger).first_due_at, view(ledger).fails, view(ledger).attempt) == (
        T0,
        1_000,
        1_000,
    )


def test_events_older_than_what_history_reaches_are_taken_as_known():
    ledger = fed(event("enqueued", 0), *retried(200))
    before = view(ledger)

    feed(ledger, event("failed", 11.5), event("retrying", 15, attempt=1, error=boom("the first")))

    assert view(ledger) == before


def test_a_late_event_changes_nothing_but_what_it_says_itself():
    ledger = fed(event("enqueued", 0, tenant="acct_1"), *retried(200, tenant="acct_1"))
    before = view(ledger)

    feed(ledger, event("failed", 1_999, error=boom("late")))

    assert view(ledger) == replace(before, fails=201)
    assert before.first_error["message"] == "the first"


def test_the_first_enqueue_that_only_a_stamp_told_is_kept():
    ledger = fed(event("enqueued", 0), event("started", 1, first_enqueued_at=-300), *retried(200))

    feed(ledger, event("failed", 1_999))

    assert view(ledger).first_due_at == T0 - 300


def test_without_any_enqueue_the_earliest_event_is_kept():
    ledger = fed(*retried(200))

    feed(ledger, event("failed", 1_999))

    assert view(ledger).first_due_at == T0 + 10
    assert view(ledger).first_enqueued_at is None


def test_stamps_of_an_earlier_life_are_still_not_believed():
    ledger = fed(event("enqueued", 0), event("succeeded", 1), event("enqueued", 5))
    feed(ledger, *retried(200, first_enqueued_at=0))

    feed(ledger, event("failed", 1_999))

    assert view(ledger).first_due_at == T0 + 5
    assert view(ledger).fails == 201


def test_losses_are_still_counted():
    ledger = fed(event("enqueued", 0), event("started", 1), event("lost", 2), *retried(200))

    feed(ledger, event("failed", 1_999))

    assert view(ledger).losses == 1


@pytest.mark.parametrize("kind", ["succeeded", "dead", "discarded"])
def test_a_job_that_ended_stays_ended_however_often_it_is_run_again(kind):
    ledger = fed(event("enqueued", 0), event("started", 1), event(kind, 2))

    for n in range(300):
        ghost = "started" if kind != "dead" else "lost"
        feed(ledger, event(ghost, 10 + n, worker="w2"))

    assert view(ledger).state == kind
    assert ledger.open_jobs() == 0


def test_a_job_that_runs_is_still_running_after_many_reports_of_earlier_attempts():
    ledger = fed(event("enqueued", 0), event("started", 1, attempt=500, worker="w1"))

    feed(ledger, *[event("retrying", 10 + n, attempt=1 + n) for n in range(300)])
    feed(ledger, event("failed", 308.5, attempt=1))

    assert (view(ledger).state, view(ledger).worker) == ("running", "w1")


def test_the_latest_failure_is_known_though_only_losses_came_after_it():
    ledger = fed(event("enqueued", 0), *retried(200))
    feed(ledger, event("retrying", 2_050, attempt=200, error=boom("latest"), max_attempts=300))
    for n in range(2_100, 2_400, 2):
        feed(ledger, event("started", n, attempt=201), event("lost", n + 1, attempt=201))

    job = view(ledger)
    assert (job.last_failed_at, job.max_attempts) == (T0 + 2_050, 300)
    assert job.latest_error["message"] == "latest"


@st.composite
def courses(draw):
    """The events of a job that is tried many times, in their own order."""
    stamp = draw(st.sampled_from([None, 0, -40]))
    told = [event("enqueued", 0, tenant="acct_1", first_enqueued_at=stamp)]
    tries = draw(st.integers(12, 30))
    for n in range(1, tries + 1):
        begun = event("started", 10 * n, attempt=n, worker="w1", first_enqueued_at=stamp)
        message = draw(st.sampled_from(["x", "y", "z", None]))
        error = boom(message) if message else None
        kind = draw(st.sampled_from(["retrying", "retrying", "failed", "lost"]))
        most = draw(st.sampled_from([None, 9, 12]))
        told += [begun, event(kind, 10 * n + 5, attempt=n, error=error, max_attempts=most)]
        if draw(st.booleans()):
            told.append(event("enqueued", 10 * n + 6, first_enqueued_at=stamp))
    end = draw(st.sampled_from([None, "succeeded", "dead"]))
    return [*told, event(end, 1_000)] if end else told


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=courses())
def test_a_trimmed_history_tells_what_the_whole_one_tells(monkeypatch, told):
    late = event("failed", 1_000 - 0.5 if told[-1].at > T0 + 900 else told[-1].at - T0 - 0.5)

    found = []
    for over_bytes in (10**9, 300):
        monkeypatch.setattr(desk, "OVER_BYTES", over_bytes)
        monkeypatch.setattr(trimmed, "TO_BYTES", over_bytes // 2)
        ledger = fed(*told)
        ledger.open_jobs()
        found.append((view(ledger), view(feed(ledger, late))))

    assert found[0] == found[1]
