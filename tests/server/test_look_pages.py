"""The pages behind the board: jobs, accounts, reasons, problems; for every role, with any text."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx
import pytest

from tailback import clock
from tailback.server.access import COOKIE
from tailback.server.search import find
from tailback.store.access import Role
from tests.server.live import Live, job, until

NASTY = "<script>alert(1)</script>"
TRACE = 'File "shop.py", line 3, in send\n    secret_value()'
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module", autouse=True)
def story(live: Live) -> None:
    now = clock.now()
    error = {"type": "shop.Odd", "message": f"{NASTY} is odd", "status": 504, "trace": TRACE}
    live.send(
        job("enqueued", now - 3000, "late", tenant="acct_1"),
        job("started", now - 2950, "late", attempt=1, worker="w1"),
        job("retrying", now - 2900, "late", attempt=1, due_at=now + 600, error=error),
        job("enqueued", now - 10, NASTY, tenant=NASTY, job=NASTY, queue="odd"),
        job("enqueued", now - 100, "done", tenant="acct_3"),
        job("started", now - 99, "done", attempt=1, worker="w1"),
        job("succeeded", now - 98, "done", ran_for=1.0),
    )
    live.lane("emails", lambda lane: lane["verdict"] != "healthy" and lane["reasons"])
    live.lane("odd", lambda lane: lane)


@contextmanager
def person(live: Live, role: Role, *, details: bool = False) -> Iterator[httpx.Client]:
    name = f"{role}-{details}"
    now = clock.now()
    user = live.store.users.by_name(name) or live.store.users.create(
        name, role, now=now, see_details=details
    )
    assert user is not None
    with live.client(None) as browser:
        browser.cookies.set(COOKIE, live.store.sessions.create(user.id, now=now, ttl_s=600))
        yield browser


def html_of(live: Live, path: str) -> str:
    answer = live.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, (path, answer.text)
    assert "<script>alert" not in answer.text
    assert " style=" not in answer.text
    return answer.text


@pytest.mark.parametrize("query", ["acct_1", "tenant:acct_1", 'tenant:"acct_1"'])
def test_support_asks_for_an_account_and_gets_one_sentence_to_send(live: Live, query: str) -> None:
    html = html_of(live, f"/jobs?q={quote(query)}")

    assert "Yes: acct_1 is affected" in html
    assert "late" in html


def test_an_account_that_is_fine_is_said_to_be_fine(live: Live) -> None:
    assert "No: nothing of acct_3 is late or failing" in html_of(live, "/jobs?q=tenant:acct_3")
    html = html_of(live, "/accounts/acct_3")
    assert "No: nothing of acct_3 is late or failing" in html
    assert "Where" not in html


def test_the_page_of_an_account_says_where_it_waits(live: Live) -> None:
    html = html_of(live, "/accounts/acct_1")

    assert "Is acct_1 affected?" in html
    assert 'href="/lanes/emails"' in html


def test_jobs_are_listed_searched_and_a_bad_search_is_explained(live: Live) -> None:
    assert ">late<" in html_of(live, "/jobs")
    assert "No job matches" in html_of(live, "/jobs?q=state:dead")
    bad = live.get("/jobs?q=state:", headers={"Accept": "text/html"})
    assert bad.status_code == 400
    assert "needs a value" in bad.text
    assert live.get("/jobs?cursor=nonsense").status_code == 400


def test_a_job_shows_its_course_and_its_first_error(live: Live) -> None:
    html = html_of(live, "/jobs/late?source=shop")

    for text in (
        "retrying",
        "attempt 1",
        "w1",
        "shop.Odd",
        "status 504",
        "acct_1",
        "secret_value",
    ):
        assert text in html, text
    assert live.get("/jobs/nothing").status_code == 404


def test_a_viewer_without_the_permission_sees_no_trace_in_page_or_api(live: Live) -> None:
    for path in ("/jobs/late", "/api/v1/jobs/late"):
        with person(live, "viewer") as support:
            assert "shop.Odd" in support.get(path).text
            assert "secret_value" not in support.get(path).text, path
        for role, details in (("viewer", True), ("operator", False), ("admin", False)):
            with person(live, role, details=details) as allowed:  # type: ignore[arg-type]
                assert "secret_value" in allowed.get(path).text, (path, role)


def test_reasons_are_listed_with_their_trend_and_have_a_page(live: Live) -> None:
    reason = live.lanes()["emails"]["reasons"][0]
    until(lambda: live.get("/api/v1/reasons").json()["reasons"])

    listed = html_of(live, "/reasons")
    one = html_of(live, f"/reasons/one?key={quote(reason['key'])}")

    assert "shop.Odd" in listed
    for text in ("First useful error", "&lt;script&gt;alert(1)", "acct_1", "late", "504"):
        assert text in one, text
    assert live.get("/reasons/one?key=nothing").status_code == 404


def test_a_problem_is_shown_and_taken_over_by_an_operator(live: Live) -> None:
    episode = live.lane("emails", lambda lane: lane["episode_id"])["episode_id"]
    until(lambda: live.get(f"/api/v1/episodes/{episode}").status_code == 200)

    assert f"/episodes/{episode}" in html_of(live, "/episodes")
    with person(live, "viewer") as viewer:
        assert "I look after it" not in viewer.get(f"/episodes/{episode}").text
        assert viewer.post(f"/episodes/{episode}/ack", headers=OWN).status_code == 403
    with person(live, "operator") as operator:
        shown = operator.get(f"/episodes/{episode}").text
        assert "I look after it" in shown
        word = shown.split('name="csrf" value="')[1].split('"')[0]
        assert operator.post(f"/episodes/{episode}/ack", headers=OWN).status_code == 403
        form = {"csrf": word}
        answer = operator.post(f"/episodes/{episode}/ack", headers=OWN, data=form)
        assert answer.status_code == 303
        assert "acknowledged by operator-False" in operator.get("/episodes").text
        assert "I look after it" not in operator.get(f"/episodes/{episode}").text
        missing = operator.post("/episodes/nothing/ack", headers=OWN, data=form)
        assert missing.status_code == 404
    assert live.get("/episodes/nothing").status_code == 404


def test_every_page_survives_hostile_text(live: Live) -> None:
    encoded = quote(NASTY, safe="")
    for path in (
        f"/jobs?q={encoded}",
        f"/jobs?q=tenant:{encoded}",
        "/jobs?q=job:%00",
        "/lanes/odd",
        "/lanes/emails",
        "/reasons",
        "/episodes",
        "/",
    ):
        html_of(live, path)


def test_ids_and_accounts_may_hold_any_slashes(live: Live) -> None:
    name = "https://crm.example//a/b/?x=1&y=%2F/"
    now = clock.now()
    live.send(job("enqueued", now, name, queue="slashes", tenant=name))
    until(lambda: live.get("/api/v1/jobs", params={"q": "queue:slashes"}).json()["jobs"])
    path = quote(name, safe="")

    assert live.get(f"/api/v1/jobs/{path}", params={"source": "shop"}).json()["id"] == name
    assert live.get(f"/api/v1/accounts/{path}").json()["account"] == name
    assert html_of(live, f"/jobs/{path}?source=shop")
    assert html_of(live, f"/accounts/{path}")


def test_a_reason_has_its_page_as_soon_as_it_made_one_attempt_fail(live: Live) -> None:
    now = clock.now()
    error = {"type": "shop.Fresh", "message": "never seen before"}
    live.send(job("enqueued", now, "fresh"), job("failed", now, "fresh", attempt=1, error=error))
    found = until(lambda: live.get("/api/v1/jobs/fresh").json().get("reason"))

    reason = live.get(f"/api/v1/reasons/{quote(found, safe='')}")

    assert (reason.status_code, reason.json()["count_1h"]) == (200, 1)
    assert html_of(live, f"/reasons/one?key={quote(found, safe='')}")


def test_a_reason_tells_after_how_many_attempts_its_jobs_succeeded(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    error = {"type": "shop.Shaky", "message": "the line is shaky"}
    events = [job("enqueued", now - 50, "hopeless")]
    events += [job("dead", now - 40, "hopeless", attempt=1, error=error)]
    for name, fails in (("one", 1), ("two", 2), ("also-two", 2)):
        events += [job("enqueued", now - 50, name)]
        for attempt in range(1, fails + 1):
            events += [job("retrying", now - 49 + attempt, name, attempt=attempt, error=error)]
        events += [job("succeeded", now - 40, name, attempt=fails + 1)]
    live.send(*events)
    key = until(lambda: live.get("/api/v1/jobs/hopeless").json().get("reason"))

    said = live.get(f"/api/v1/reasons/{quote(key, safe='')}").json()["recovery"]

    whole = {"counted": 3, "since": pytest.approx(now - 40), "complete": True}
    assert said == {"succeeded_after": [[2, 1], [3, 2]], "never": 1, **whole}
    html = html_of(live, f"/reasons/one?key={quote(key, safe='')}")
    assert "succeeded after 3 attempts" in html
    assert "never got there (dead)" in html
    assert "All that succeeded after all in the last 14 days (3); dead ones as of now." in html

    monkeypatch.setattr(find, "MOST_COUNTED", 1)
    newest = live.get(f"/api/v1/reasons/{quote(key, safe='')}").json()["recovery"]
    assert (newest["counted"], newest["complete"]) == (1, False)
    html = html_of(live, f"/reasons/one?key={quote(key, safe='')}")
    assert "Only the newest 1 that succeeded after all, back to" in html
    monkeypatch.setattr(find, "MOST_COUNTED", 0)
    html = html_of(live, f"/reasons/one?key={quote(key, safe='')}")
    assert "Those that succeeded after all could not be counted in time" in html
