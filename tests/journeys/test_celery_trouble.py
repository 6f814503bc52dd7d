"""What a person reads when Celery workers die, freeze, starve, or are killed by a job.

One Redis, one server and one shop; every test has a queue and workers of its own.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.testing.processes import Process
from tailback.testing.rig import now
from tests import services
from tests.journeys.board import Board, Told, ages_from, lane, signals_to
from tests.systems.celery_rig import RedisRig

QUEUES = ("killed", "frozen", "starved", "shared", "nobody", "poison", "undeployed")


class Shop(Told, RedisRig):
    """A Celery shop whose producers and workers tell a board."""

    def __init__(self, broker: str, folder: Path, board: Board) -> None:
        self.board = board
        super().__init__(broker, folder, slots=1)

    def put(self, queue: str, task: str = "shop.add", *args: object) -> str:
        """Enqueue one task; `shop.add` unless said, which is done at once."""
        return str(self.call("call_in", queue, task, args))

    def worker(self, queue: str, **environment: str) -> Process:
        """Start a worker that has done its first job."""
        worker = self.start_worker(queues=[queue], hook=True, **environment)
        self.put(queue)
        self.board.lane(queue, lambda found: found["completions_5m"], "the first job is done")
        return worker


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "redis").mkdir()
    with (
        services.run_redis(folder / "redis") as url,
        Board(folder, "celery", url, *map(lane, QUEUES)) as board,
        Shop(url, folder, board) as shop,
    ):
        yield shop


def test_killed_workers_are_said_to_be_gone_until_a_new_one_works(shop: Shop) -> None:
    worker = shop.worker("killed")
    worker.kill()
    began = now()
    for _ in range(3):
        shop.put("killed")

    found = shop.board.says("killed", "stuck", "workers_gone", workers=0)

    assert found["sentence"].startswith("Stuck: all workers are gone or frozen (not heard for ")
    assert " and 3 jobs wait" in found["sentence"]
    assert found["sentence"].endswith("; customers cannot get a receipt")
    ages_from(found, began)
    assert "Stuck" in shop.board.page("/lanes/killed")

    worker = shop.worker("killed")
    shop.board.says("killed", "healthy", "idle", workers=1, completions_5m=5)
    worker.stop()


def test_frozen_workers_are_said_to_be_gone_or_frozen_and_go_on_when_they_thaw(shop: Shop) -> None:
    worker = shop.worker("frozen")
    send = signals_to(worker)
    send(signal.SIGSTOP)
    began = now()
    for _ in range(2):
        shop.put("frozen")

    found = shop.board.says("frozen", "stuck", "workers_gone", workers=0)
    send(signal.SIGCONT)

    assert "gone or frozen (not heard for " in found["sentence"]
    ages_from(found, began)
    shop.board.says("frozen", "healthy", "idle", workers=1, completions_5m=3)
    worker.stop()


def test_jobs_held_behind_a_long_one_are_said_to_be_blocked_by_it(shop: Shop) -> None:
    worker = shop.worker("starved", CELERY_PREFETCH="4")
    shop.put("starved", "shop.sleep", 600)
    for _ in range(3):
        shop.put("starved")

    found = shop.board.says("starved", "stuck", "blocked_by_long_job", running=1, waiting=3)

    assert "one job has been running for " in found["sentence"]
    assert "blocks the others" in found["sentence"]
    assert shop.naive_length("starved") == 0
    worker.kill()


def test_a_queue_that_no_worker_listens_to_is_named_as_such(shop: Shop) -> None:
    worker = shop.worker("shared")
    began = now()
    shop.put("nobody")

    found = shop.board.says("nobody", "stuck", "nobody_consumes", workers=None)

    assert "listens to this queue and 1 job waits" in found["sentence"]
    ages_from(found, began)
    worker.stop()


def test_a_job_that_kills_each_child_it_is_given_to_is_named(shop: Shop) -> None:
    worker = shop.worker("poison", CELERY_LATE="1", CELERY_REJECT="1")
    began = now()
    job = shop.put("poison", "shop.kill", str(shop.folder))

    # Slow while another job has just finished, stuck when it is the only one and nothing goes on.
    found = shop.board.lane("poison", lambda lane: lane["cause"] == "poison_job", "poison_job")

    word = found["verdict"].capitalize()
    assert word in {"Slow", "Stuck"}
    assert found["sentence"].startswith(f"{word}: job {job} took its worker down ")
    assert found["reasons"][0]["bucket"] == "lost worker"
    ages_from(found, began)
    said = shop.board.job(job, "retrying")
    assert said["fails"] >= 2
    assert said["sentence"] == "The worker was killed, often for using too much memory"
    assert said["sentence"] in shop.board.page(f"/jobs/{job}")
    worker.kill()


def test_tasks_that_the_worker_does_not_know_are_said_to_be_thrown_away(shop: Shop) -> None:
    worker = shop.worker("undeployed")
    jobs = [shop.put("undeployed", "shop.not_deployed_yet") for _ in range(5)]

    found = shop.board.says("undeployed", "missing", "jobs_thrown_away")

    assert found["sentence"].startswith("Missing: 5 jobs of shop.not_deployed_yet thrown away")
    shop.board.job(jobs[0], "discarded")
    page = shop.board.page(f"/jobs/{jobs[0]}")
    assert "Workers do not know a task: shop.not_deployed_yet" in page
    worker.stop()
