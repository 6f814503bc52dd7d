"""What tests of actions on jobs share."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis

from tailback.core.actions import Action
from tailback.server.config import Source
from tailback.store.actions import ActionJob, SavedAction
from tailback.store.sqlite.store import SqliteStore

PAUSED_MS = 120_000


def source_of(url: str, *actions: str) -> Source:
    return Source(name="shop", system="rq", url=url, write_url=url, actions=actions)


@contextmanager
def no_writes(url: str) -> Iterator[None]:
    """Let whatever writes into this Redis wait, so that an action is under way meanwhile."""
    with Redis.from_url(url) as client:
        client.client_pause(PAUSED_MS, all=False)
        try:
            yield
        finally:
            client.client_unpause()


def fail_in_redis(url: str, *jobs: str) -> None:
    with Redis.from_url(url) as client, client.pipeline(transaction=False) as pipeline:
        for name in jobs:
            pipeline.hset(f"rq:job:{name}", mapping={"status": "failed", "origin": "emails"})
            pipeline.zadd("rq:failed:emails", {name: 9e9})
        pipeline.execute()


def begin(store: SqliteStore, count: int, now: float, *, action: Action = "retry") -> None:
    saved = SavedAction("act1", now, "ana", action, "shop", "", count)
    jobs = [ActionJob(no, f"j{no}", "emails", "send") for no in range(count)]
    store.actions.plan(saved, jobs)
    assert store.actions.confirm("act1", actor="ana", dry=False, now=now, since=0.0)
