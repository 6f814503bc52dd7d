"""A step of a chain ages from its root."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tailback.core.ledger import Ledger
from tests.core.ledger.feed import SOURCE, T0, event, fed, feed
from tests.core.oracle import RANK
from tests.core.test_ledger_properties import everything


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
    assert ledger.desk(SOURCE).index.steps["root"][1] == {"step"}


def test_a_root_is_forgotten_with_its_last_step():
    ledger = fed(event("enqueued", 0, "root"), event("enqueued", 90, "one", root="root"))
    feed(ledger, event("enqueued", 90, "two", root="root"))

    feed(ledger, event("succeeded", 95, "one", root="root"))
    assert ledger.desk(SOURCE).index.steps["root"][1] == {"two"}

    feed(ledger, event("succeeded", 95, "two", root="root"))
    assert ledger.desk(SOURCE).index.steps == {}


def test_a_dead_step_learns_of_its_root_too():
    ledger = fed(
        event("enqueued", 90, "step", root="root"), event("dead", 95, "step", root="root")
    )

    feed(ledger, event("enqueued", 0, "root"))

    assert due(ledger, "step") == 0
    assert ledger.open_jobs() == 1


def test_a_job_is_not_its_own_root():
    ledger = fed(event("enqueued", 0, "root", root="root"))

    assert ledger.job(SOURCE, "root").root is None


def test_a_dead_step_that_is_run_again_ages_from_its_root():
    ledger = fed(
        event("enqueued", 90, "step", root="root"),
        event("dead", 95, "step", root="root"),
        event("enqueued", 0, "root"),
    )

    feed(ledger, event("enqueued", 100, "step", root="root"))

    assert due(ledger, "step") == 0


def test_a_step_keeps_its_root_when_an_earlier_event_comes_late():
    ledger = fed(event("enqueued", 0, "root"), event("enqueued", 90, "step", root="root"))
    feed(ledger, event("retrying", 95, "step", root="root"))

    feed(ledger, event("started", 91, "step", root="root"))

    assert ledger.job(SOURCE, "step").root == "root"
    assert due(ledger, "step") == 0


def test_a_root_that_lives_again_makes_no_earlier_step_younger():
    ledger = fed(event("enqueued", 90, "step", root="root"), event("enqueued", 200, "root"))

    assert due(ledger, "step") == 90


@st.composite
def chains(draw):
    """Events of a root and of steps that name it, plausible or not."""
    unique = {}
    for _ in range(draw(st.integers(2, 10))):
        id_ = draw(st.sampled_from(["root", "step", "leaf"]))
        kind = draw(st.sampled_from(RANK))
        root = {"root": None, "step": "root", "leaf": draw(st.sampled_from(["root", "step"]))}[id_]
        at = draw(st.integers(0, 120))
        stamp = draw(st.sampled_from([None, None, at - 30]))
        later = draw(st.sampled_from([None, None, at + 300]))
        one = event(kind, at, id_, root=root, due_at=later, first_enqueued_at=stamp)
        unique.setdefault((id_, kind, at), one)
    return list(unique.values())


@settings(max_examples=200, deadline=None)
@given(told=chains(), data=st.data())
def test_steps_age_the_same_in_whatever_order_their_events_come(told, data):
    mixed = fed(*data.draw(st.permutations(told)))
    straight = fed(*sorted(told, key=lambda one: (one.at, RANK.index(one.kind))))

    for ledger in (mixed, straight):
        ledger.desk(SOURCE).promote(T0 + 60)
    assert everything(mixed)[1:] == everything(straight)[1:]
    for id_ in ("root", "step", "leaf"):
        assert mixed.job(SOURCE, id_) == straight.job(SOURCE, id_)


@settings(max_examples=100, deadline=None)
@given(told=chains(), data=st.data())
def test_a_restored_ledger_knows_the_same_chains(told, data):
    mixed = data.draw(st.permutations(told))
    cut = data.draw(st.integers(0, len(mixed)))
    whole = fed(*mixed[:cut])
    restored = Ledger.restore(whole.checkpoint())

    for ledger in (whole, restored):
        feed(ledger, *mixed[cut:], at=1)

    assert everything(restored)[1:] == everything(whole)[1:]
    for id_ in ("root", "step", "leaf"):
        assert restored.job(SOURCE, id_) == whole.job(SOURCE, id_)
