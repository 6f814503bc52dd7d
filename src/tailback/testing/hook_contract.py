"""What the hook in workers and producers adds, and that the application never notices it."""

import json

from tailback.testing.probe_contract import (
    AFTER_KILL_S,
    AGE_TOLERANCE_S,
    RETRY_LOOP_S,
    needs,
)
from tailback.testing.rig import Rig, now
from tailback.testing.waiting import eventually
from tailback.testing.work import FOREVER

HOSTILE = "\x00 \ud800 \x1b[31m <script>alert(1)</script> \u202e \U0001d54f " + "long " * 20_000
# Three heartbeats of 15 s and some more.
SILENCE_S = 60.0
SECRET = "4111-secret-argument-1111"


class HookContract:
    """The hook, against a collector that speaks the wire format."""

    def test_a_job_tells_its_way_to_success(self, rig: Rig) -> None:
        needs(rig, "hook_enqueue", "hook_start", "hook_result")
        work = rig.work(value={"sent": 3}, tenant="acct_42")
        job = rig.enqueue(work, hook=True)
        rig.start_worker(hook=True)

        done = rig.collector.wait("succeeded", id=job.id)[0]

        enqueued = rig.collector.wait("enqueued", id=job.id)[0]
        started = rig.collector.wait("started", id=job.id)[0]
        assert [event["queue"] for event in (enqueued, started, done)] == ["emails"] * 3
        assert len({event["job"] for event in (enqueued, started, done)}) == 1
        assert abs(enqueued["at"] - job.at) <= AGE_TOLERANCE_S
        assert enqueued["at"] <= started["at"] <= done["at"]
        assert done["ran_for"] >= 0
        assert started["attempt"] == 1
        assert {event.get("tenant") for event in (enqueued,)} == {"acct_42"}
        assert started["worker"]
        assert not rig.collector.events("dead")
        assert not rig.collector.events("retrying")

    def test_the_result_and_the_exception_are_unchanged(self, rig: Rig) -> None:
        needs(rig, "hook_result", "hook_error")
        good, bad = rig.work(value=[1, "two"]), rig.work(fail=FOREVER, text="exactly this text")
        first, second = rig.enqueue(good, hook=True), rig.enqueue(bad, hook=True)
        rig.start_worker(hook=True)

        rig.collector.wait("succeeded", id=first.id)
        rig.collector.wait("dead", id=second.id)

        eventually(lambda: rig.outcome(first), "the result is kept by the job system")
        assert rig.outcome(first) == ["value", [1, "two"]]
        kind, text = eventually(lambda: rig.outcome(second), "the error is kept by the job system")
        assert kind == "error"
        assert "exactly this text" in text

    def test_every_failed_attempt_tells_its_error_and_what_comes_next(self, rig: Rig) -> None:
        needs(rig, "hook_error", "hook_enqueue")
        work = rig.work(fail=FOREVER, retries=2, retry_delay_s=1.0)
        job = rig.enqueue(work, hook=True)
        rig.start_worker(hook=True)

        dead = rig.collector.wait("dead", id=job.id)[0]

        retries = rig.collector.wait("retrying", 2, id=job.id)
        assert len(retries) == 2
        assert rig.journal.attempts(work.key) == 3
        assert [event["attempt"] for event in (*retries, dead)] == [1, 2, 3]
        for event in (*retries, dead):
            assert event["error"]["type"].endswith("ValueError")
            assert event["error"]["message"] == work.text
            assert "perform" in event["error"]["trace"]
        for event in retries:
            assert event["due_at"] - event["at"] <= 1.0 + AGE_TOLERANCE_S
        assert len(rig.collector.events("dead", id=job.id)) == 1

    def test_a_retry_loop_shows_its_true_age_in_the_ledger(self, rig: Rig) -> None:
        needs(rig, "hook_enqueue", "hook_error")
        work = rig.work(fail=FOREVER, retries=10_000, retry_delay_s=1.0)
        job = rig.enqueue(work, hook=True)
        worker = rig.start_worker(hook=True)
        rig.collector.wait("retrying", 2, id=job.id)
        naive: list[int] = []

        def old_enough(age_s: float) -> bool:
            (oldest,) = rig.collector.ledger().oldest(rig.collector.source, "emails", (), 1)
            assert oldest.id == job.id
            assert abs(oldest.first_due_at - job.due) <= AGE_TOLERANCE_S
            naive.append(rig.naive_length("emails"))
            return now() - job.at >= age_s

        eventually(lambda: old_enough(RETRY_LOOP_S), "the loop went on", RETRY_LOOP_S + 30)
        # Some brokers put the job of a killed worker back into the queue at once.
        looked_empty = sorted(naive)[len(naive) // 2] == 0
        worker.kill()
        eventually(lambda: old_enough(RETRY_LOOP_S + AFTER_KILL_S), "the age climbs on", 30)

        assert rig.journal.attempts(work.key) >= RETRY_LOOP_S / 6
        assert looked_empty, "the queue looked empty most of the time"

    def test_a_job_that_succeeds_after_a_retry_ends_once(self, rig: Rig) -> None:
        needs(rig, "hook_enqueue", "hook_error", "hook_result")
        work = rig.work(fail=1, retries=3, retry_delay_s=1.0)
        job = rig.enqueue(work, hook=True)
        rig.start_worker(hook=True)

        done = rig.collector.wait("succeeded", id=job.id)

        assert [event["attempt"] for event in done] == [2]
        assert len(rig.collector.events("retrying", id=job.id)) == 1
        assert rig.collector.events("dead") == []

    def test_a_scheduled_job_tells_when_it_is_due(self, rig: Rig) -> None:
        needs(rig, "hook_enqueue")
        job = rig.enqueue(rig.work(delay_s=3600.0), hook=True)

        enqueued = rig.collector.wait("enqueued", id=job.id)[0]

        assert abs(enqueued["due_at"] - job.due) <= AGE_TOLERANCE_S

    def test_the_job_of_a_killed_worker_is_lost_in_the_ledger(self, rig: Rig) -> None:
        needs(rig, "hook_start")
        able = rig.system.capabilities
        work = rig.work(hold=True)
        job = rig.enqueue(work, hook=True)
        worker = rig.start_worker(hook=True)
        started = rig.collector.wait("started", id=job.id)[0]
        eventually(lambda: self._heard(rig, started["worker"]), "its worker announced itself")

        worker.kill()

        ledger = rig.collector.ledger(redelivers=able.redelivers_lost)
        lost = ledger.derive_lost(now() + SILENCE_S)
        assert [event.id for _, event in lost] == [job.id]
        ledger.apply(rig.collector.source, [event for _, event in lost], now())
        oldest = ledger.oldest(rig.collector.source, "emails", (), 1)
        assert [view.id for view in oldest] == ([job.id] if able.redelivers_lost else [])
        dead = ledger.dead(rig.collector.source, "emails", (), 1)
        assert [view.id for view in dead] == ([] if able.redelivers_lost else [job.id])

    def test_arguments_never_leave_the_process(self, rig: Rig) -> None:
        needs(rig, "hook_enqueue")
        good, bad = rig.work(secret=SECRET), rig.work(secret=SECRET, fail=FOREVER)
        jobs = [rig.enqueue(work, hook=True) for work in (good, bad)]
        rig.start_worker(hook=True)

        rig.collector.wait("succeeded", id=jobs[0].id)
        rig.collector.wait("dead", id=jobs[1].id)

        assert rig.collector.bodies
        assert not any(SECRET.encode() in body for body in rig.collector.bodies)

    def test_hostile_text_of_a_job_survives_without_harm(self, rig: Rig) -> None:
        needs(rig, "hook_error")
        odd = rig.work(fail=FOREVER, text=HOSTILE)
        unreadable = rig.work(fail=FOREVER, error="Hostile")
        after = rig.work()
        jobs = [rig.enqueue(work, hook=True) for work in (odd, unreadable, after)]
        rig.start_worker(hook=True)

        rig.collector.wait("dead", id=jobs[0].id)
        rig.collector.wait("dead", id=jobs[1].id)
        rig.collector.wait("succeeded", id=jobs[2].id)

        # A job system may itself break on such a text; then the attempt is told once more.
        errors = [
            [e["error"] for e in rig.collector.events(id=j.id) if e.get("error")] for j in jobs
        ]
        assert len(json.dumps(errors)) < 200_000
        assert any("<script>" in error["message"] for error in errors[0])
        assert any(error["type"].endswith("HostileError") for error in errors[1])

    def test_a_broken_agent_never_reaches_the_job(self, rig: Rig) -> None:
        needs(rig, "hook_start")
        good = rig.work(value="kept", tenant="acct_1")
        bad = rig.work(fail=1, retries=1, retry_delay_s=1.0)
        jobs = [rig.enqueue(work) for work in (good, bad)]
        rig.start_worker(hook=True, TAILBACK_TEST_BREAK="1")

        eventually(lambda: rig.journal.done(bad.key), "the second attempt succeeded")

        assert rig.journal.attempts(good.key) == 1
        assert rig.journal.attempts(bad.key) == 2
        assert eventually(lambda: rig.outcome(jobs[0]), "the result is there") == ["value", "kept"]
        assert rig.collector.events() == []

    def test_a_server_that_is_down_costs_the_jobs_nothing(self, rig: Rig) -> None:
        needs(rig, "hook_start")
        works = [rig.work(value=n) for n in range(20)]
        rig.collector.close()
        jobs = [rig.enqueue(work, hook=True) for work in works]
        worker = rig.start_worker(hook=True)

        eventually(lambda: all(rig.journal.done(work.key) for work in works), "all jobs are done")

        assert [rig.journal.attempts(work.key) for work in works] == [1] * 20
        last = eventually(lambda: rig.outcome(jobs[-1]), "the last result is there")
        assert last == ["value", 19]
        assert worker.alive()

    @staticmethod
    def _heard(rig: Rig, worker: str) -> bool:
        beats = [beat for beat in rig.collector.workers() if beat["id"] == worker]
        return any("emails" in beat["queues"] for beat in beats)
