"""Complaints by API, by a help desk's webhook and by a button, each beside its problem."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tailback import clock
from tailback.server.access import COOKIE
from tailback.server.config import load
from tailback.store.alerts import Change, SavedEpisode
from tests.server.live import OWNER, Live, live_server, until

FILE = """
[[source]]
name = "shop"

[[lane]]
name = "Receipt emails"
queue = "emails"
source = "shop"
noticed_after = "10m"
owner = "ana"

[[lane]]
name = "Exports"
queue = "exports"
source = "shop"
noticed_after = "10m"
owner = "ana"
"""
OWN = {"Sec-Fetch-Site": "same-origin"}


def episode(opened: float) -> SavedEpisode:
    return SavedEpisode(
        id="receipt-emails-1",
        lane="receipt-emails",
        state="resolved",
        rule="age",
        cause="stuck",
        opened_at=opened,
        resolved_at=opened + 600.0,
        acknowledged_by=None,
        acknowledged_until=None,
        owner="ana",
        page=False,
        step=0,
        next_step_at=None,
        message="Receipt emails are stuck.",
        body=b"",
        changed_at=opened + 600.0,
    )


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("complaints")
    (folder / "tailback.toml").write_text(FILE + OWNER, encoding="utf-8")
    with live_server(folder / "t.db", load(folder / "tailback.toml")) as server:
        until(lambda: len(server.lanes()) == 2)
        opened = clock.now() - 900.0
        server.store.episodes.save([Change(episode=episode(opened))]).result()
        yield server


def shown(live: Live) -> dict[str, Any]:
    answer: dict[str, Any] = live.get("/api/v1/complaints").json()
    return answer


def test_a_complaint_is_linked_to_the_problem_and_says_who_knew_first(live: Live) -> None:
    at = clock.now() - 900.0 + 240.0
    body = {
        "lane": "Receipt emails",
        "text": "Where is my receipt? me@example.com",
        "at": at,
        "account": "acct_42",
        "reference": "T-1",
    }

    first = live.post("/api/v1/complaints", body)
    again = live.post("/api/v1/complaints", {**body, "text": "sent twice"})

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    (one,) = [row for row in shown(live)["complaints"] if row["reference"] == "T-1"]
    assert (one["lane"], one["episode"], one["by"]) == (
        "receipt-emails",
        "receipt-emails-1",
        "a user",
    )
    assert "me@example.com" not in one["text"]
    page = live.get("/episodes/receipt-emails-1").text
    assert "The team was told 4 min before the first complaint." in page or (
        "The team was told 3 min before the first complaint." in page
    )
    week = shown(live)["weeks"][0]
    assert (week["problems"], week["knew_first"]) == (1, 1)


def test_a_help_desk_says_where_in_its_own_body_things_are(live: Live) -> None:
    ticket = {"ticket": {"id": 77, "subject": "No export", "tags": ["exports", "eu"]}}
    paths = "lane_from=ticket.tags.0&text=ticket.subject&reference=ticket.id&account=ticket.org.id"

    answer = live.post(f"/api/v1/complaints/webhook?{paths}", ticket)

    assert answer.status_code == 201
    assert answer.json()["lane"] == "exports"
    (one,) = [row for row in shown(live)["complaints"] if row["reference"] == "77"]
    assert (one["text"], one["by"], one["account"], one["episode"]) == (
        "No export",
        "the help desk",
        None,
        None,
    )
    assert shown(live)["weeks"][0]["unseen"] >= 1


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("", {"lane": "nope", "text": "x"}, "no lane is called 'nope'"),
        ("", {"lane": "exports", "text": " \x00 "}, "text: there is no text"),
        ("", {"lane": "exports"}, "text"),
        ("", [1], "cannot be read"),
        ("/webhook?lane=exports", {"text": True}, "text: there is no text"),
        ("/webhook?lane=exports&text=a.b.9", {"a": {"b": ["x"]}}, "a.b.9"),
        ("/webhook?text=a", {"a": "x"}, "no lane is called ''"),
    ],
)
def test_what_cannot_be_linked_is_refused_with_what_to_do(
    live: Live, path: str, body: object, said: str
) -> None:
    answer = live.post(f"/api/v1/complaints{path}", body)

    assert answer.status_code == 400
    assert said in answer.text


def test_support_notes_a_complaint_on_the_page_of_the_lane(live: Live) -> None:
    now = clock.now()
    sue = live.store.users.create("sue", "viewer", now=now)
    assert sue is not None
    cookies = {COOKIE: live.store.sessions.create(sue.id, now=now, ttl_s=600.0)}
    with httpx.Client(base_url=live.url, trust_env=False, cookies=cookies) as browser:
        page = browser.get("/lanes/exports").text
        word = re.search(r'name="csrf" value="([^"]+)"', page)
        assert word is not None
        form = {"csrf": word[1], "text": "<b>My export</b>", "account": "acct_9"}
        refused = browser.post("/lanes/exports/complaints", data=form)
        noted = browser.post("/lanes/exports/complaints", data=form, headers=OWN)

        assert refused.status_code == 403
        assert noted.status_code == 303
        listed = browser.get(noted.headers["location"]).text
    assert "&lt;b&gt;My export" in listed
    (one,) = [row for row in shown(live)["complaints"] if row["account"] == "acct_9"]
    assert one["by"] == "sue"


def test_a_token_that_reads_cannot_complain_by_the_form(live: Live) -> None:
    with live.client("read") as client:
        answer = client.post("/lanes/exports/complaints", data={"text": "x"})

    assert answer.status_code == 403
