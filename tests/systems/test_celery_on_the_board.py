"""What the board says of whatever can become of a Celery task: real broker, worker and server.

The table in docs/systems/celery.md says the same in words.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tailback.server.config import Config, Source
from tailback.testing.rig import now
from tailback.testing.waiting import eventually
from tests.server.live import Live, live_server
from tests.systems.celery_rig import RedisRig

QUEUES = ("first", "second", "other")


class BoardRig(RedisRig):
    """Producers and workers tell a real server instead of a collector; it probes as well."""

    def __init__(self, broker: str, folder: Path, live: Live) -> None:
        super().__init__(broker, folder, slots=4)
        self.live = live
        address = live.url.removeprefix("http://")
        self.dsn = f"http://{live.token('ingest', 'shop')}@{address}/shop"
        self.worker = self.start_worker(queues=QUEUES, hook=True)
        self.other = self.call("call_in", "other", "shop.add", [1])
        self.lane("other", lambda lane: lane["completions_5m"] == 1 and lane["workers"])

    def _environment(self, *, hook: bool) -> dict[str, str]:
        plain = super()._environment(hook=hook)
        return {**plain, "TAILBACK_DSN": self.dsn} if hook else plain

    def lane(self, queue: str, wanted) -> dict[str, Any]:
        return self.live.lane(queue, wanted)

    def job(self, job: str, state: str) -> dict[str, Any]:
        """Return what the API says of a job once it is in this state."""

        def look() -> dict[str, Any] | None:
            answer = self.live.get(f"/api/v1/jobs/{job}")
            found = answer.json() if answer.status_code == 200 else {}
            return found if found.get("state") == state else None

        return eventually(look, f"{job} is {state}")


@pytest.fixture
def rig(redis_url: str, tmp_path: Path) -> Iterator[BoardRig]:
    config = Config(sources=(Source(name="shop", system="celery", url=redis_url),))
    with (
        live_server(tmp_path / "t.db", config) as live,
        BoardRig(redis_url, tmp_path, live) as rig,
    ):
        yield rig


def nothing_is_late(lane: dict[str, Any]) -> None:
    assert lane["oldest_age_s"] is None
    assert lane["sentence"] == "Healthy: nothing is waiting"


@pytest.mark.parametrize("flow", ["enqueue_slow_chain", "enqueue_slow_chord"])
def test_the_last_step_of_a_chain_or_chord_is_as_old_as_the_first(
    rig: BoardRig, flow: str
) -> None:
    last, first, *_ = rig.call(flow, "first", "second")

    began = rig.job(first, "succeeded")["first_due_at"]
    lane = rig.lane("second", lambda lane: lane["running"] and lane["oldest_age_s"])

    assert rig.job(last, "running")["first_due_at"] == pytest.approx(began, abs=0.1)
    assert lane["measured_at"] - lane["oldest_age_s"] == pytest.approx(began, abs=6)
    assert lane["oldest_age_s"] >= 3
    nothing_is_late(rig.lane("first", lambda lane: lane["completions_5m"]))
    assert "celery" not in rig.live.lanes(), "Celery's polling for the end of a chord is no lane"


def test_an_eta_job_is_scheduled_without_age(rig: BoardRig) -> None:
    job = rig.call("call_in", "first", "shop.add", [1], {"countdown": 600})

    lane = rig.lane("first", lambda lane: lane["scheduled"])

    nothing_is_late(lane)
    assert lane["scheduled"] == 1
    assert rig.job(job, "scheduled")["first_due_at"] == pytest.approx(now() + 600, abs=60)


def test_a_revoked_job_leaves_no_trace_in_its_row(rig: BoardRig) -> None:
    job = rig.call("call_in", "first", "shop.add", [1], {"countdown": 600})
    eventually(lambda: f"[{job}] received" in rig.worker.output(), "the worker holds it")
    rig.call("revoke", job)
    rig.call("call_in", "first", "shop.add", [1], {"task_id": job})

    rig.job(job, "discarded")
    lane = rig.lane("first", lambda lane: not lane["waiting"] and not lane["scheduled"])

    nothing_is_late(lane)
    assert (lane["dead"], lane["failed_1h"], lane["completions_5m"]) == (0, 0, 0)


def test_a_task_unknown_to_the_worker_is_discarded(rig: BoardRig) -> None:
    job = rig.call("call_in", "first", "shop.not_deployed_yet")

    rig.job(job, "discarded")
    lane = rig.lane("first", lambda lane: lane["arrivals_5m"] and not lane["waiting"])

    nothing_is_late(lane)
    assert lane["completions_5m"] == 0


def test_a_killed_child_leaves_a_dead_job_and_its_reason(rig: BoardRig) -> None:
    job = rig.call("call_in", "first", "shop.kill", [str(rig.folder)])

    lane = rig.lane("first", lambda lane: lane["dead"] and lane["reasons"])

    nothing_is_late(lane)
    assert (lane["dead"], lane["failed_1h"]) == (1, 1)
    assert lane["reasons"][0]["bucket"] == "lost worker"
    assert rig.job(job, "dead")["first_error"]["type"] == "billiard.exceptions.WorkerLostError"


def test_a_hard_time_limit_leaves_a_dead_job_and_its_reason(rig: BoardRig) -> None:
    job = rig.call("call_in", "first", "shop.sleep", [600], {"time_limit": 1})

    lane = rig.lane("first", lambda lane: lane["dead"] and lane["reasons"])

    nothing_is_late(lane)
    assert lane["reasons"][0]["sentence"] == "The job ran into its time limit"
    assert rig.job(job, "dead")["first_error"]["type"] == "billiard.exceptions.TimeLimitExceeded"
