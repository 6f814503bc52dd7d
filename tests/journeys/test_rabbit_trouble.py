"""What a person reads when Celery workers on RabbitMQ die, freeze, starve or do something else.

RabbitMQ shows nobody what workers hold: it is the hook in the workers that tells. One node, one
server and one shop; every test has a queue and workers of its own.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.testing.processes import Process
from tailback.testing.rig import now
from tests.journeys.board import Board, Told, ages_from, lane, signals_to
from tests.services import Rabbit
from tests.systems.celery_rig import RabbitRig

# RabbitMQ's own times are whole seconds, and its statistics follow a few behind.
LOOKS_S = 10.0
QUEUES = ("killed", "frozen", "starved", "held", "shared", "nobody", "busy", "second")


class Shop(Told, RabbitRig):
    """A Celery shop on RabbitMQ whose producers and workers tell a board."""

    def __init__(self, node: Rabbit, folder: Path) -> None:
        self.board: Board
        super().__init__(node, folder, slots=1)

    def put(self, queue: str, task: str = "shop.add", *args: object) -> str:
        """Enqueue one task; `shop.add` unless said, which is done at once."""
        return str(self.call("call_in", queue, task, args))

    def worker(self, *queues: str, **environment: str) -> Process:
        """Start a worker that has done its first job."""
        worker = self.start_worker(queues=queues, hook=True, **environment)
        self.put(queues[0])
        self.board.lane(queues[0], lambda found: found["completions_5m"], "the first job is done")
        return worker


@pytest.fixture(scope="module")
def shop(rabbitmq: Rabbit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    with Shop(rabbitmq, folder) as shop:
        url = shop.broker.replace("guest:guest@", "look:look@")
        management = f'management_url = "{rabbitmq.management_url}"'
        with Board(folder, "celery", url, *map(lane, QUEUES), more=management) as board:
            shop.board = board
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
    ages_from(found, began, LOOKS_S)

    worker = shop.worker("killed")
    shop.board.says("killed", "healthy", "idle", workers=1, completions_5m=5)
    worker.stop()


def test_frozen_workers_that_hold_jobs_are_said_to_be_gone_or_frozen(shop: Shop) -> None:
    worker = shop.worker("frozen", CELERY_PREFETCH="4")
    send = signals_to(worker)
    send(signal.SIGSTOP)
    began = now()
    for _ in range(2):
        shop.put("frozen")

    found = shop.board.says("frozen", "stuck", "workers_gone", workers=0)
    send(signal.SIGCONT)

    assert "gone or frozen (not heard for " in found["sentence"]
    ages_from(found, began, LOOKS_S)
    shop.board.says("frozen", "healthy", "idle", workers=1, completions_5m=3)
    worker.stop()


def test_jobs_held_behind_a_long_one_are_said_to_be_blocked_by_it(shop: Shop) -> None:
    worker = shop.worker("starved", CELERY_PREFETCH="4")
    began = now()
    shop.put("starved", "shop.sleep", 600)
    for _ in range(3):
        shop.put("starved")

    found = shop.board.says("starved", "stuck", "blocked_by_long_job", running=1, waiting=3)

    assert "one job has been running for " in found["sentence"]
    ages_from(found, began, LOOKS_S)
    assert shop.naive_length("starved") == 0
    worker.kill()


def test_jobs_held_by_one_worker_are_late_though_another_is_idle(shop: Shop) -> None:
    holder = shop.worker("held", CELERY_PREFETCH="4")
    began = now()
    shop.put("held", "shop.sleep", 600)
    for _ in range(3):
        shop.put("held")
    shop.board.lane("held", lambda found: found["waiting"] == 3, "a worker holds three jobs")
    idle = shop.start_worker(queues=["held"], hook=True)

    found = shop.board.says("held", "stuck", "blocked_by_long_job", workers=2, waiting=3)

    ages_from(found, began, LOOKS_S)
    holder.kill()
    idle.stop()


def test_a_queue_that_no_worker_listens_to_is_named_as_such(shop: Shop) -> None:
    worker = shop.worker("shared")
    began = now()
    shop.put("nobody")

    found = shop.board.says("nobody", "stuck", "nobody_consumes")

    assert "1 job waits" in found["sentence"]
    ages_from(found, began, LOOKS_S)
    worker.stop()


def test_workers_that_are_busy_with_another_queue_are_said_to_be(shop: Shop) -> None:
    worker = shop.worker("busy", "second")
    shop.put("busy", "shop.sleep", 600)
    shop.board.lane("busy", lambda found: found["running"], "a long job runs")
    began = now()
    shop.put("second")

    found = shop.board.says("second", "stuck", "workers_elsewhere", workers=1, running=0)

    assert "all workers are busy with other queues and 1 job waits" in found["sentence"]
    ages_from(found, began, LOOKS_S)
    worker.kill()
