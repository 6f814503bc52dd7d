"""A server is killed without mercy while it retries 200 dead jobs; each runs once more, no less."""

import json
import os
import random
import signal
import subprocess
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from redis import Redis

from tailback import clock
from tailback.store.sqlite.store import SqliteStore
from tests import services
from tests.journeys.test_kill_server import Server
from tests.server.live import until
from tests.systems.rq_rig import RqRig

KILLS = 25 if os.environ.get("TAILBACK_PROVE") else 4
JOBS = 200
WAIT_S = 120.0
FILE = """
[[source]]
name = "shop"
system = "rq"
url = "{url}"
write_url = "{url}"
actions = ["retry"]

[[lane]]
name = "Emails"
queue = "emails"
noticed_after = "1h"
"""


class Shop(RqRig):
    """An RQ shop whose worker tells the server of everything, also after a restart of it."""

    worker_class = "rq.SimpleWorker"

    def __init__(self, url: str, folder: Path, dsn: str) -> None:
        self._dsn = dsn
        self._runs = folder / "runs"
        super().__init__(url, folder)
        self.app = "tests.systems.apps.rq_more"

    def _environment(self, *, hook: bool) -> dict[str, str]:
        plain = super()._environment(hook=hook)
        return {**plain, "TAILBACK_DSN": self._dsn} if hook else plain

    def runs(self) -> Counter[str]:
        """How often each job ran."""
        text = self._runs.read_text(encoding="utf-8") if self._runs.exists() else ""
        return Counter(text.split())


class Actor:
    """Who has dead jobs retried over HTTP, as long as the server is there."""

    def __init__(self, server: Server) -> None:
        with SqliteStore(server.database) as store:
            token = store.tokens.create("actions", now=clock.now())[0]
        headers = {"Authorization": f"Bearer {token}"}
        url = f"http://127.0.0.1:{server.port}"
        self.client = httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False)

    def begin(self) -> str:
        """Have all dead jobs retried; return the action's id."""
        wanted = {"action": "retry", "source": "shop", "q": "state:dead"}
        plan = self.client.post("/api/v1/actions/preview", json=wanted)
        assert plan.json()["counts"] == {"planned": JOBS}, plan.text
        number: str = plan.json()["action"]["id"]
        assert self.client.post("/api/v1/actions", json={"preview": number}).status_code == 202
        return number

    def ended(self, number: str) -> dict[str, Any]:
        """What came of an action, once it has ended."""

        def look() -> dict[str, Any] | None:
            said: dict[str, Any] = self.client.get(f"/api/v1/actions/{number}").json()
            return said if said["action"]["state"] == "ended" else None

        return until(look, WAIT_S)


def dead(server: Server) -> int:
    """How many jobs are dead, as the ledger knows it now; the board says so a moment later."""
    headers = {"Authorization": f"Bearer {server.read_token()}"}
    url = f"http://127.0.0.1:{server.port}/api/v1/dead"
    total: int = httpx.get(url, headers=headers, timeout=30, trust_env=False).json()["total"]
    return total


def kill(process: subprocess.Popen[bytes], server: Server) -> subprocess.Popen[bytes]:
    process.send_signal(signal.SIGKILL)
    process.wait()
    return server.start()


def test_an_action_that_is_killed_neither_repeats_nor_forgets_a_job(tmp_path: Path) -> None:
    folder = tmp_path / "redis"
    folder.mkdir()
    rng, moment = random.Random(200), threading.Event()
    numbers: list[str] = []
    with services.run_redis(folder) as url:
        file = tmp_path / "tailback.toml"
        file.write_text(FILE.format(url=url), encoding="utf-8")
        server = Server(tmp_path, "--config", str(file))
        server.source = "shop"
        process = server.start()
        actor = Actor(server)
        dsn = f"http://{server.token()}@127.0.0.1:{server.port}/shop"
        with Shop(url, tmp_path, dsn) as shop, Redis.from_url(url) as client, actor.client:
            try:
                shop.start_worker(hook=True)
                ids = shop._producer(hook=True).call("noted", str(tmp_path), JOBS)["answer"]
                until(lambda: dead(server) == JOBS, WAIT_S)
                for turn in range(KILLS):
                    numbers.append(actor.begin())
                    if turn % 2:
                        # In the middle of the effect: some are in the queue again, or ran.
                        more = JOBS * (turn + 1) + rng.randrange(1, JOBS)
                        until(lambda more=more: shop.runs().total() >= more, WAIT_S)
                    else:
                        moment.wait(rng.uniform(0.0, 1.0))  # nobody sets it: any moment must do
                    process = kill(process, server)
                    said = actor.ended(numbers[-1])
                    assert said["counts"] == {"done": JOBS}
                    page = actor.client.get(f"/actions/{numbers[-1]}").text
                    assert "200 done" in page
                    until(lambda turn=turn: shop.runs().total() >= JOBS * (turn + 2), WAIT_S)
                    until(lambda: dead(server) == JOBS, WAIT_S)
                assert client.llen("rq:queue:emails") == 0
            finally:
                process.terminate()
                process.wait()
            assert shop.runs() == Counter(dict.fromkeys(ids, KILLS + 1))
    with SqliteStore(server.database) as store:
        lines = [line for line in store.audit.newest(1_000) if line.action == "retry jobs"]
        assert [json.loads(line.detail)["action"] for line in reversed(lines)] == numbers
        assert {json.loads(line.detail)["jobs"] for line in lines} == {JOBS}
        assert [store.actions.counts(number) for number in numbers] == [{"done": JOBS}] * KILLS
