"""How large payloads are, asked of real brokers that answer, hang or are away."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tailback import clock
from tailback.server import payload_sizes
from tailback.server.config import Config, Source
from tailback.server.payload_sizes import PayloadSizes
from tests.server.live import Live, job, live_server, until

ERROR = {"type": "shop.Broken", "message": "template field missing"}


@pytest.fixture
def live(redis_url: str, tmp_path: Path) -> Iterator[Live]:
    sources = (
        Source(name="shop", system="rq", url=redis_url),
        Source(name="away", system="rq", url="redis://127.0.0.1:1/0"),
        Source(name="mails", system="celery", url=redis_url),
        Source(name="rabbit", system="celery", url="amqp://guest:guest@127.0.0.1:1//"),
        Source(name="pushed", system=None),
    )
    with live_server(tmp_path / "t.db", Config(sources=sources)) as live:
        at = clock.now() - 60
        for source in sources:
            name = f"{source.name}-1"
            live.send(
                job("enqueued", at, name),
                job("dead", at + 2, name, attempt=1, error=ERROR),
                source=source.name,
            )
        with Redis.from_url(redis_url) as client:
            client.hset("rq:job:shop-1", mapping={"status": "failed", "data": b"x" * 1_400})
            message = {"body": "", "headers": {"id": "mails-1", "task": "t"}, "properties": {}}
            client.lpush("emails", json.dumps(message))
        until(lambda: live.get("/api/v1/dead").json()["total"] == len(sources))
        yield live


def test_the_page_and_the_api_of_a_job_tell_how_large_its_payload_is(live: Live) -> None:
    assert live.get("/api/v1/jobs/shop-1").json()["payload_bytes"] == 1_400
    assert "<dt>Payload</dt><dd>1.4 kB</dd>" in live.get("/jobs/shop-1").text
    assert live.get("/api/v1/jobs/mails-1").json()["payload_bytes"] > 50
    for unknown in ("away-1", "rabbit-1", "rabbit-1", "pushed-1"):
        assert live.get(f"/api/v1/jobs/{unknown}").json()["payload_bytes"] is None
        assert "<dt>Payload</dt><dd>not known</dd>" in live.get(f"/jobs/{unknown}").text


def test_lists_tell_it_where_a_broker_keeps_dead_jobs(live: Live) -> None:
    rows = {one["id"]: one["payload_bytes"] for one in live.get("/api/v1/dead").json()["jobs"]}

    assert rows == {
        "shop-1": 1_400,
        "away-1": None,
        "mails-1": None,
        "rabbit-1": None,
        "pushed-1": None,
    }
    assert '<td class="n">1.4 kB</td>' in live.get("/dead").text
    assert ",1400\r\n" in live.get("/api/v1/dead/export").text


def test_a_broker_that_hangs_costs_a_moment_and_not_more_than_a_few_threads(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = asyncio.run(live.running.services.finder.page("id:shop-1", 1)).jobs
    monkeypatch.setattr(payload_sizes, "BUDGET_S", 0.05)

    async def ask_often(sizes: PayloadSizes) -> list[object]:
        return [await sizes.of(rows) for _ in range(payload_sizes.AT_ONCE + 2)]

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        sizes = PayloadSizes([Source(name="shop", system="rq", url=url)])
        found = asyncio.run(ask_often(sizes))
        sizes.close()

    assert found == [{}] * len(found)
    assert asyncio.run(PayloadSizes([]).of(rows)) == {}
