"""A real worker whose task swallows its error: its jobs succeed, and its counter says otherwise."""

import os
import sys
from pathlib import Path
from typing import Any

from tailback import clock
from tailback.server.config import load
from tailback.testing.processes import Process
from tests.server.live import OWNER, Live, live_server, until

FILE = """
[[source]]
name = "shop"

[[lane]]
name = "Receipt emails"
queue = "emails"
source = "shop"
customer_action = "get a receipt after paying"
noticed_after = "1m"
owner = "ana"

[[outcome]]
name = "receipts.delivered"
lane = "receipt-emails"
expects = { from = "payments.succeeded", within = "1m", ratio = 0.95 }
"""
APP = """
import tailback
from huey import SqliteHuey

huey = SqliteHuey("emails", filename="huey.db")


def send(number):
    if number >= 12:
        raise ConnectionRefusedError("the mail server refuses")


@huey.task()
def deliver(number):
    try:
        send(number)
    except OSError:
        return "never mind"
    tailback.outcome("receipts.delivered")


def sell():
    for number in range(140):
        deliver(number)
"""


def told(live: Live) -> dict[str, Any] | None:
    """The lane, once all its jobs have succeeded and it is missing all the same."""
    lane = live.lanes().get("receipt-emails")
    if lane is None or lane["completions_5m"] != 140:
        return None
    return lane if lane["verdict"] == "missing" and lane["episode_id"] else None


def test_jobs_that_succeed_without_their_result_are_missing_work(tmp_path: Path) -> None:
    (tmp_path / "tailback.toml").write_text(FILE + OWNER, encoding="utf-8")
    (tmp_path / "shop.py").write_text(APP, encoding="utf-8")
    with live_server(tmp_path / "t.db", load(tmp_path / "tailback.toml")) as live:
        now = clock.now()
        for minute in range(2, 16):
            paid = {"name": "payments.succeeded", "at": now - 60 * minute, "count": 10}
            assert live.post("/api/v1/outcomes", paid).status_code == 202
        token = live.token("ingest", "shop")
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(tmp_path),
            "TAILBACK_DSN": f"http://{token}@{live.url.removeprefix('http://')}/shop",
        }
        python = [sys.executable, "-m"]
        run = [*python, "tailback", "run"]
        consumer = Process(
            [*run, *python, "huey.bin.huey_consumer", "shop.huey", "--workers", "2"],
            environment,
            tmp_path / "worker.log",
            tmp_path,
        )
        shop = Process(
            [sys.executable, "-c", "import shop; shop.sell()"],
            environment,
            tmp_path / "shop.log",
            tmp_path,
        )
        try:
            lane = until(lambda: told(live), timeout_s=120.0)
        except AssertionError:
            raise AssertionError(consumer.output() + shop.output() + str(live.lanes())) from None
        finally:
            shop.close()
            consumer.close()

        assert lane["cause"] == "outcome_missing"
        assert lane["failed_1h"] == 0
        assert "receipts.delivered came in the last" in lane["sentence"]
        assert "customers cannot get a receipt after paying" in lane["sentence"]
