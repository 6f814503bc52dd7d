"""Who works, and which jobs died with a worker."""

from tailback.core.events import WorkerBeat
from tailback.core.ledger import Ledger
from tailback.core.ledger.workers import MAX_WORKERS, Workers
from tests.core.ledger.feed import QUEUE, SOURCE, T0, beat, event, fed, feed, state


def running_job(**said):
    return fed(event("enqueued", 0), event("started", 1, worker="w1", attempt=1, **said))


def lost(ledger, at, **settings):
    return [event.id for _, event in ledger.derive_lost(T0 + at, **settings)]


def test_a_job_is_lost_when_its_worker_was_silent_for_three_beats():
    ledger = running_job(tenant="acct_1")
    beat(ledger, 10)

    assert lost(ledger, 55) == []
    assert lost(ledger, 55.1) == ["job-1"]


def test_a_derived_loss_is_an_event_that_the_ledger_takes():
    ledger = running_job(tenant="acct_1")
    beat(ledger, 10)

    [(source, derived)] = ledger.derive_lost(T0 + 100)
    ledger.apply(source, [derived], T0 + 100)

    assert (derived.kind, derived.attempt, derived.tenant) == ("lost", 1, "acct_1")
    assert state(ledger) == "lost"
    assert ledger.derive_lost(T0 + 200) == []


def test_silence_before_anybody_listened_proves_nothing():
    ledger = running_job()
    beat(ledger, 10)

    assert lost(ledger, 1000, listening_since=T0 + 990) == []
    assert lost(ledger, 1040, listening_since=T0 + 990) == ["job-1"]


def test_a_job_is_lost_when_its_living_worker_does_not_run_it():
    ledger = running_job()
    for at in (0, 10, 25):
        beat(ledger, at, running=[])
    assert lost(ledger, 26) == [], "the first of these beats came before the start"

    beat(ledger, 40, running=["another"])
    assert lost(ledger, 41) == ["job-1"]


def test_a_worker_that_names_the_job_or_no_jobs_at_all_keeps_it():
    ledger = running_job()
    for at in (10, 25, 40):
        beat(ledger, at, running=["job-1"])
    assert lost(ledger, 41) == []

    for at in (55, 70, 85):
        beat(ledger, at, running=None)
    assert lost(ledger, 86) == []


def test_a_worker_that_never_beat_cannot_be_missed():
    assert lost(running_job(), 5000) == []
    assert lost(fed(event("started", 1)), 5000) == []


def test_workers_are_counted_per_queue_while_they_beat():
    ledger = fed()
    beat(ledger, 0, "w1", slots=4)
    beat(ledger, 0, "w2", slots=2)
    beat(ledger, 0, "w3", queues=("other",))

    view = ledger.workers(SOURCE, QUEUE, T0 + 1)
    assert (view.alive, view.slots, view.silent_since) == (2, 6, None)

    beat(ledger, 60, "w1", slots=None)
    view = ledger.workers(SOURCE, QUEUE, T0 + 61)
    assert (view.alive, view.slots) == (1, None)

    view = ledger.workers(SOURCE, QUEUE, T0 + 500)
    assert (view.alive, view.silent_since) == (0, T0 + 60)


def test_scripted_workers_count_where_none_beats():
    ledger = fed()
    assert ledger.workers(SOURCE, QUEUE, T0).alive is None

    ledger.set_workers(SOURCE, QUEUE, 3, T0)
    assert ledger.workers(SOURCE, QUEUE, T0).alive == 3

    ledger.set_workers(SOURCE, QUEUE, 0, T0 + 60)
    view = ledger.workers(SOURCE, QUEUE, T0 + 70)
    assert (view.alive, view.silent_since) == (0, T0 + 60)


def test_an_old_beat_that_comes_late_says_nothing():
    ledger = fed()
    beat(ledger, 60, slots=4)
    beat(ledger, 30, slots=1)

    assert ledger.workers(SOURCE, QUEUE, T0 + 61).slots == 4


def test_an_empty_heartbeat_still_means_that_the_source_was_heard():
    ledger = fed()
    ledger.heartbeat(SOURCE, [], T0 + 5)
    ledger.heartbeat(SOURCE, [], T0 + 1)

    assert ledger.heard_at(SOURCE) == T0 + 5
    assert ledger.heard_at("nowhere") is None


def test_the_number_of_workers_is_bounded():
    workers = Workers()
    workers.beat([WorkerBeat("old", ("q",))], T0)
    workers.beat([WorkerBeat(f"w{n}", ("q",)) for n in range(MAX_WORKERS)], T0 + 90_000)

    assert len(workers.by_id) == MAX_WORKERS
    assert "old" not in workers.by_id

    workers.beat([WorkerBeat("late", ("q",))], T0 + 190_000)
    assert list(workers.by_id) == ["late"]


def test_a_restarted_job_is_running_on_its_new_worker():
    ledger = running_job()
    beat(ledger, 10)
    feed(ledger, event("started", 30, worker="w2", attempt=2))
    beat(ledger, 31, "w2")

    assert lost(ledger, 70) == []


def test_for_three_beats_after_a_restart_nobody_knows_who_still_lives():
    ledger = fed()
    beat(ledger, 0)
    ledger.listen(T0 + 100)

    assert ledger.workers(SOURCE, QUEUE, T0 + 145).alive is None
    assert ledger.workers(SOURCE, QUEUE, T0 + 146).alive == 0

    beat(ledger, 110)
    assert ledger.workers(SOURCE, QUEUE, T0 + 111).alive == 1


def test_what_workers_say_they_run_is_bounded_over_all_of_them(monkeypatch):
    monkeypatch.setattr("tailback.core.ledger.workers.MAX_RUNNING", 10)
    workers = Workers()
    four = tuple("abcd")
    workers.beat([WorkerBeat(id=f"w{n}", running=four) for n in range(5)], T0)

    assert workers.held == 8
    assert [worker.beats[0][1] is None for worker in workers.by_id.values()] == [
        *(False, False),
        *(True, True, True),
    ], "beyond the bound a worker counts as one that cannot tell"
    for n in range(1, 4):
        workers.beat([WorkerBeat(id="w0", running=()), WorkerBeat(id="w1", running=())], T0 + n)
    assert workers.held == 0
    workers.beat([WorkerBeat(id="w4", running=four)], T0 + 9)
    assert workers.held == 4


def test_a_restored_ledger_knows_how_much_its_workers_hold(monkeypatch):
    monkeypatch.setattr("tailback.core.ledger.workers.MAX_WORKERS", 1)
    ledger = running_job()
    beat(ledger, 10, running=["job-1", "job-2"])

    workers = Ledger.restore(ledger.checkpoint()).desk(SOURCE).workers
    assert workers.held == 2
    workers.beat([WorkerBeat(id="other", running=("x",))], T0 + 20)
    assert (list(workers.by_id), workers.held) == (["other"], 1)
