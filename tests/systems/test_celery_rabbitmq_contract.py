"""Celery on a real RabbitMQ with its management API, by the contract of every job system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.testing.probe_contract import looking
from tailback.testing.rig import Rig
from tailback.testing.systems import ProbeContract, SystemContract
from tailback.testing.waiting import eventually
from tests.services import Rabbit
from tests.systems.celery_rig import RabbitRig, StampedRabbitRig


class ScheduledJobsAreHeldByWorkers:
    """What a worker holds until its time cannot be read, and is therefore never called late."""

    def test_a_job_scheduled_for_later_is_not_late(self, rig: Rig) -> None:
        rig.start_worker()
        with looking(rig) as look:
            eventually(lambda: look.at().workers, "the worker takes jobs")
            rig.enqueue(rig.work(delay_s=3600.0))
            reading = eventually(
                lambda: (seen := look.at()).notes and not seen.waiting and seen,
                "the worker holds it",
            )

        assert reading.oldest_due_at is None
        assert reading.scheduled is None
        assert reading.notes == ("held-by-workers=1",)


class TestCeleryOnRabbitMQ(ScheduledJobsAreHeldByWorkers, SystemContract):
    @pytest.fixture
    def rig(self, rabbitmq: Rabbit, tmp_path: Path) -> Iterator[RabbitRig]:
        with RabbitRig(rabbitmq, tmp_path) as rig:
            yield rig


class TestCeleryOnRabbitMQWithTheHookInProducersOnly(ScheduledJobsAreHeldByWorkers, ProbeContract):
    # It is the same probe, which the other class counts.
    test_the_probe_writes_nothing_and_stays_bounded = None

    @pytest.fixture
    def rig(self, rabbitmq: Rabbit, tmp_path: Path) -> Iterator[StampedRabbitRig]:
        with StampedRabbitRig(rabbitmq, tmp_path) as rig:
            yield rig

    def test_a_scheduled_job_that_nobody_holds_is_not_late(self, rig: Rig) -> None:
        rig.enqueue(rig.work(delay_s=3600.0))

        with looking(rig) as look:
            assert look.at().oldest_due_at is None
