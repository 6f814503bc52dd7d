"""RQ on a real Redis with real workers, as a rig of the contract."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from redis import Redis

from tailback.core.system import Probe
from tailback.systems import load
from tailback.systems.rq.probe import open_probe
from tailback.testing.redis_guard import Traffic, read_only_url, watch_redis
from tailback.testing.systems import ProcessRig


class RqRig(ProcessRig):
    worker_class = "rq.Worker"

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(load("rq"), "tests.systems.apps.rq_app", {"RQ_URL": url}, folder)
        self.url = url
        self.redis = self.started.enter_context(Redis.from_url(url))

    def worker_command(self, queues: Sequence[str]) -> Sequence[str]:
        options = ["--with-scheduler", "--url", self.url, "--worker-class", self.worker_class]
        return ["rq.cli", "worker", *options, *queues]

    def probe(self) -> Probe:
        return open_probe("shop", read_only_url(self.url), {})

    def guard(self) -> AbstractContextManager[Traffic]:
        return watch_redis(self.url)

    def fill(self, queue: str, count: int) -> None:
        start = self.redis.llen(f"rq:queue:{queue}")
        self.redis.sadd("rq:queues", f"rq:queue:{queue}")
        with self.redis.pipeline(transaction=False) as pipeline:
            for at in range(start, start + count):
                pipeline.rpush(f"rq:queue:{queue}", f"id-{at}")
                if at % 100 == 0:
                    times = {
                        "created_at": "2026-11-01T10:00:00.000000Z",
                        "enqueued_at": "2026-11-01T10:00:00.000000Z",
                    }
                    pipeline.hset(
                        f"rq:job:id-{at}",
                        mapping={
                            **times,
                            "status": "queued",
                            "origin": queue,
                            "description": "shop.send('x')",
                        },
                    )
                if at % 5000 == 0:
                    pipeline.execute()
            pipeline.execute()

    def naive_length(self, queue: str) -> int:
        return self.redis.llen(f"rq:queue:{queue}")
