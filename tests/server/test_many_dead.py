"""A hundred thousand dead RQ jobs: found, exported, previewed and retried, each once."""

import time
from pathlib import Path

import pytest
from redis import Redis

from tailback import clock
from tailback.server.config import Config
from tests.server.acting import fail_in_redis, source_of
from tests.server.live import job, live_server, until

COUNT = 100_000
CHUNK = 2_000
ERROR = {"type": "shop.Broken", "message": "template field missing"}


@pytest.mark.prove
def test_a_hundred_thousand_dead_jobs_are_retried_each_once(
    redis_server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{redis_server}/6"
    config = Config(sources=(source_of(url, "retry"),))
    took: dict[str, float] = {}
    with live_server(tmp_path / "t.db", config) as live, Redis.from_url(url) as client:
        at = clock.now() - 60
        for start in range(0, COUNT, CHUNK):
            names = [f"job-{n}" for n in range(start, start + CHUNK)]
            live.send(*(job("enqueued", at, name, tenant=f"acct_{name[-3:]}") for name in names))
            live.send(*(job("dead", at + 1, name, attempt=1, error=ERROR) for name in names))
            fail_in_redis(url, *names)
        live.lane("emails", lambda lane: lane["dead"] == COUNT)

        with live.client("read") as reader, live.client("actions") as actor:
            begun = time.monotonic()
            page = reader.get("/api/v1/jobs", params={"q": "state:dead tenant:acct_777"}).json()
            took["search"] = time.monotonic() - begun
            begun = time.monotonic()
            listed = reader.get("/dead").text
            took["page of dead jobs"] = time.monotonic() - begun
            begun = time.monotonic()
            lines = reader.get("/api/v1/dead/export", timeout=120).text.count("\r\n")
            took["export"] = time.monotonic() - begun
            begun = time.monotonic()
            wanted = {"action": "retry", "source": "shop", "q": "state:dead"}
            plan = actor.post("/api/v1/actions/preview", json=wanted, timeout=120).json()
            took["preview"] = time.monotonic() - begun
            begun = time.monotonic()
            number = plan["action"]["id"]
            actor.post("/api/v1/actions", json={"preview": number})
            done = until(
                lambda: (
                    (said := actor.get(f"/api/v1/actions/{number}").json())["counts"].get("done")
                    == COUNT
                    and said["counts"]
                ),
                timeout_s=300,
            )
            took["retry"] = time.monotonic() - begun

        assert len(page["jobs"]) == 50
        assert f"{COUNT:,} jobs given up" in listed
        assert lines == COUNT + 1
        assert (plan["counts"], done) == ({"planned": COUNT}, {"done": COUNT})
        waiting = client.lrange("rq:queue:emails", 0, -1)
        assert len(waiting) == len(set(waiting)) == COUNT
        assert client.zcard("rq:failed:emails") == 0
        live.lane("emails", lambda lane: lane["dead"] == 0)
        client.flushdb()
    with capsys.disabled():
        print({what: round(seconds, 2) for what, seconds in took.items()})
