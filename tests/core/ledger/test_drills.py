"""A drill is seen by nobody but who asks for it."""

from tests.core.ledger.feed import SOURCE, boom, event, fed, feed, totals


def test_a_drill_touches_no_age_and_no_count():
    ledger = fed(
        event("enqueued", 0, drill="d1"), event("started", 1), event("dead", 2, error=boom())
    )

    assert ledger.open_jobs() == 0
    assert ledger.job(SOURCE, "job-1") is None
    assert totals(ledger) == {}
    assert [one.kind for _source, one in ledger.drill("job-1")] == ["enqueued", "started", "dead"]


def test_what_a_job_counted_before_it_was_known_as_a_drill_is_taken_back():
    ledger = fed(event("enqueued", 0), event("retrying", 1, error=boom()))
    feed(ledger, event("succeeded", 2, "other"))

    feed(ledger, event("started", 3, drill=True), event("succeeded", 9, "other", drill=True))

    assert ledger.open_jobs() == 0
    assert totals(ledger) == {}


def test_repeated_drill_events_are_kept_once_and_in_order():
    ledger = fed(event("started", 1, drill="d1"), event("enqueued", 0, drill="d1"))

    feed(ledger, event("started", 1, drill="d1"))

    assert [one.kind for _source, one in ledger.drill("job-1")] == ["enqueued", "started"]


def test_only_so_many_drills_are_remembered():
    ledger = fed(*[event("enqueued", n, f"drill-{n}", drill=True) for n in range(1_001)])
    feed(ledger, *[event("started", n / 10, "busy", drill=True) for n in range(60)])

    assert ledger.drill("drill-0") == []
    assert len(ledger.drill("busy")) == 50
    assert {source for source, _event in ledger.drill("busy")} == {SOURCE}
