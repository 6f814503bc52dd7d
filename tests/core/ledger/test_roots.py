"""A step of a chain ages from its root."""

from tests.core.ledger.feed import SOURCE, T0, event, fed, feed


def due(ledger, id_):
    return ledger.job(SOURCE, id_).first_due_at - T0


def test_a_step_ages_from_its_root_that_is_still_there():
    ledger = fed(event("enqueued", 0, "root"), event("enqueued", 90, "step", root="root"))

    assert due(ledger, "step") == 0


def test_a_step_ages_from_its_root_that_has_finished():
    ledger = fed(event("enqueued", 0, "root"), event("succeeded", 60, "root"))

    feed(ledger, event("enqueued", 90, "step", root="root"))

    assert due(ledger, "step") == 0


def test_a_step_learns_of_its_root_later():
    ledger = fed(event("enqueued", 90, "step", root="root"))
    assert due(ledger, "step") == 90

    feed(ledger, event("enqueued", 0, "root"))
    assert due(ledger, "step") == 0

    feed(ledger, event("started", 1, "root", first_enqueued_at=-60))
    assert due(ledger, "step") == -60


def test_a_step_with_a_time_of_its_own_is_due_then():
    ledger = fed(
        event("enqueued", 0, "root"), event("enqueued", 5, "step", root="root", due_at=600)
    )

    assert due(ledger, "step") == 600


def test_a_step_keeps_its_age_while_it_is_retried():
    ledger = fed(event("enqueued", 0, "root"), event("enqueued", 90, "step", root="root"))

    feed(
        ledger,
        event("started", 91, "step", root="root"),
        event("retrying", 92, "step", root="root"),
    )

    assert due(ledger, "step") == 0
    assert ledger.desk(SOURCE).steps["root"][1] == {"step"}


def test_a_root_is_forgotten_with_its_last_step():
    ledger = fed(event("enqueued", 0, "root"), event("enqueued", 90, "one", root="root"))
    feed(ledger, event("enqueued", 90, "two", root="root"))

    feed(ledger, event("succeeded", 95, "one", root="root"))
    assert ledger.desk(SOURCE).steps["root"][1] == {"two"}

    feed(ledger, event("succeeded", 95, "two", root="root"))
    assert ledger.desk(SOURCE).steps == {}


def test_a_dead_step_does_not_age_with_its_root():
    ledger = fed(
        event("enqueued", 90, "step", root="root"), event("dead", 95, "step", root="root")
    )

    feed(ledger, event("enqueued", 0, "root"))

    assert due(ledger, "step") == 90


def test_a_job_is_not_its_own_root():
    ledger = fed(event("enqueued", 0, "root", root="root"))

    assert ledger.job(SOURCE, "root").root is None


def test_a_step_that_is_run_again_does_not_age_while_it_is_dead():
    ledger = fed(
        event("enqueued", 90, "one", root="root"),
        event("dead", 95, "one", root="root"),
        event("enqueued", 90, "two", root="root"),
    )

    feed(ledger, event("enqueued", 0, "root"))
    assert (due(ledger, "one"), due(ledger, "two")) == (90, 0)

    feed(ledger, event("enqueued", 100, "one", root="root"))
    assert due(ledger, "one") == 0


def test_a_step_keeps_its_root_when_an_earlier_event_comes_late():
    ledger = fed(event("enqueued", 0, "root"), event("enqueued", 90, "step", root="root"))
    feed(ledger, event("retrying", 95, "step", root="root"))

    feed(ledger, event("started", 91, "step", root="root"))

    assert ledger.job(SOURCE, "step").root == "root"
    assert due(ledger, "step") == 0
