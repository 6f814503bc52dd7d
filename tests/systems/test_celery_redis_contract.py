"""Celery on a real Redis, with real workers, by the contract of every job system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.testing.systems import ProbeContract, SystemContract
from tests.systems.celery_rig import RedisRig, StampedRedisRig


class TestCeleryOnRedis(SystemContract):
    @pytest.fixture
    def rig(self, redis_url: str, tmp_path: Path) -> Iterator[RedisRig]:
        with RedisRig(redis_url, tmp_path) as rig:
            yield rig


class TestCeleryOnRedisWithTheHookInProducersOnly(ProbeContract):
    # It is the same probe, which the other class counts.
    test_the_probe_writes_nothing_and_stays_bounded = None

    @pytest.fixture
    def rig(self, redis_url: str, tmp_path: Path) -> Iterator[StampedRedisRig]:
        with StampedRedisRig(redis_url, tmp_path) as rig:
            yield rig
