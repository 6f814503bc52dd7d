"""Actions on jobs: from the button or the API through the store to a real Redis, and back."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from redis import Redis

from tailback import clock
from tailback.server.access import COOKIE
from tailback.server.config import Config, Source
from tailback.server.loops import act
from tests.server.acting import fail_in_redis, no_writes, source_of
from tests.server.live import Live, job, live_server, until

ERROR = {"type": "shop.Broken", "message": "template field missing"}


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


def test_an_action_that_is_not_begun_cannot_be_stopped(live: Live) -> None:
    number = planned(live, action="retry", q="state:dead")["action"]["id"]

    with live.client("actions") as client:
        answer = client.post(f"/api/v1/actions/{number}/stop")

    assert (answer.status_code, "nothing left to stop" in answer.text) == (409, True)


def test_a_running_action_is_stopped_from_its_page_and_over_http(
    live: Live, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act, "BATCH", 1)
    number = planned(live, action="retry", q="state:dead")["action"]["id"]
    with no_writes(redis_url), live.client("actions") as client:
        confirm(live, number)
        until(lambda: live.store.actions.counts(number).get("sent") == 1)
        assert "Stop what is not begun" in client.get(f"/actions/{number}").text
        said = client.post(f"/api/v1/actions/{number}/stop").json()

    assert said["counts"] == {"sent": 1, "stopped": 2}
    counts = ended(live, number)["counts"]
    assert counts["stopped"] == 2
    assert sum(counts.values()) == 3
