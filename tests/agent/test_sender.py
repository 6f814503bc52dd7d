import json
import logging
import os
import random
import threading
import time
import tracemalloc
from collections.abc import Callable

import pytest

from tailback import agent
from tailback.agent import guard, sender, transport
from tests.agent.intake import Intake, Reply

PROVE = bool(os.environ.get("TAILBACK_PROVE"))


def emit_many(count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        agent.emit("started", f"job-{number}", "emails", "send", attempt=1)


def flush_until(done: Callable[[], object]) -> None:
    """Send now, and again however long the agent would wait by itself, until `done` holds."""
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        agent.flush(1)


def ids(intake: Intake) -> list[str]:
    return [event["id"] for event in intake.events]


def test_an_event_arrives_as_the_wire_format_says(on: Intake) -> None:
    agent.emit("enqueued", "b7", "emails", "shop.send", at=1793476799.5, tenant="acct_42")

    assert agent.flush(10)

    (batch,) = on.batches
    assert batch["events"] == [
        {
            "kind": "enqueued",
            "at": 1793476799.5,
            "id": "b7",
            "queue": "emails",
            "job": "shop.send",
            "tenant": "acct_42",
        }
    ]
    assert (batch["v"], batch["source"], batch["dropped"]) == (1, "shop", 0)
    assert batch["agent"].startswith("tailback-python/")
    path, headers, _ = on.requests[0]
    assert path == "/api/v1/events"
    assert headers["Authorization"] == "Bearer secret-token"
    assert headers["Content-Encoding"] == "gzip"


def test_events_arrive_without_anybody_asking(on: Intake) -> None:
    emit_many(3)

    on.wait(lambda intake: len(intake.events) == 3)


def test_batches_hold_at_most_500_events_and_are_numbered_in_order(on: Intake) -> None:
    emit_many(1_234)

    assert agent.flush(20)

    assert max(len(batch["events"]) for batch in on.batches) <= 500
    seqs = [batch["seq"] for batch in on.batches]
    assert seqs == list(range(1, len(seqs) + 1))
    assert ids(on) == [f"job-{number}" for number in range(1_234)]
    assert len({batch["producer"] for batch in on.batches}) == 1


def test_one_connection_is_kept_for_many_batches(on: Intake) -> None:
    for number in range(5):
        agent.emit("started", str(number), "q")
        assert agent.flush(10)

    assert agent._sender is not None
    assert agent._sender._transport._connection is not None
    assert len(on.requests) == 5


def test_threads_lose_nothing_together(on: Intake) -> None:
    threads = [
        threading.Thread(target=emit_many, args=(200, 1_000 * number)) for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert agent.flush(20)

    assert len(ids(on)) == len(set(ids(on))) == 1_600
    assert on.dropped == 0


def test_what_a_server_that_is_down_missed_arrives_once_when_it_is_back(on: Intake) -> None:
    on.stop()
    for number in range(5):
        emit_many(100, number * 100)
        assert not agent.flush(5)

    on.start()
    flush_until(lambda: len(on.events) >= 500)

    assert sorted(ids(on)) == sorted(f"job-{number}" for number in range(500))
    assert on.dropped == 0


def test_a_batch_whose_answer_was_lost_is_sent_again_under_the_same_number(on: Intake) -> None:
    on.replies = [Reply(record=True, drop=True)]
    emit_many(10)

    on.wait(lambda intake: len(intake.requests) >= 2)

    assert agent.flush(10)
    assert len(ids(on)) == 10
    assert len(on.batches) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408, 404])
def test_a_batch_that_could_not_be_taken_now_is_kept(on: Intake, status: int) -> None:
    on.replies = [Reply(status)]
    emit_many(2)

    assert not agent.flush(10)

    on.wait(lambda intake: len(intake.events) == 2)


def test_nothing_is_sent_before_the_time_in_retry_after(on: Intake) -> None:
    on.replies = [Reply(429, headers={"Retry-After": "60"})]
    emit_many(1)

    assert not agent.flush(10)

    assert agent._sender is not None
    wait_s = agent._sender._line.open_at - time.monotonic()
    assert 50 < wait_s < 67


def test_a_batch_too_large_for_the_server_is_split(on: Intake) -> None:
    on.replies = [Reply(413), Reply(413)]
    emit_many(8)

    assert agent.flush(10)

    assert ids(on) == [f"job-{number}" for number in range(8)]
    assert [len(batch["events"]) for batch in on.batches] == [2, 2, 4]


def test_a_single_event_too_large_for_the_server_is_dropped_and_counted(on: Intake) -> None:
    on.replies = [Reply(413)]
    emit_many(1)
    agent.flush(10)
    emit_many(1, 1)

    assert agent.flush(10)

    assert ids(on) == ["job-1"]
    assert on.dropped == 1


def test_a_batch_that_will_never_be_taken_is_dropped_counted_and_said_once(
    on: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    on.replies = [Reply(400, b"what is this"), Reply(400, b"what is this")]
    emit_many(2)
    agent.flush(10)
    emit_many(3)
    agent.flush(10)

    on.wait(lambda intake: intake.dropped == 5)

    said = [record.message for record in caplog.records]
    assert len(said) == 1
    assert "HTTP 400: what is this" in said[0]


def test_a_refused_token_is_said_once_with_a_remedy_and_events_are_kept(
    on: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    on.replies = [Reply(401), Reply(403)]
    emit_many(1)
    agent.flush(10)
    agent.flush(10)

    assert agent.flush(10)

    assert ids(on) == ["job-0"]
    said = [record.message for record in caplog.records]
    assert "tailback token new" in said[0]
    assert "secret-token" not in said[0]
    assert "answers again" in said[1]
    assert len(said) == 2


def test_events_that_the_server_rejects_are_said(
    on: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    body = json.dumps({"accepted": 1, "rejected": [{"index": 0, "why": "at: missing"}]}).encode()
    on.replies = [Reply(202, body)]
    emit_many(2)

    assert agent.flush(10)

    assert "did not accept 1 of the events sent: at: missing" in caplog.text


def test_an_outage_is_said_once_and_its_end_too(
    on: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    on.stop()
    emit_many(1)
    for _ in range(5):
        agent.flush(5)
    on.start()

    flush_until(lambda: on.events)

    agent.flush(10)
    said = [record.message for record in caplog.records]
    assert len(said) == 2
    assert "cannot be reached" in said[0]
    assert "answers again" in said[1]


def test_an_answer_that_is_no_json_does_not_stop_the_sender(on: Intake) -> None:
    on.replies = [Reply(202, b'"why" is this not JSON')]
    emit_many(1)
    agent.flush(10)
    emit_many(1, 1)

    assert agent.flush(10)

    assert ids(on) == ["job-0", "job-1"]
    assert guard.swallowed == {}


def test_a_mistake_of_ours_while_sending_costs_one_batch_and_is_counted(
    on: Intake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    emit_many(1)
    assert agent.flush(10)
    assert agent._sender is not None
    with monkeypatch.context() as patched:
        patched.delattr(transport.Transport, "post")
        emit_many(3, 1)
        assert agent.flush(10)
        emit_many(2, 4)
        assert agent.flush(10)

    emit_many(1, 6)
    flush_until(lambda: on.dropped == 5)

    assert ids(on) == ["job-0", "job-6"]
    assert sum(guard.swallowed.values()) == 2
    assert caplog.text.count("Tailback's own code failed") == 1


def test_more_than_fits_drops_the_oldest_and_reports_how_many(
    on: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "BUFFER_EVENTS", range(600, 601))
    release = threading.Event()
    on.replies = [Reply(hold=release)]
    emit_many(1)
    on.stop()  # nothing else gets through
    assert agent._sender is not None
    with agent._sender._room:  # the sender can take one batch and not finish it
        emit_many(2_000, 1)
        assert len(agent._sender.buffer) <= 600
    release.set()
    on.start()

    flush_until(lambda: len(on.events) + on.dropped >= 2_001)

    assert len(ids(on)) + on.dropped == 2_001
    assert on.dropped >= 800
    assert "job-2000" in ids(on)


def test_an_outage_keeps_the_newest_in_8_mib_and_counts_the_rest(
    on: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "SPOOL_BYTES", 20_000)
    on.stop()
    assert agent._sender is None
    emit_many(500)
    for number in range(1, 40):
        emit_many(500, 500 * number)
        agent.flush(5)
    assert agent._sender is not None
    assert agent._sender._spool.bytes <= 20_000

    on.start()
    flush_until(lambda: len(on.events) + on.dropped >= 20_000)

    assert len(ids(on)) + on.dropped == 20_000
    assert len(set(ids(on))) == len(ids(on))
    assert ids(on)[-1] == "job-19999"
    assert on.dropped > 0


def test_all_that_is_kept_in_an_outage_fits_into_its_bounds(
    on: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weighed by the interpreter: bulky events with errors, far more than fit.

    In a normal run everything is an eighth as large, the bounds too.
    """
    part = 1 if PROVE else 8
    for name in ("SPOOL_BYTES", "BUFFER_BYTES", "ERROR_TEXT_BYTES", "BATCH_BYTES"):
        monkeypatch.setattr(sender, name, getattr(sender, name) // part)
    monkeypatch.setattr(sender, "BUFFER_EVENTS", range(2_000 // part, 10_001 // part))
    on.stop()
    emit_many(1)
    agent.flush(5)
    made = agent._sender
    assert made is not None
    rng = random.Random(5)
    tracemalloc.start()
    try:
        heaviest = 0
        for number in range(24_000 // part):
            job = f"{rng.getrandbits(128):032x}"
            error = {"type": "X", "message": job, "trace": f"{rng.getrandbits(2_400):0600x}"}
            agent.emit("retrying", job, "emails", "send", error=error, tenant=job, worker=job)
            if number % (2_000 // part) == 0:
                agent.flush(5)
                heaviest = max(heaviest, tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()

    assert made._spool.bytes > sender.SPOOL_BYTES * 0.8
    assert heaviest < 9 * 1024 * 1024 / part


def test_a_full_spool_leaves_the_buffer_its_least(
    on: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "BUFFER_BYTES", 0)
    emit_many(1)

    assert agent.flush(10)

    assert agent._sender is not None
    assert agent._sender._most == 2_000


def test_a_slow_server_does_not_hold_up_encoding(on: Intake) -> None:
    release = threading.Event()
    on.replies = [Reply(hold=release)]
    emit_many(1)
    sending = agent._sender
    assert sending is not None
    threading.Thread(target=agent.flush, args=(10,)).start()
    on_its_way = time.monotonic() + 10
    while not sending._transport._sent and time.monotonic() < on_its_way:
        time.sleep(0.001)
    emit_many(1_000, 1)
    while sending.buffer and time.monotonic() < on_its_way:
        time.sleep(0.001)
    encoded = not sending.buffer
    release.set()

    assert encoded
    on.wait(lambda intake: len(intake.events) == 1_001)


def test_what_comes_in_while_a_backlog_is_sent_is_encoded_in_between(on: Intake) -> None:
    made = agent._open()
    assert made is not None
    made.calm = 10**9  # no thread: this test is the sender
    made.producer = "host:1:boot"
    emit_many(1)
    made.form()
    emit_many(600, 1)

    made._deliver(at_once=True)

    assert len(on.events) == 601
    assert not made.buffer


def test_a_second_start_is_none(on: Intake) -> None:
    emit_many(1)
    assert agent.flush(10)
    assert agent._sender is not None
    thread = agent._sender._thread

    assert agent._sender._start()

    assert agent._sender._thread is thread


def test_a_flush_of_nothing_starts_no_thread(on: Intake) -> None:
    agent.configured()

    assert agent.flush(1)
    agent.running("x")
    assert agent.flush(1)

    assert agent._sender is not None
    assert agent._sender._thread is None


def test_a_flush_ends_in_time_when_the_server_hangs(on: Intake) -> None:
    release = threading.Event()
    on.always = Reply(hold=release)
    emit_many(1)

    assert not agent.flush(0.1)

    release.set()


def test_without_more_threads_nothing_is_raised_and_the_buffer_stays_bounded(
    on: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        patched.setattr(sender, "BUFFER_EVENTS", range(100, 101))
        emit_many(500)
        assert not agent.flush(0.1)
        assert agent._sender is not None
        assert len(agent._sender.buffer) <= 101

    emit_many(5_000, 500)
    flush_until(lambda: len(on.events) + on.dropped == 5_500)
    assert guard.swallowed == {}


def test_a_worker_is_told_at_once_with_what_it_runs(on: Intake) -> None:
    agent.running("job-1")
    agent.running("job-2")
    agent.finished("job-1")
    agent.worker("web-1:312", ["emails", "exports"], 4)

    on.wait(lambda intake: intake.workers)

    assert on.workers == [
        {
            "id": "web-1:312",
            "queues": ["emails", "exports"],
            "slots": 4,
            "every_s": 15,
            "running": ["job-2"],
        }
    ]


def test_heartbeats_come_again_when_they_are_due(
    on: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tailback.agent.beats.EVERY_S", 0.05)
    agent.worker("w", ["q"], 1)

    on.wait(lambda intake: len(intake.workers) >= 3)


def test_an_outage_is_not_filled_with_stale_heartbeats(
    on: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tailback.agent.beats.EVERY_S", 0.01)
    on.stop()
    agent.worker("w", ["q"], 1)
    for number in range(20):
        emit_many(1, number)
        agent.flush(5)
    assert agent._sender is not None
    assert len(agent._sender._spool) <= 21

    on.start()
    flush_until(lambda: len(on.workers) >= 2)

    assert len(ids(on)) == 20


def test_an_exception_is_described_and_freed_of_secrets(on: Intake) -> None:
    try:
        raise ConnectionError("redis://:hunter2@cache.example.com:6379 refused")
    except ConnectionError as error:
        agent.emit("retrying", "1", "q", error=error, ran_for=0.5)
    agent.emit("dead", "2", "q", error={"type": "X", "message": "token=abc123"})

    assert agent.flush(10)

    first, second = (event["error"] for event in on.events)
    assert first["type"] == "ConnectionError"
    assert first["message"] == "redis://:[hidden]@cache.example.com:6379 refused"
    assert "hunter2" not in json.dumps(on.events)
    assert second == {"type": "X", "message": "token=[hidden]"}


def test_texts_of_errors_are_bounded_while_they_wait(
    on: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "ERROR_TEXT_BYTES", 10_000)
    emit_many(1)
    assert agent._sender is not None
    with agent._sender._room:
        for number in range(100):
            agent.emit("dead", str(number), "q", error={"type": "X", "trace": "t" * 5_000})

    assert agent.flush(10)
    dead = [event for event in on.events if event["kind"] == "dead"]
    assert len(dead) == 100
    assert 1 <= sum(event["error"]["trace"] is not None for event in dead) <= 4
    assert agent._sender._error_bytes == 0


def test_large_errors_are_spread_over_several_batches(on: Intake) -> None:
    for number in range(250):
        agent.emit("dead", str(number), "q", error={"type": "X", "trace": "t" * 4_000})

    assert agent.flush(20)

    assert len(on.events) == 250
    assert len(on.batches) >= 2


def test_the_surrounding_tenant_is_sent_with_what_is_enqueued(on: Intake) -> None:
    import tailback

    with tailback.tenant("acct_1"):
        agent.emit("enqueued", "1", "q")
        agent.emit("enqueued", "2", "q", tenant="given")
        agent.emit("started", "3", "q")
    agent.emit("enqueued", "4", "q")

    assert agent.flush(10)

    assert [event.get("tenant") for event in on.events] == ["acct_1", "given", None, None]


def test_the_release_is_sent_with_every_event(
    fresh: None, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAILBACK_RELEASE", "4f2c")
    agent.install(intake.dsn)
    emit_many(2)

    assert agent.flush(10)

    assert [event["release"] for event in intake.events] == ["4f2c", "4f2c"]


def test_a_value_that_cannot_be_written_costs_only_its_event(on: Intake) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise ValueError("no text for you")

    emit_many(1)
    agent.emit("started", Hostile(), "q")  # type: ignore[arg-type]
    agent.emit("started", "nan", "q", ran_for=float("nan"), attempt=float("inf"))
    emit_many(1, 1)

    agent.flush(10)
    on.wait(lambda intake: len(intake.events) + intake.dropped == 4)

    assert ids(on) == ["job-0", "job-1"]
    assert on.dropped == 2


def test_losses_are_reported_even_when_nothing_else_is_to_be_sent(on: Intake) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise ValueError("no text for you")

    agent.emit("started", Hostile(), "q")  # type: ignore[arg-type]

    agent.flush(10)

    on.wait(lambda intake: intake.dropped == 1)
    assert on.events == []


def test_marks_are_sent_and_steps_of_a_minute_are_summed(on: Intake) -> None:
    import tailback

    tailback.deploy("4f2c", service="web")
    for _ in range(3):
        tailback.outcome("payments.succeeded")
    tailback.outcome("signups", 5)

    on.wait(lambda intake: len(intake.marks) >= 3)

    deploys = [body for path, body in on.marks if path == "/api/v1/deploys"]
    assert (deploys[0]["release"], deploys[0]["service"]) == ("4f2c", "web")
    counts: dict[str, int] = {}
    for path, body in on.marks:
        if path == "/api/v1/outcomes":
            counts[body["name"]] = counts.get(body["name"], 0) + body["count"]
    assert counts == {"payments.succeeded": 3, "signups": 5}


def test_a_schedule_is_told_as_it_stands(on: Intake) -> None:
    entry = {"name": "nightly", "queue": "reports", "job": "shop.report", "cron": "0 2 * * *"}
    agent.schedule("Celery beat", "Celery beat shop", iter([entry]))

    on.wait(lambda intake: intake.marks)

    told = {"found_in": "Celery beat", "scheduler": "Celery beat shop", "entries": [entry]}
    assert on.marks == [("/api/v1/schedules", told)]


def test_marks_wait_for_a_server_that_is_down(on: Intake) -> None:
    import tailback

    on.stop()
    tailback.outcome("payments.succeeded", 2)
    assert not agent.flush(5)
    tailback.outcome("payments.succeeded", 3)
    on.start()

    flush_until(lambda: on.marks)
    on.wait(lambda intake: sum(body["count"] for _, body in intake.marks) == 5)


def test_a_step_that_may_have_been_counted_is_not_sent_twice(on: Intake) -> None:
    import tailback

    on.replies = [Reply(202, record=True, drop=True)]
    tailback.outcome("payments.succeeded", 2)

    assert agent.flush(10)

    assert [body["count"] for _, body in on.marks] == [2]


def test_debugging_says_every_batch(
    fresh: None,
    intake: Intake,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("TAILBACK_DEBUG", "1")
    agent.install(intake.dsn)
    with caplog.at_level(logging.WARNING):
        emit_many(2)
        assert agent.flush(10)

    assert "batch 1 with 2 events: 202" in caplog.text
