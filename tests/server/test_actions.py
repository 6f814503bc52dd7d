"""Actions on jobs: from the button or the API through the store to a real Redis, and back."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from redis import Redis

from tailback import clock
from tailback.core import wording_actions
from tailback.core.actions import CONFIRM_WITHIN_S, MARKS_S, Action
from tailback.server.access import COOKIE
from tailback.server.config import Config, Source
from tailback.server.loops import act
from tailback.server.loops.act import ActionLoop
from tailback.store.actions import ActionJob, SavedAction
from tailback.store.sqlite import actions
from tailback.store.sqlite.store import SqliteStore
from tailback.testing.waiting import eventually
from tests.server.live import Live, job, live_server, until

ERROR = {"type": "shop.Broken", "message": "template field missing"}


@pytest.fixture
def redis_url(redis_server: str) -> Iterator[str]:
    url = f"{redis_server}/5"
    with Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


def source_of(url: str, *actions: str) -> Source:
    return Source(name="shop", system="rq", url=url, write_url=url, actions=actions)


def fail_in_redis(url: str, *jobs: str) -> None:
    with Redis.from_url(url) as client, client.pipeline(transaction=False) as pipeline:
        for name in jobs:
            pipeline.hset(f"rq:job:{name}", mapping={"status": "failed", "origin": "emails"})
            pipeline.zadd("rq:failed:emails", {name: 9e9})
        pipeline.execute()


@pytest.fixture
def live(redis_url: str, tmp_path: Path) -> Iterator[Live]:
    config = Config(sources=(source_of(redis_url, "retry", "discard"),))
    with live_server(tmp_path / "t.db", config) as live:
        at = clock.now() - 60
        for name in ("a", "b", "c"):
            live.send(
                job("enqueued", at, name, tenant="acct_1"),
                job("started", at + 1, name, attempt=1),
                job("dead", at + 2, name, attempt=1, error=ERROR),
            )
        fail_in_redis(redis_url, "a", "b")
        live.lane("emails", lambda lane: lane["dead"] == 3)
        yield live


def planned(live: Live, **wanted: str) -> dict:
    with live.client("actions") as client:
        answer = client.post("/api/v1/actions/preview", json={"source": "shop", **wanted})
        assert answer.status_code == 200, answer.text
        return answer.json()


def ended(live: Live, number: str) -> dict:
    def look() -> dict | None:
        with live.client("actions") as client:
            said = client.get(f"/api/v1/actions/{number}").json()
        return said if said["action"]["state"] == "ended" else None

    return until(look)


def confirm(live: Live, number: str, **more: bool) -> httpx.Response:
    with live.client("actions") as client:
        return client.post("/api/v1/actions", json={"preview": number, **more})


def test_a_search_is_previewed_confirmed_once_done_and_audited(live: Live, redis_url: str) -> None:
    plan = planned(live, action="retry", q="state:dead tenant:acct_1")
    number = plan["action"]["id"]
    assert (plan["title"], plan["counts"]) == ("Retry 3 jobs", {"planned": 3})
    with Redis.from_url(redis_url) as client:
        assert client.llen("rq:queue:emails") == 0

    assert confirm(live, number).status_code == 202
    assert confirm(live, number).status_code == 409
    said = ended(live, number)

    assert said["counts"] == {"done": 2, "gone": 1}
    assert {one["id"]: one["state"] for one in said["jobs"]} == {
        "a": "done",
        "b": "done",
        "c": "gone",
    }
    with Redis.from_url(redis_url) as client:
        assert sorted(client.lrange("rq:queue:emails", 0, -1)) == [b"a", b"b"]
    line = live.store.audit.newest(1)[0]
    assert (line.action, line.subject) == ("retry jobs", "shop")
    assert line.at < said["action"]["ended_at"]
    lane = live.lane("emails", lambda lane: lane["dead"] == 1)
    assert lane["dead"] == 1
    assert live.get("/api/v1/jobs/a").json()["state"] == "waiting"
    page = live.get("/jobs/a").text
    assert "retry by a token of scope actions: done" in page
    with live.client("actions") as client:
        assert [one["id"] for one in client.get("/api/v1/actions").json()["actions"]] == [number]


def test_a_dry_run_looks_at_every_job_and_changes_none(live: Live, redis_url: str) -> None:
    number = planned(live, action="discard", job="a")["action"]["id"]

    confirm(live, number, dry_run=True)

    said = ended(live, number)
    assert (said["title"], said["counts"]) == ("Discard 1 job, as a dry run", {"done": 1})
    with Redis.from_url(redis_url) as client:
        assert client.exists("rq:job:a")
    assert live.get("/api/v1/jobs/a").json()["state"] == "dead"


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"action": "revoke", "source": "shop"}, "not switched on"),
        ({"action": "retry", "source": "other"}, "No source is called"),
        ({"action": "retry", "source": "shop", "q": "state:waiting"}, "No job matches"),
        ({"action": "retry", "source": "shop", "q": "state:odd"}, "state: is one of"),
    ],
)
def test_what_is_not_possible_is_refused_with_a_reason(
    live: Live, wanted: dict[str, str], why: str
) -> None:
    with live.client("actions") as client:
        answer = client.post("/api/v1/actions/preview", json=wanted)
        assert client.get("/api/v1/actions/never").status_code == 404
    assert (answer.status_code, why in answer.json()["detail"]) == (400, True)
    assert live.get("/api/v1/actions").status_code == 403


def test_an_operator_retries_all_of_a_reason_from_its_page(live: Live, redis_url: str) -> None:
    now = clock.now()
    user = live.store.users.create("ana", "operator", now=now)
    assert user is not None
    reason = until(lambda: live.get("/api/v1/reasons").json()["reasons"])[0]["key"]
    with live.client(None) as browser:
        browser.cookies.set(COOKIE, live.store.sessions.create(user.id, now=now, ttl_s=600))
        browser.headers["Sec-Fetch-Site"] = "same-origin"
        html = browser.get("/reasons/one", params={"key": reason}).text
        assert "Retry all of this reason in shop…" in html
        assert "Discard this job…" in browser.get("/jobs/a").text
        assert "Retry all that match in shop…" in browser.get("/jobs?q=state:dead").text
        csrf = html.partition('name="csrf" value="')[2].partition('"')[0]
        form = {"csrf": csrf, "action": "retry", "source": "shop", "q": f'reason:"{reason}"'}
        shown = browser.post("/actions/preview", data=form, follow_redirects=True)
        assert "Nothing was done yet" in shown.text
        browser.post(f"{shown.url.path}/confirm", data={"csrf": csrf})

        until(lambda: "2 done, 1 no longer there" in browser.get(shown.url.path).text)
    with Redis.from_url(redis_url) as client:
        assert client.llen("rq:queue:emails") == 2


def test_pages_of_dead_jobs_say_why_nothing_can_be_done(redis_url: str, tmp_path: Path) -> None:
    sources = (
        Source(name="off", system="rq", url=redis_url),
        Source(name="mails", system="celery", url=redis_url),
        Source(name="rows", system="sql"),
        Source(name="pushed", system=None),
    )
    off = "once its [[source]] table has a write_url and actions = [&#34;retry&#34;"
    never = "Celery keeps no dead jobs, so those of source &#34;mails&#34; cannot be retried"
    with live_server(tmp_path / "t.db", Config(sources=sources)) as live:
        for source in sources:
            dead = job("dead", clock.now(), f"{source.name}-1", attempt=1, error=ERROR)
            live.send(dead, source=source.name)
        until(lambda: live.get("/api/v1/dead").json()["total"] == len(sources))
        with live.client("actions") as client:
            assert client.get("/dead").status_code == 403
        live.store.users.create("ana", "operator", now=clock.now())
        user = live.store.users.by_name("ana")
        assert user is not None
        with live.client(None) as browser:
            cookie = live.store.sessions.create(user.id, now=clock.now(), ttl_s=600)
            browser.cookies.set(COOKIE, cookie)
            shown = browser.get("/dead").text
            assert (off in shown, never in shown) == (True, True)
            assert shown.count('class="hint">Operators can') == 1
            assert never in browser.get("/jobs/mails-1").text
            key = live.get("/api/v1/jobs/mails-1").json()["reason"]
            until(lambda: never in browser.get("/reasons/one", params={"key": key}).text)
        assert off not in live.get("/dead").text


def test_all_actions_are_listed_with_who_what_and_how_many(live: Live, redis_url: str) -> None:
    number = planned(live, action="retry", q="state:dead")["action"]["id"]
    waits = planned(live, action="discard", job="a")["action"]["id"]
    confirm(live, number, dry_run=True)
    ended(live, number)

    with live.client("actions") as client:
        shown = client.get("/actions").text
        older = client.get("/actions", params={"before": 1.0}).text
        asked = client.get("/api/v1/actions", params={"before": 1.0}).json()

    assert f'href="/actions/{number}">Retry 3 jobs, as a dry run</a>' in shown
    assert "2 done, 1 no longer there" in shown
    assert "a token of scope actions" in shown
    assert waits not in shown
    assert "Nothing was done to jobs." in older
    assert asked == {"actions": []}
    assert live.get("/actions").status_code == 403


def test_the_audit_leads_to_the_action(live: Live) -> None:
    number = planned(live, action="retry", job="a")["action"]["id"]
    confirm(live, number)
    now = clock.now()
    user = live.store.users.create("root", "admin", now=now)
    assert user is not None

    with live.client(None) as browser:
        browser.cookies.set(COOKIE, live.store.sessions.create(user.id, now=now, ttl_s=600))
        shown = browser.get("/audit").text

    assert f'<a href="/actions/{number}">retry jobs</a>' in shown


def test_what_is_not_begun_is_stopped_once_and_that_is_audited(
    live: Live, store: SqliteStore
) -> None:
    number = planned(live, action="retry", q="state:dead")["action"]["id"]
    with live.client("actions") as client:
        too_soon = client.post(f"/api/v1/actions/{number}/stop")
    assert (too_soon.status_code, "nothing left to stop" in too_soon.text) == (409, True)
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


def test_a_running_action_is_stopped_from_its_page_and_over_http(
    live: Live, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act, "BATCH", 1)
    with Redis.from_url(redis_url) as client:
        # A broker that does not answer holds the action at its first batch.
        client.client_pause(60_000, all=False)
    number = planned(live, action="retry", q="state:dead")["action"]["id"]
    confirm(live, number)
    until(lambda: live.store.actions.counts(number).get("sent") == 1)

    with live.client("actions") as client:
        assert "Stop what is not begun" in client.get(f"/actions/{number}").text
        said = client.post(f"/api/v1/actions/{number}/stop").json()
    with Redis.from_url(redis_url) as client:
        client.client_unpause()

    assert said["counts"] == {"sent": 1, "stopped": 2}
    counts = ended(live, number)["counts"]
    assert counts["stopped"] == 2
    assert sum(counts.values()) == 3


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "acts.db", synchronous="NORMAL") as store:
        yield store


def begin(store: SqliteStore, count: int, now: float, *, action: Action = "retry") -> None:
    saved = SavedAction("act1", now, "ana", action, "shop", "", count)
    jobs = [ActionJob(no, f"j{no}", "emails", "send") for no in range(count)]
    store.actions.plan(saved, jobs)
    assert store.actions.confirm("act1", actor="ana", dry=False, now=now, since=0.0)


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
