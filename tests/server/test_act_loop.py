"""The loop that does actions on jobs: brokers that are away, stops, and kills half way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from tailback import clock
from tailback.core import wording_actions
from tailback.core.actions import CONFIRM_WITHIN_S, MARKS_S, Action
from tailback.server.config import Source
from tailback.server.loops import act
from tailback.server.loops.act import ActionLoop
from tailback.store.actions import ActionJob, SavedAction
from tailback.store.sqlite import actions
from tailback.store.sqlite.store import SqliteStore
from tailback.testing.waiting import eventually
from tests.server.acting import begin, fail_in_redis, source_of


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "acts.db", synchronous="NORMAL") as store:
        yield store


def test_only_who_planned_it_confirms_and_not_too_late(store: SqliteStore) -> None:
    store.actions.plan(SavedAction("p", 100.0, "ana", "retry", "shop", "", 0), [])
    late = 100.0 + CONFIRM_WITHIN_S

    def confirmed(actor: str, now: float) -> bool:
        since = now - CONFIRM_WITHIN_S
        return store.actions.confirm("p", actor=actor, dry=False, now=now, since=since)

    assert not confirmed("bo", 101.0)
    assert not confirmed("ana", late)
    assert store.audit.newest(9) == []
    assert confirmed("ana", late - 1)


def test_a_large_preview_is_written_in_pieces_and_whole(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "JOBS_AT_ONCE", 2)

    begin(store, 5, now=10.0)

    assert [job.id for job in store.actions.jobs("act1", after=-1, limit=9)] == [
        f"j{no}" for no in range(5)
    ]


def test_previews_that_nobody_confirmed_are_forgotten_after_a_day(store: SqliteStore) -> None:
    begin(store, 1, now=10.0)
    left = SavedAction("p", 10.0, "ana", "retry", "shop", "", 1)
    store.actions.plan(left, [ActionJob(0, "a", "emails", "send")])

    while store.prune(10.0 + 86_401.0):
        pass

    assert store.actions.find("p") is None
    assert store.actions.counts("p") == {}
    assert store.actions.counts("act1") == {"planned": 1}


def test_a_broker_that_is_away_is_waited_for(
    store: SqliteStore, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act, "BATCH", 2)
    begin(store, 3, now=10.0)
    fail_in_redis(redis_url, "j0", "j1", "j2")
    away = ActionLoop([source_of("redis://127.0.0.1:1/0", "retry")], store)

    assert not away.once(11.0)
    away.close()
    (action,) = store.actions.running()
    assert "could not be asked" in str(action.problem)
    assert (away.pause_s(), store.actions.counts("act1")) == (5.0, {"sent": 2, "planned": 1})
    loop = ActionLoop([source_of(redis_url, "retry")], store)
    while loop.once(12.0):
        pass

    assert loop.pause_s() == 0.5
    assert store.actions.counts("act1") == {"done": 3}
    found = store.actions.find("act1")
    assert found is not None
    assert (found.state, found.problem, found.ended_at) == ("ended", None, 12.0)
    loop.close()


def test_the_ledger_is_told_of_nothing_where_nothing_was_done(
    store: SqliteStore, redis_url: str
) -> None:
    begin(store, 3, now=10.0)
    loop = ActionLoop([source_of(redis_url, "retry")], store)

    while loop.once(12.0):
        pass
    loop.close()

    assert store.actions.counts("act1") == {"gone": 3}
    assert store.log.last_offset() == 0


def test_an_address_that_cannot_be_one_is_said_without_its_password(store: SqliteStore) -> None:
    begin(store, 1, now=10.0)
    loop = ActionLoop([source_of("redis://u:hush@127.0.0.1:port/0", "retry")], store)

    assert not loop.once(11.0)

    (action,) = store.actions.running()
    assert "no address of a Redis server" in str(action.problem)
    assert "hush" not in str(action.problem)


@pytest.mark.parametrize("why", ["switched off", "too long ago"])
def test_what_cannot_be_known_any_more_is_said_to_be_unknown(
    store: SqliteStore, redis_url: str, why: str
) -> None:
    begin(store, 3, now=10.0)
    store.actions.send("act1", 1, now=11.0)
    source = source_of(redis_url, "retry")
    off = replace(source, actions=()) if why == "switched off" else source

    ActionLoop([off], store).once(12.0 if why == "switched off" else 12.0 + MARKS_S)

    assert store.actions.counts("act1") == {"unknown": 1, "stopped": 2}
    first = store.actions.jobs("act1", after=-1, limit=1)[0]
    wanted = {
        "switched off": wording_actions.SWITCHED_OFF,
        "too long ago": wording_actions.UNFINISHED_TOO_LONG,
    }
    assert first.why == wanted[why]


def test_what_is_not_begun_is_stopped_once_and_that_is_audited(store: SqliteStore) -> None:
    begin(store, 3, now=10.0)
    store.actions.send("act1", 1, now=11.0)

    assert store.actions.stop("act1", actor="bo", why="bo stopped it", now=12.0)
    assert not store.actions.stop("act1", actor="bo", why="bo stopped it", now=13.0)

    assert store.actions.counts("act1") == {"sent": 1, "stopped": 2}
    line = store.audit.newest(1)[0]
    assert (line.actor, line.action, line.at) == ("bo", "stop retry jobs", 12.0)
    assert '"stopped": 2' in line.detail


def test_a_stopped_action_finishes_what_it_was_doing_and_ends(
    store: SqliteStore, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act, "BATCH", 2)
    begin(store, 5, now=10.0)
    fail_in_redis(redis_url, *(f"j{no}" for no in range(5)))
    loop = ActionLoop([source_of(redis_url, "retry")], store)
    assert loop.once(11.0)

    store.actions.stop("act1", actor="bo", why=wording_actions.stopped_by("bo"), now=12.0)
    while loop.once(13.0):
        pass
    loop.close()

    assert store.actions.counts("act1") == {"done": 2, "stopped": 3}
    assert store.actions.jobs("act1", after=3, limit=9)[0].why == "bo stopped it"
    found = store.actions.find("act1")
    assert found is not None
    assert (found.state, found.ended_at) == ("ended", 13.0)
    with Redis.from_url(redis_url) as client:
        assert client.llen("rq:queue:emails") == 2


def killed_half_way(
    file: Path, url: str, system: str, action: Action, done: Callable[[], int], count: int
) -> int:
    """Have an action killed twice and done to its end; return how many batches told of it."""
    with SqliteStore(file) as store:
        begin(store, count, now=clock.now(), action=action)
    command = [sys.executable, "-m", "tests.server.acting_child", str(file), url, system, action]
    for share in (0.1, 0.5):
        child = subprocess.Popen(command)
        eventually(lambda share=share: done() > share * count, "it is half way")
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    source = Source(name="shop", system=system, url=url, write_url=url, actions=(action,))
    with SqliteStore(file) as store:
        loop = ActionLoop([source], store)
        while loop.once(clock.now()):
            pass
        loop.close()
        assert store.actions.counts("act1") == {"done": count}
        return sum(1 for _ in store.log.read(after=0))


def test_a_kill_half_way_neither_repeats_nor_forgets(tmp_path: Path, redis_url: str) -> None:
    count = 5_000
    fail_in_redis(redis_url, *(f"j{no}" for no in range(count)))
    with Redis.from_url(redis_url) as client:
        told = killed_half_way(
            tmp_path / "acts.db",
            redis_url,
            "rq",
            "retry",
            lambda: client.llen("rq:queue:emails"),
            count,
        )
        waiting = client.lrange("rq:queue:emails", 0, -1)
    assert len(waiting) == len(set(waiting)) == count
    assert told == count / act.BATCH


def test_messages_of_celery_that_were_taken_out_before_a_kill_are_not_said_to_be_gone(
    tmp_path: Path, redis_url: str
) -> None:
    count, others = 3_000, 50
    with Redis.from_url(redis_url) as client:
        for no in range(count + others):
            headers = {"id": f"j{no}", "task": "shop.send"}
            client.rpush("emails", json.dumps({"body": "", "headers": headers, "properties": {}}))
        told = killed_half_way(
            tmp_path / "acts.db",
            redis_url,
            "celery",
            "discard",
            lambda: count + others - client.llen("emails"),
            count,
        )
        assert client.llen("emails") == others
    assert told == count / act.BATCH
