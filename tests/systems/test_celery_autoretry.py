"""A loop of `autoretry_for` on both brokers; `self.retry(countdown=…)` is in the contract of every system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.testing.probe_contract import AFTER_KILL_S, AGE_TOLERANCE_S, RETRY_LOOP_S
from tailback.testing.rig import now
from tailback.testing.waiting import eventually
from tailback.testing.work import FOREVER
from tests.systems.celery_rig import CeleryRig, RabbitRig, StampedRedisRig


@pytest.fixture(params=["redis", "rabbitmq"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CeleryRig]:
    if request.param == "redis":
        made = StampedRedisRig(request.getfixturevalue("redis_url"), tmp_path)
    else:
        made = RabbitRig(request.getfixturevalue("rabbitmq"), tmp_path)
    with made:
        yield made


def test_an_autoretry_loop_shows_its_true_age_in_broker_and_ledger(rig: CeleryRig) -> None:
    job = rig.call("enqueue_auto", rig.work(fail=FOREVER).plan())
    worker = rig.start_worker(hook=True)
    rig.collector.wait("retrying", 2, id=job)
    first = rig.collector.wait("enqueued", id=job)[0]["at"]
    naive: list[int] = []

    def true_for(age_s: float) -> bool:
        (oldest,) = rig.collector.ledger().oldest("shop", "emails", (), 1)
        assert abs(oldest.first_due_at - first) <= AGE_TOLERANCE_S
        (reading,) = probe.read(["emails"], now())
        if rig.able.probe_age_across_retries:
            # A running retry is in no key: then the probe goes by what it remembers and says so.
            remembered = "between-attempts=1" in reading.notes
            assert reading.oldest_source == ("sample" if remembered else "stamp")
            assert abs(reading.oldest_due_at - first) <= AGE_TOLERANCE_S
        elif reading.oldest_due_at is not None:
            assert reading.oldest_due_at >= first - AGE_TOLERANCE_S
        naive.append(rig.naive_length("emails"))
        return now() - first > age_s

    with rig.opened() as probe:
        eventually(lambda: true_for(RETRY_LOOP_S), "the loop went on", RETRY_LOOP_S + 30)
        assert sorted(naive)[len(naive) // 2] == 0, "the queue looked empty most of the time"
        worker.kill()
        eventually(lambda: true_for(RETRY_LOOP_S + AFTER_KILL_S), "the age climbs on", 30)
