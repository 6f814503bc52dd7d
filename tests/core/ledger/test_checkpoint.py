"""A ledger is written to bytes and goes on from them."""

import pytest

from tailback.core.ledger import CheckpointError, Ledger
from tests.core.ledger.feed import (
    QUEUE,
    SOURCE,
    T0,
    beat,
    boom,
    event,
    fed,
    feed,
    only_slice,
    reading,
)


def busy_ledger():
    ledger = fed(
        event("enqueued", 0, "waiting", tenant="acct_1"),
        event("enqueued", 0, "beside it", tenant="acct_1"),
        event("enqueued", 0, "later", due_at=600),
        event("enqueued", 0, "running", tenant="acct_2"),
        event("started", 1, "running", worker="w1", attempt=1, tenant="acct_2"),
        event("enqueued", 0, "stamped", first_enqueued_at=0),
        event("started", 1, "stamped", worker="w1", first_enqueued_at=0),
        event("enqueued", 0, "again"),
        event("started", 1, "again", attempt=1),
        event("retrying", 2, "again", attempt=1, due_at=30, error=boom("one", trace="…")),
        event("retrying", 3, "again", attempt=2, due_at=40, error=boom("two"), max_attempts=5),
        event("enqueued", 0, "step", root="waiting"),
        event("dead", 4, "dead", error=boom()),
        event("enqueued", 0, "done"),
        event("succeeded", 4, "done"),
        event("enqueued", 0, "drill", drill=True),
    )
    beat(ledger, 5, running=["running"])
    beat(ledger, 6, "w2", running=None)
    ledger.set_workers(SOURCE, "other", 3, T0)
    ledger.observe(T0 + 10)
    return ledger


IDS = ("waiting", "beside it", "later", "running", "stamped", "again", "step", "dead", "done")


def test_everything_that_can_be_asked_is_the_same_afterwards():
    ledger = busy_ledger()
    restored = Ledger.restore(ledger.checkpoint())

    for id_ in IDS:
        assert restored.job(SOURCE, id_) == ledger.job(SOURCE, id_)
    part, copy = only_slice(ledger), only_slice(restored)
    assert copy.phases == part.phases
    assert copy.oldest_dues(9) == part.oldest_dues(9)
    assert set(copy.failing) == set(part.failing)
    assert copy.last_success_at == part.last_success_at
    for queue in (QUEUE, "other"):
        assert restored.workers(SOURCE, queue, T0 + 9) == ledger.workers(SOURCE, queue, T0 + 9)
    assert restored.drill("drill") == ledger.drill("drill") != []
    assert restored.checkpoint() == ledger.checkpoint()


def test_what_was_not_delivered_yet_is_delivered_afterwards():
    ledger = busy_ledger()

    assert Ledger.restore(ledger.checkpoint()).take_deltas() == ledger.take_deltas()


def test_past_minutes_are_remembered():
    ledger = busy_ledger()
    ledger.take_deltas()

    restored = Ledger.restore(ledger.checkpoint())

    first = int(T0) // 60 * 60
    assert only_slice(restored).count_minutes("arrivals", first, first) == [8]
    assert only_slice(restored).recent[first].oldest_age_s == 10.0
    assert not restored.take_deltas()


def test_known_endings_are_still_known():
    ledger = busy_ledger()
    feed(ledger, event("enqueued", 9, "done"), event("succeeded", 10, "done"))
    restored = Ledger.restore(ledger.checkpoint())

    feed(restored, event("succeeded", 10, "done"))

    assert restored.job(SOURCE, "done").state == "succeeded"
    feed(restored, at=90_000)
    feed(restored, at=180_000)
    assert restored.job(SOURCE, "done") is None


def test_a_derived_loss_survives_a_restart():
    restored = Ledger.restore(busy_ledger().checkpoint())

    assert {e.id for _, e in restored.derive_lost(T0 + 500)} == {"running", "stamped"}


def test_an_empty_ledger_can_be_written():
    assert Ledger.restore(Ledger().checkpoint()).open_jobs() == 0


def test_a_job_that_left_the_broker_is_still_gone():
    ledger = fed(event("enqueued", 0))
    for at in (60, 65):
        ledger.take_reading(reading(at))
    blob = ledger.checkpoint()

    restored = Ledger.restore(blob)

    desk = restored.desk(SOURCE)
    assert desk.readings[QUEUE].gone(desk.find("job-1"))
    assert restored.checkpoint() == blob


@pytest.mark.parametrize("blob", [b"", b"something else", b"tailback-ledger-0\n"])
def test_foreign_bytes_are_refused(blob):
    with pytest.raises(CheckpointError, match="no checkpoint of this version"):
        Ledger.restore(blob)


def test_damaged_bytes_are_refused():
    blob = busy_ledger().checkpoint()

    for cut in range(len(blob) - 1, 18, -97):
        with pytest.raises(CheckpointError, match="damaged"):
            Ledger.restore(blob[:cut])
