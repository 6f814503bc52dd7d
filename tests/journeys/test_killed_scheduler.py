"""A scheduler that is killed: what it should have sent is missing, in words, until it is back."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tailback.testing.processes import Process
from tailback.testing.waiting import eventually
from tests import services
from tests.journeys.board import Board, Told, lane
from tests.journeys.test_celery_trouble import Shop
from tests.systems.celery_rig import APP
from tests.systems.rq_rig import RqRig


def start_beat(shop: Shop, folder: Path) -> Process:
    """Start Celery beat with the hook; it sends a task every two seconds."""
    beat = ["celery", "-A", APP, "beat", "--schedule", str(folder / "beat")]
    plain = [sys.executable, "-m", "tailback.testing.launch", *beat]
    environment = {**shop._environment(hook=True), "CELERY_BEAT_QUEUE": "nightly"}
    command = [sys.executable, "-m", "tailback", "run", *plain]
    process = Process(command, environment, folder / "beat.log")
    shop.started.callback(process.close)
    return process


@pytest.mark.prove
def test_a_killed_celery_beat_is_missed_at_the_next_due_time(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    with (
        services.run_redis(tmp_path / "redis") as url,
        Board(tmp_path, "celery", url, lane("nightly")) as board,
        Shop(url, tmp_path, board) as shop,
    ):
        shop.start_worker(queues=["nightly"], hook=True)
        beat = start_beat(shop, tmp_path)
        board.lane("nightly", lambda found: found["completions_5m"], "beat sends work")
        beat.kill()

        found = board.says("nightly", "missing", "schedule_missed")

        # Nobody declared a schedule: beat told it while it lived.
        assert found["sentence"].startswith("Missing: shop.add was due ")
        said = "ago and did not start (runs every 2 s, found in Celery beat); customers cannot get"
        assert said in found["sentence"]
        assert "shop.add runs every 2 s, found in Celery beat" in board.page("/lanes/nightly")

        start_beat(shop, tmp_path)
        board.says("nightly", "healthy", "idle")


class RqShop(Told, RqRig):
    """An RQ shop; its workers run a scheduler when asked."""

    scheduler = True

    def __init__(self, url: str, folder: Path, board: Board) -> None:
        self.board = board
        super().__init__(url, folder)

    def worker_command(self, queues: Sequence[str]) -> Sequence[str]:
        command = super().worker_command(queues)
        return [word for word in command if self.scheduler or word != "--with-scheduler"]


@pytest.mark.prove
def test_a_killed_rq_scheduler_leaves_due_jobs_that_nobody_starts(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    with (
        services.run_redis(tmp_path / "redis") as url,
        Board(tmp_path, "rq", url, lane("emails")) as board,
        RqShop(url, tmp_path, board) as shop,
    ):
        scheduling = shop.start_worker(hook=True)
        first = shop.enqueue(shop.work(delay_s=1.0), hook=True)
        board.job(first.id, "succeeded")
        shop.scheduler = False
        shop.start_worker(hook=True)
        board.lane("emails", lambda found: found["workers"] == 2, "both workers are there")
        scheduling.kill()
        late = shop.enqueue(shop.work(delay_s=1.0), hook=True)

        found = board.says("emails", "stuck", "not_promoted")

        said = "Stuck: 1 scheduled job past due and no scheduler runs to start them"
        assert found["sentence"].startswith(said)
        assert found["measured_at"] - found["oldest_age_s"] == pytest.approx(late.due, abs=6)

        shop.scheduler = True
        shop.start_worker(hook=True)
        board.job(late.id, "succeeded")
        board.says("emails", "healthy", "idle")


CRON = """
from rq import cron
import chores

cron.register(chores.tidy, queue_name="emails", interval=2)
"""


@pytest.mark.prove
def test_a_killed_rq_cron_is_missed_though_it_has_no_hook(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "schedule.py").write_text(CRON, encoding="utf-8")
    (tmp_path / "chores.py").write_text("def tidy():\n    pass\n", encoding="utf-8")
    with (
        services.run_redis(tmp_path / "redis") as url,
        Board(tmp_path, "rq", url, lane("emails")) as board,
        RqShop(url, tmp_path, board) as shop,
    ):
        command = [sys.executable, "-m", "rq.cli", "cron", "schedule.py", "--url", url]
        cron = Process(command, {"PYTHONPATH": str(tmp_path)}, tmp_path / "cron.log", tmp_path)
        shop.started.callback(cron.close)
        here = shop._environment(hook=True)["PYTHONPATH"]
        shop.start_worker(hook=True, PYTHONPATH=f"{tmp_path}:{here}")
        board.lane("emails", lambda found: found["completions_5m"], "cron sends work")
        said = "chores.tidy runs every 2 s, found in RQ cron"
        eventually(lambda: said in board.page("/lanes/emails"), "the probe found it", 90.0)
        cron.kill()

        found = board.says("emails", "missing", "schedule_missed")

        assert "(runs every 2 s, found in RQ cron)" in found["sentence"]
