"""What fails and why, and what changes when people correct the reasons."""

from tailback.core.ledger import failing
from tailback.core.ledger.failing import Errors
from tailback.core.ledger.failing_look import affected
from tests.core.ledger.feed import SOURCE, T0, boom, event, fed, feed, only_slice


def by_type(error):
    return str(error["type"])


def failed():
    return fed(
        event("dead", 1, "dead", error=boom("x"), tenant="acct_1"),
        event("retrying", 1, "twice", error=boom("y"), attempt=1),
        event("retrying", 2, "twice", error=boom("y"), attempt=2),
        event("retrying", 3, "mended", error=boom("x")),
        event("succeeded", 4, "mended"),
    )


def test_a_look_tells_each_reason_with_its_jobs_and_times():
    ledger = failed()

    x, y = sorted(ledger.failing(T0 + 60), key=lambda look: look.key)

    assert (x.key, [job.id for job in x.jobs], x.recovered) == ("ValueError: x", ["dead"], 1)
    assert (x.first_at, x.last_at, x.first_error["message"]) == (T0 + 1, T0 + 3, "x")
    assert (y.key, [job.id for job in y.jobs], y.recovered) == ("ValueError: y", ["twice"], 0)


def test_recoveries_of_long_ago_are_left_out_of_a_look():
    assert all(look.recovered == 0 for look in failed().failing(T0 + 3_600))


def test_a_job_that_died_without_an_error_is_in_the_look_too():
    [look] = fed(event("dead", 1, "silent")).failing(T0)

    assert (look.key, look.first_error, look.first_at) == ("", None, None)
    assert [job.id for job in look.jobs] == ["silent"]


def test_accounts_are_counted_of_jobs_that_still_fail():
    ledger = failed()
    jobs = [job for look in ledger.failing(T0) for job in look.jobs]
    before = affected(jobs)

    feed(ledger, event("succeeded", 9, "twice"))
    after = affected(jobs)

    assert (before.dead, before.unfinished, before.tenants.jobs) == (1, 1, {"acct_1": 1})
    assert (after.dead, after.unfinished) == (1, 0)


def test_jobs_are_grouped_by_the_corrected_reason_and_still_leave_it():
    ledger = failed()

    ledger.regroup(by_type)

    part = only_slice(ledger)
    assert {key: {job.id for job in jobs} for key, jobs in part.failing.items()} == {
        "ValueError": {"dead", "twice"}
    }
    assert (part.failing_tenants.jobs, part.failing_tenants.nameless) == ({"acct_1": 1}, 1)
    looks = {look.key: look for look in ledger.failing(T0)}
    assert looks["ValueError"].first_at is None, "what was counted stays under its old reason"
    feed(ledger, event("succeeded", 9, "twice"), event("succeeded", 9, "dead"))
    assert part.failing == {}
    assert part.failing_tenants.jobs == {}


def test_a_correction_that_changes_no_reason_changes_nothing():
    ledger = failed()
    before = only_slice(ledger).failing

    ledger.regroup(ledger.shared.errors.classify)

    assert only_slice(ledger).failing is before


def test_corrected_reasons_are_bounded_too(monkeypatch):
    monkeypatch.setattr("tailback.core.ledger.slices.MAX_REASONS", 2)
    ledger = fed(*[event("dead", n, f"job-{n}", error=boom(f"{n}", f"E{n}")) for n in range(4)])

    ledger.regroup(by_type)

    assert set(only_slice(ledger).failing) == {"E0", "E1", failing.OTHER_REASON}


def test_the_error_that_stands_for_all_others_keeps_its_reason(monkeypatch):
    monkeypatch.setattr(failing, "MAX_ERRORS", 1)
    errors = Errors(lambda error: error["message"])
    errors.number(boom("known", "Known"))
    other = errors.number(boom("strange", "Strange"))

    assert errors.classify_anew(by_type)

    assert errors.reasons == ["", "Known", failing.OTHER_REASON]
    assert other == 2
    assert not errors.classify_anew(by_type)
    assert fed(event("dead", 1)).job(SOURCE, "job-1").reason is None


def test_the_same_wrapper_is_another_error_when_another_cause_place_or_host_is_behind_it():
    errors = Errors(failing.masked_reason)
    wrapper = {"type": "RuntimeError", "message": "could not send receipt"}
    others = [
        wrapper,
        {**wrapper, "chain": [{"type": "httpx.ConnectError", "message": "refused"}]},
        {**wrapper, "chain": [{"type": "KeyError", "message": "'name'"}]},
        {**wrapper, "trace": "File shop/receipts.py"},
        {**wrapper, "facts": {"host": "mail.example.com"}},
        {**wrapper, "status": 503},
    ]

    numbers = [errors.number(error) for error in others]

    assert len(set(numbers)) == len(others)
    assert [errors.number(dict(error)) for error in others] == numbers


def test_a_reason_has_its_first_error_as_an_example():
    errors = Errors(failing.masked_reason)
    errors.number(boom("order 1", trace="…"))
    errors.number(boom("order 2"))

    assert errors.example("ValueError: order #") == boom("order 1", trace="…")
    assert errors.example("of another table") is None
