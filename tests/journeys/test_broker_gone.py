"""The broker goes away for a while: nothing is green meanwhile, and the ages are right afterwards."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tailback.testing.rig import now
from tailback.testing.waiting import eventually
from tests.journeys.board import Board, lane
from tests.journeys.test_celery_trouble import Shop
from tests.services import accepts, free_port, run_redis, wait_until


class Broker:
    """A Redis that keeps everything on disk and can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always", "--dir", str(self._folder)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        wait_until(lambda: accepts(self.port), "redis-server", self.process)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(15)


@contextmanager
def started(folder: Path) -> Iterator[Broker]:
    with run_redis(folder):
        """Skip by name where there is no redis-server."""
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    folder = tmp_path / "redis"
    folder.mkdir()
    with started(folder) as broker:
        yield broker


def test_nothing_is_green_while_the_broker_is_away_and_ages_are_right_when_it_is_back(
    broker: Broker, tmp_path: Path
) -> None:
    lanes = (lane("emails"), lane("exports", "4m"))
    with (
        Board(tmp_path, "celery", broker.url, *lanes) as board,
        Shop(broker.url, tmp_path, board) as shop,
    ):
        worker = shop.worker("emails")
        began = now()
        job = shop.put("exports")
        board.lane("exports", lambda found: found["waiting"] == 1, "the job waits")

        broker.kill()
        found = board.says("exports", "unknown", "cannot_see")

        assert found["sentence"].startswith("Unknown: not measured since ")
        assert found["sentence"].endswith(", source shop cannot be read")
        assert "cannot be seen" in board.get("/api/v1/lanes")["summary"]
        assert "Exports Not measured since" in board.page("/")

        broker.start()
        found = board.says("exports", "healthy", "on_time")
        assert found["measured_at"] - found["oldest_age_s"] == pytest.approx(began, abs=6)
        worker.kill()  # it waits ever longer between its attempts to connect
        shop.start_worker(queues=["emails", "exports"], hook=True)
        board.job(job, "succeeded")
        board.says("exports", "healthy", "idle")
        board.says("emails", "healthy", "idle")


@pytest.mark.prove
def test_jobs_that_a_full_redis_evicts_are_missing(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    with (
        run_redis(folder, "--maxmemory-policy", "allkeys-lru") as url,
        Board(tmp_path, "celery", url, lane("emails", "1m")) as board,
        Shop(url, tmp_path, board) as shop,
    ):
        for _ in range(20):
            shop.put("emails", "shop.add", "x" * 50_000)
        board.lane("emails", lambda found: found["waiting"] == 20, "all wait")

        used = shop.redis.info("memory")["used_memory"]
        shop.redis.config_set("maxmemory", used - 500_000)
        eventually(lambda: not shop.redis.exists("emails"), "Redis evicts the queue")
        shop.redis.config_set("maxmemory", 0)

        found = board.says("emails", "missing", "jobs_vanish")
        said = "Missing: 20 jobs disappeared without having finished"
        assert found["sentence"].startswith(said)
