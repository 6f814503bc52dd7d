"""RQ on a real Redis, with real workers, by the contract of every job system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.testing.systems import SystemContract
from tests.systems.rq_rig import RqRig


class TestRqContract(SystemContract):
    @pytest.fixture
    def rig(self, redis_url: str, tmp_path: Path) -> Iterator[RqRig]:
        with RqRig(redis_url, tmp_path) as rig:
            yield rig
