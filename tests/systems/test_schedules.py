"""Real schedulers and what is found of their schedules: Celery beat, Huey's consumer, RQ's cron."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tailback.core.timetable import Timetable
from tailback.server.config import load
from tailback.systems.rq.probe import open_probe
from tailback.testing.processes import Process
from tailback.testing.redis_guard import read_only_url, watch_redis
from tests.server.live import Live, live_server, until

CELERY = """
import os
from celery import Celery
from celery.schedules import crontab, schedule

app = Celery("shop", broker=os.environ["BROKER"])
app.conf.timezone = "Europe/Lisbon"
app.conf.task_routes = {"shop.sync": {"queue": "syncs"}}


class Dawn(schedule):
    pass


@app.task(name="shop.report", queue="reports")
def report():
    pass


nightly = crontab(minute="0", hour="2")
app.conf.beat_schedule = {
    "nightly report": {"task": "shop.report", "schedule": nightly},
    "sync": {"task": "shop.sync", "schedule": 90.0},
    "books": {"task": "shop.books", "schedule": crontab("*/15", "9-17", "mon-fri"),
              "options": {"queue": "books"}},
    "friday 13": {"task": "shop.luck", "schedule": crontab(0, 0, "fri", "13")},
    "dawn": {"task": "shop.dawn", "schedule": Dawn(60)},
}
"""
HUEY = """
from huey import SqliteHuey, crontab

huey = SqliteHuey("reports", filename="huey.db", utc=True)


@huey.task()
def send():
    pass


@huey.periodic_task(crontab(minute="0", hour="2"))
def nightly():
    pass


@huey.periodic_task(lambda when: when.minute % 7 == 3)
def odd():
    pass
"""
RQ = """
from rq import cron
import jobs

cron.register(jobs.nightly, queue_name="reports", cron="0 2 * * *")
cron.register(jobs.sync, queue_name="syncs", interval=90)
"""
JOBS = """
def nightly():
    pass


def sync():
    pass
"""


@contextmanager
def served(folder: Path, more: str = "") -> Iterator[Live]:
    file = f'[server]\ntime_zone = "Asia/Tokyo"\n\n[[source]]\nname = "shop"\n{more}\n'
    (folder / "tailback.toml").write_text(file, encoding="utf-8")
    with live_server(folder / "t.db", load(folder / "tailback.toml")) as live:
        yield live


@contextmanager
def running(live: Live, folder: Path, *command: str, **environment: str) -> Iterator[Process]:
    token = live.token("ingest", "shop")
    dsn = f"http://{token}@{live.url.removeprefix('http://')}/shop"
    told = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "TAILBACK_DSN": dsn}
    python = [sys.executable, "-m"]
    process = Process(
        [*python, "tailback", "run", *python, *command],
        {**told, **environment},
        folder / "log",
        folder,
    )
    try:
        yield process
    finally:
        process.close()


def found(live: Live, process: Process) -> dict[str, dict[str, Any]]:
    """Every entry by its job type, once a scheduler was found."""

    def look() -> dict[str, dict[str, Any]]:
        told = live.get("/api/v1/schedules").json()["schedules"]
        return {entry["job"]: entry for one in told for entry in one["entries"]}

    try:
        return until(look, timeout_s=90.0)
    except AssertionError:
        raise AssertionError(process.output()) from None


def test_beat_tells_what_it_runs_where_it_sends_it_and_in_which_zone(
    redis_url: str, tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(CELERY, encoding="utf-8")
    beat = ["celery", "-A", "shop", "beat", "--schedule", "beat.db"]
    with served(tmp_path) as live, running(live, tmp_path, *beat, BROKER=redis_url) as process:
        entries = found(live, process)

        report = entries["shop.report"]
        assert (report["name"], report["queue"]) == ("nightly report", "reports")
        assert (report["cron"], report["zone"]) == ("0 2 * * *", "Europe/Lisbon")
        assert report["words"] == "at 02:00 every day (Europe/Lisbon)"
        assert report["found_in"] == "Celery beat"
        assert (entries["shop.sync"]["queue"], entries["shop.sync"]["every_s"]) == ("syncs", 90.0)
        assert entries["shop.books"]["cron"] == "*/15 9-17 * * 1-5"
        # What no cron expression says is shown and held to nothing.
        for job in ("shop.luck", "shop.dawn"):
            assert (entries[job]["cron"], entries[job]["every_s"]) == (None, None)


def test_a_huey_consumer_tells_its_periodic_tasks(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(HUEY, encoding="utf-8")
    consumer = ["huey.bin.huey_consumer", "shop.huey"]
    with served(tmp_path) as live, running(live, tmp_path, *consumer) as process:
        entries = found(live, process)

        assert sorted(entries) == ["shop.nightly", "shop.odd"]
        nightly = entries["shop.nightly"]
        assert (nightly["queue"], nightly["cron"], nightly["zone"]) == (
            "reports", "0 2 * * *", "UTC",
        )  # fmt: skip
        assert nightly["found_in"] == "Huey"
        assert entries["shop.odd"]["cron"] is None


def test_the_probe_reads_what_rq_runs_and_finds_the_time_zone_by_the_next_time(
    redis_url: str, tmp_path: Path
) -> None:
    (tmp_path / "schedule.py").write_text(RQ, encoding="utf-8")
    (tmp_path / "jobs.py").write_text(JOBS, encoding="utf-8")
    cron = ["rq.cli", "cron", "schedule.py", "--url", redis_url]
    source = f'system = "rq"\nurl = "{read_only_url(redis_url)}"'
    starting = Process(
        [sys.executable, "-m", *cron],
        {"PYTHONPATH": str(tmp_path), "TZ": "UTC"},
        tmp_path / "log",
        tmp_path,
    )
    try:
        with Redis.from_url(redis_url) as redis:
            until(lambda: redis.zcard("rq:cron_schedulers"), timeout_s=60.0)
        with served(tmp_path, source) as live:
            entries = found(live, starting)
        with watch_redis(redis_url) as traffic:
            open_probe("shop", read_only_url(redis_url), {}).schedules(0.0)
    finally:
        starting.close()

    assert entries["jobs.nightly"]["cron"] == "0 2 * * *"
    assert entries["jobs.nightly"]["zone"] == "UTC"
    assert entries["jobs.nightly"]["words"] == "at 02:00 every day (UTC)"
    assert (entries["jobs.sync"]["queue"], entries["jobs.sync"]["every_s"]) == ("syncs", 90.0)
    assert traffic.writes == []


@pytest.mark.parametrize(
    "stored", ["", "{", "null", "[7]", '[{"cron": "0 2 * * *"}]', "x" * 600_000]
)
def test_what_is_no_schedule_in_redis_is_passed_over(redis_url: str, stored: str) -> None:
    entry = {"func_name": "jobs.nightly", "queue_name": "reports", "cron": "0 2 * * *"}
    with Redis.from_url(redis_url) as redis:
        redis.zadd("rq:cron_schedulers", {"a": 1, "b": 2, "gone": 3})
        redis.hset("rq:cron_scheduler:a", mapping={"config_file": "a.py", "cron_jobs": stored})
        redis.hset("rq:cron_scheduler:b", "cron_jobs", json.dumps([entry]))

    told = open_probe("shop", redis_url, {}).schedules(0.0)

    assert told["RQ cron "] == [
        Timetable(
            name="jobs.nightly", queue="reports", job="jobs.nightly", cron="0 2 * * *",
            found_in="RQ cron",
        )
    ]  # fmt: skip
    assert told.get("RQ cron a.py", []) == []
