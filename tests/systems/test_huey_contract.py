"""Huey on a real Redis and on SQLite, with real consumers, by the contract of every job system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.testing.systems import SystemContract
from tests.systems.huey_rig import HueyRig, RedisRig, SqliteRig


class TestHueyOnRedis(SystemContract):
    @pytest.fixture
    def rig(self, redis_url: str, tmp_path: Path) -> Iterator[HueyRig]:
        rig = RedisRig(redis_url, tmp_path)
        yield rig
        rig.close()


class TestHueyOnSqlite(SystemContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[HueyRig]:
        rig = SqliteRig(tmp_path)
        yield rig
        rig.close()
