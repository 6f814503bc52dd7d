"""Huey on a real Redis and on SQLite, with real consumers, by the contract of every job system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.testing.systems import SystemContract
from tests.systems.huey_rig import HueyRig, RedisRig, SqliteRig


class TestHueyOnRedis(SystemContract):
    @pytest.fixture
    def rig(self, redis_url: str, tmp_path: Path) -> Iterator[HueyRig]:
        with RedisRig(redis_url, tmp_path) as rig:
            yield rig


class TestHueyOnSqlite(SystemContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[HueyRig]:
        with SqliteRig(tmp_path) as rig:
            yield rig
