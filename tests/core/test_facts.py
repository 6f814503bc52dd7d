"""What hooks and probe say together: a look that is behind the events must not age a lane."""

from tailback.core.events import Event, WorkerBeat
from tailback.core.facts import LaneFacts, gather
from tailback.core.ledger import Ledger
from tailback.core.model import Lane, QueueReading

NOW = 1_000_000.0
LANE = Lane(key="q", name="q", source="s", queue="q", promise_s=60.0)


def event(kind: str, at: float, id: str, **fields: object) -> Event:  # noqa: A002
    return Event(kind, at, id, "q", "job", **fields)  # type: ignore[arg-type]


def look(ledger: Ledger, *, taken_s_ago: float, oldest_s: float) -> LaneFacts:
    taken_at = NOW - taken_s_ago
    reading = QueueReading(
        source="s",
        queue="q",
        taken_at=taken_at,
        waiting=1,
        running=0,
        retrying=0,
        oldest_due_at=NOW - oldest_s,
        oldest_source="exact",
    )
    return gather(ledger, reading, LANE, NOW)


def ledger_of(*events: Event) -> Ledger:
    ledger = Ledger()
    ledger.apply("s", events, NOW)
    return ledger


def test_a_job_that_finished_after_the_look_does_not_age_from_it() -> None:
    ledger = ledger_of(event("enqueued", NOW - 28, "a"), event("succeeded", NOW - 1, "a"))

    facts = look(ledger, taken_s_ago=4, oldest_s=28)

    assert facts.oldest_due_at is None
    assert facts.oldest_known


def test_a_job_that_died_after_the_look_does_not_age_from_it() -> None:
    ledger = ledger_of(event("enqueued", NOW - 28, "a"), event("dead", NOW - 1, "a"))

    assert look(ledger, taken_s_ago=4, oldest_s=28).oldest_due_at is None


def test_a_job_that_hooks_never_saw_keeps_its_age_in_a_busy_queue() -> None:
    ledger = ledger_of(event("enqueued", NOW - 3, "a"), event("succeeded", NOW - 1, "a"))

    assert look(ledger, taken_s_ago=4, oldest_s=900).oldest_due_at == NOW - 900


def test_a_look_after_the_last_success_is_believed() -> None:
    ledger = ledger_of(event("enqueued", NOW - 60, "a"), event("succeeded", NOW - 20, "a"))

    assert look(ledger, taken_s_ago=4, oldest_s=28).oldest_due_at == NOW - 28


def test_workers_are_not_gone_while_a_restarted_server_has_not_listened_for_three_beats() -> None:
    ledger = Ledger()
    ledger.heartbeat("s", [WorkerBeat("w", queues=["q"], slots=4, every_s=15.0)], NOW)
    restarted = Ledger.restore(ledger.checkpoint())
    restarted.listen(NOW + 300)

    assert restarted.workers("s", "q", NOW + 310).alive is None
    assert restarted.workers("s", "q", NOW + 346).alive == 0
    assert restarted.workers("s", "q", NOW + 346).silent_since == NOW
    restarted.heartbeat("s", [WorkerBeat("w", queues=["q"], slots=4, every_s=15.0)], NOW + 350)
    assert restarted.workers("s", "q", NOW + 351).alive == 1


def reading(at: float, **numbers: object) -> QueueReading:
    return QueueReading(source="s", queue="q", taken_at=at, **numbers)  # type: ignore[arg-type]


def test_of_a_mixed_queue_a_look_tells_the_age_of_the_lanes_own_job_types() -> None:
    lane = Lane(key="q", name="q", source="s", queue="q", jobs=("receipt", "invoice"))
    ages = {"receipt": NOW - 50, "export": NOW - 900}

    mixed = gather(Ledger(), reading(NOW, waiting=9, oldest_by_job=ages), lane, NOW)
    others = gather(Ledger(), reading(NOW, oldest_by_job={"export": NOW - 900}), lane, NOW)

    assert mixed.oldest_due_at == NOW - 50
    assert mixed.waiting is None
    assert others.oldest_due_at is None
    assert not others.oldest_known


def test_what_finishes_is_counted_by_the_probe_where_no_hook_is_heard() -> None:
    ledger = Ledger()
    for back in range(620, -1, -5):
        seen = reading(NOW - back, waiting=1, oldest_due_at=NOW - 700, done_counter=5_000 - back)
        ledger.take_reading(seen)

    facts = gather(ledger, seen, LANE, NOW)

    assert (facts.completions_5m, facts.completions_10m) == (300, 600)
    assert facts.completions is not None
    assert facts.completions[-2] == 60
    assert facts.completions_watched_s == 620.0
    assert (facts.last_success_after, facts.last_success_at) == (NOW - 5, NOW)
    assert facts.arrivals is None


def test_a_job_that_died_long_before_the_look_says_nothing_about_it() -> None:
    ledger = ledger_of(event("enqueued", NOW - 900, "a"), event("dead", NOW - 800, "a"))

    assert look(ledger, taken_s_ago=4, oldest_s=28).oldest_due_at == NOW - 28


def test_accounts_with_late_jobs_are_named_the_most_concerned_first() -> None:
    ledger = ledger_of(
        event("enqueued", NOW - 90, "a", tenant="small"),
        event("enqueued", NOW - 80, "b", tenant="big"),
        event("enqueued", NOW - 70, "c", tenant="big"),
        event("enqueued", NOW - 5, "d", tenant="young"),
    )

    facts = gather(ledger, None, LANE, NOW)

    assert facts.overdue_tenants == (("big", 2), ("small", 1))
    assert (facts.affected, facts.affected_exact) == (2, True)
