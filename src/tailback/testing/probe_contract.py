"""What the probe alone must see: no code of ours in the application, every worker dead."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from tailback.core.model import QueueReading
from tailback.core.system import Capabilities, Probe
from tailback.testing.rig import Enqueued, Rig, now
from tailback.testing.waiting import eventually
from tailback.testing.work import FOREVER

AGE_TOLERANCE_S = 2.0
RETRY_LOOP_S = 60.0 if os.environ.get("TAILBACK_PROVE") else 10.0
AFTER_KILL_S = 5.0
MANY = 100_000
MAX_CALLS_PER_QUEUE = 600

# flag -> the numbers of a reading that only this flag allows to be anything but None
NEEDS = {
    "probe_waiting": ("waiting",),
    "probe_running": ("running",),
    "probe_running_age": ("oldest_running_at",),
    "probe_retrying": ("retrying",),
    "probe_scheduled": ("scheduled", "overdue_scheduled"),
    "probe_dead": ("dead",),
    "probe_workers": ("workers",),
    "probe_paused": ("paused",),
    "probe_completions": ("done_counter",),
}
# flag -> the numbers that it promises in every reading
PROMISES = {
    "probe_waiting": ("waiting",),
    "probe_running": ("running",),
    "probe_retrying": ("retrying",),
    "probe_scheduled": ("scheduled",),
    "probe_dead": ("dead",),
    "probe_workers": ("workers",),
    "probe_paused": ("paused",),
}


def check_promises(reading: QueueReading, able: Capabilities) -> None:
    """Fail when a reading guesses what is not promised, or withholds what is."""
    for flag, names in NEEDS.items():
        if not getattr(able, flag):
            assert {getattr(reading, name) for name in names} == {None}, (flag, reading)
    for flag, names in PROMISES.items():
        if getattr(able, flag):
            assert None not in [getattr(reading, name) for name in names], (flag, reading)
    if not able.probe_age:
        assert reading.oldest_source in {None, "first_seen"}, reading
    assert (reading.oldest_due_at is None) == (reading.oldest_source is None), reading
    if reading.oldest_due_at is not None:
        assert reading.oldest_due_at <= now() + able.time_precision_s, reading


class Looking:
    """A probe of a rig whose every reading is held against the capabilities."""

    def __init__(self, rig: Rig, probe: Probe) -> None:
        self.able = rig.system.capabilities
        self.probe = probe

    def at(self, queue: str = "emails") -> QueueReading:
        reading = self.all(queue)[queue]
        assert reading.queue == queue
        return reading

    def when(self, name: str) -> QueueReading | None:
        """Return a reading whose number `name` is neither None nor 0, else None."""
        reading = self.at()
        return reading if getattr(reading, name) else None

    def all(self, *queues: str) -> dict[str, QueueReading]:
        readings = {reading.queue: reading for reading in self.probe.read(queues, now())}
        assert sorted(readings) == sorted(queues)
        for reading in readings.values():
            check_promises(reading, self.able)
        return readings

    def check_age(self, reading: QueueReading, job: Enqueued, *, promised: bool) -> None:
        """The age is true within 2 s; where it is not promised it is absent or "at least"."""
        if promised:
            assert reading.oldest_due_at is not None, reading
            assert abs(reading.oldest_due_at - job.due) <= AGE_TOLERANCE_S, (reading, job)
        elif reading.oldest_due_at is not None:
            assert reading.oldest_due_at >= job.due - AGE_TOLERANCE_S, (reading, job)


@contextmanager
def looking(rig: Rig) -> Iterator[Looking]:
    """Open the probe of `rig` for a block."""
    with closing(rig.probe()) as probe:
        yield Looking(rig, probe)


def needs(rig: Rig, *flags: str) -> None:
    """Skip when the capabilities of the system do not promise all of `flags`."""
    missing = [flag for flag in flags if not getattr(rig.system.capabilities, flag)]
    if missing:
        pytest.skip(f"{rig.system.title} does not promise {', '.join(missing)}")


class ProbeContract:
    """The probe alone."""

    def test_an_empty_queue_has_no_age(self, rig: Rig) -> None:
        with looking(rig) as look:
            reading = look.at()

        assert reading.oldest_due_at is None
        assert reading.waiting in {0, None}
        assert reading.oldest_running_at is None
        assert reading.ready_wait is None

    def test_age_counts_from_the_first_enqueue(self, rig: Rig) -> None:
        job = rig.enqueue(rig.work())
        rig.enqueue(rig.work())

        with looking(rig) as look:
            reading = look.at()

        look.check_age(reading, job, promised=look.able.probe_age)
        assert reading.waiting in {2, None}

    def test_a_queue_with_jobs_is_discovered(self, rig: Rig) -> None:
        needs(rig, "probe_discovers")
        rig.enqueue(rig.work(queue="emails"))
        rig.enqueue(rig.work(queue="exports"))

        with looking(rig) as look:
            found = look.probe.discover()

        assert {"emails", "exports"} <= set(found)
        assert list(found) == sorted(found)

    def test_two_queues_never_mix(self, rig: Rig) -> None:
        with looking(rig) as look:
            emails = rig.enqueue(rig.work(queue="emails"))
            exports = [rig.enqueue(rig.work(queue="exports")) for _ in range(2)]
            readings = look.all("emails", "exports", "nobody")

        assert readings["nobody"].oldest_due_at is None
        assert readings["nobody"].waiting in {0, None}
        assert readings["emails"].waiting in {1, None}
        assert readings["exports"].waiting in {2, None}
        look.check_age(readings["emails"], emails, promised=look.able.probe_age)
        look.check_age(readings["exports"], exports[0], promised=look.able.probe_age)

    def test_a_job_scheduled_for_later_is_not_late(self, rig: Rig) -> None:
        rig.enqueue(rig.work(delay_s=3600.0))

        with looking(rig) as look:
            reading = look.at()

        assert reading.oldest_due_at is None
        assert reading.ready_wait is None
        assert reading.scheduled in {1, None}
        assert reading.overdue_scheduled in {0, None}
        assert reading.waiting in {0, None}

    def test_a_scheduled_job_ages_once_it_is_due(self, rig: Rig) -> None:
        needs(rig, "probe_scheduled", "probe_age")
        job = rig.enqueue(rig.work(delay_s=1.5))

        with looking(rig) as look:
            reading = eventually(lambda: look.when("oldest_due_at"), "the job is late")

        look.check_age(reading, job, promised=True)
        assert reading.overdue_scheduled == 1

    def test_a_retry_that_waits_out_its_backoff_is_late(self, rig: Rig) -> None:
        work = rig.work(fail=FOREVER, retries=3, retry_delay_s=3600.0)
        job = rig.enqueue(work)
        rig.start_worker()
        eventually(lambda: rig.journal.attempts(work.key) == 1, "the first attempt ran")

        with looking(rig) as look:
            if look.able.probe_retrying:
                eventually(lambda: look.at().retrying == 1, "the retry is counted as one")
            reading = look.at()

        look.check_age(reading, job, promised=look.able.probe_age_across_retries)
        if look.able.probe_retrying:
            assert reading.scheduled in {0, None}

    def test_a_running_job_is_seen(self, rig: Rig) -> None:
        needs(rig, "probe_running")
        work = rig.work(hold=True)
        job = rig.enqueue(work)
        rig.start_worker()
        eventually(lambda: rig.journal.attempts(work.key) == 1, "the job runs")

        with looking(rig) as look:
            reading = eventually(lambda: look.when("running"), "a job is running")

        assert reading.running == 1
        look.check_age(reading, job, promised=look.able.probe_age_across_retries)
        if look.able.probe_running_age:
            assert reading.oldest_running_at is not None
            assert reading.oldest_running_at >= job.at - AGE_TOLERANCE_S

    def test_a_finished_job_has_no_age(self, rig: Rig) -> None:
        work = rig.work()
        rig.enqueue(work)

        with looking(rig) as look:
            look.at()
            rig.start_worker()
            eventually(lambda: rig.journal.done(work.key), "the job is done")
            eventually(lambda: look.at().oldest_due_at is None, "nothing has an age")

    def test_the_job_of_a_killed_worker_is_found(self, rig: Rig) -> None:
        work = rig.work(hold=True)
        job = rig.enqueue(work)
        worker = rig.start_worker()
        eventually(lambda: rig.journal.attempts(work.key) == 1, "the job runs")

        worker.kill()

        with looking(rig) as look:
            reading = look.at()
            if look.able.loses_running_on_kill:
                assert reading.oldest_due_at is None
            else:
                look.check_age(reading, job, promised=look.able.probe_age_across_retries)

    def test_dead_jobs_are_counted_and_have_no_age(self, rig: Rig) -> None:
        needs(rig, "probe_dead")
        rig.enqueue(rig.work(fail=FOREVER))
        rig.start_worker()

        with looking(rig) as look:
            reading = eventually(lambda: look.when("dead"), "a job is dead")

        assert reading.dead == 1
        assert reading.oldest_due_at is None

    def test_workers_are_counted(self, rig: Rig) -> None:
        needs(rig, "probe_workers")

        with looking(rig) as look:
            before = look.at().workers
            rig.start_worker()
            eventually(lambda: look.at().workers == 1, "one worker is counted")

        assert before == 0

    def test_a_retry_loop_shows_its_true_age_while_the_queue_looks_empty(self, rig: Rig) -> None:
        needs(rig, "probe_age_across_retries")
        work = rig.work(fail=FOREVER, retries=10_000, retry_delay_s=1.0)
        job = rig.enqueue(work)
        worker = rig.start_worker()
        eventually(lambda: rig.journal.attempts(work.key) >= 2, "the job is in its retry loop")
        naive: list[int] = []

        with looking(rig) as look:

            def old_enough(age_s: float) -> bool:
                reading = look.at()
                look.check_age(reading, job, promised=True)
                naive.append(rig.naive_length("emails"))
                return now() - job.at >= age_s

            eventually(lambda: old_enough(RETRY_LOOP_S), "the loop went on", RETRY_LOOP_S + 30)
            worker.kill()
            eventually(lambda: old_enough(RETRY_LOOP_S + AFTER_KILL_S), "the age climbs on", 30)

        assert rig.journal.attempts(work.key) >= RETRY_LOOP_S / 6
        assert sorted(naive)[len(naive) // 2] == 0, "the queue looked empty most of the time"

    def test_the_probe_writes_nothing_and_stays_bounded(self, rig: Rig) -> None:
        rig.fill("emails", 1000)
        with looking(rig) as look:
            look.at()
            with rig.guard() as small:
                look.at()
            rig.fill("emails", MANY - 1000)
            with rig.guard() as large:
                reading = look.at()
                look.probe.discover()
        with rig.guard() as fresh, looking(rig) as look:
            look.at()

        assert reading.waiting in {MANY, None}
        assert small.calls > 0
        assert small.writes == large.writes == fresh.writes == []
        assert large.calls <= 2 * small.calls + 20
        assert large.calls <= MAX_CALLS_PER_QUEUE
