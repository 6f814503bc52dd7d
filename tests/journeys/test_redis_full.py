"""A Redis that has reached its memory limit refuses new jobs: an empty queue is not green then."""

from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import OutOfMemoryError

from tailback.testing.waiting import eventually
from tests.journeys.board import Board, lane
from tests.services import run_redis


@pytest.mark.parametrize("system", ["celery", "rq"])
def test_a_full_redis_that_refuses_new_jobs_is_said_until_it_has_room(
    system: str, tmp_path: Path
) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    with (
        run_redis(folder, "--maxmemory-policy", "noeviction") as url,
        Board(tmp_path, system, url, lane("emails")) as board,
        Redis.from_url(url) as redis,
    ):
        board.says("emails", "healthy", "idle")

        redis.config_set("maxmemory", 500_000)
        with pytest.raises(OutOfMemoryError):
            redis.lpush("emails", "a job")
        found = board.says("emails", "missing", "broker_full")

        assert found["waiting"] == 0
        assert found["sentence"].startswith("Missing: Redis is full (")
        assert (
            " of 0.5 MB): new jobs are refused; customers cannot get a receipt"
            in found["sentence"]
        )
        assert "Redis is full (" in board.page("/")

        redis.config_set("maxmemory", 0)
        assert board.says("emails", "healthy", "idle")["sentence"] == "Healthy: nothing is waiting"


def test_the_lanes_of_one_full_redis_are_told_as_one(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    with (
        run_redis(folder, "--maxmemory-policy", "noeviction") as url,
        Board(tmp_path, "rq", url, lane("emails"), lane("reports")) as board,
        Redis.from_url(url) as redis,
    ):
        board.says("emails", "healthy", "idle")
        redis.config_set("maxmemory", 500_000)
        board.says("emails", "missing", "broker_full")
        board.says("reports", "missing", "broker_full")

        def causes() -> list[str]:
            found = board.get("/api/v1/episodes")["episodes"]
            return [one["lane"] for one in found if one["parent"] is None]

        eventually(
            lambda: causes() == ["cause:full:shop"], "one episode for both lanes", 30, causes
        )
        assert "Redis of shop is full: new jobs are refused" in board.page("/episodes")
