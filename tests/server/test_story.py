"""A problem of a real server becomes a story by itself, and says who was faster."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from tailback import clock
from tailback.core.model import Lane
from tailback.server import what_if
from tailback.server.access import COOKIE
from tailback.server.config import Channel, Config, Person, Source
from tailback.server.loops.stories import SETTLED_S, StoryLoop
from tailback.server.story_teller import StoryTeller
from tailback.store.alerts import Change
from tailback.testing.receivers import HttpReceiver
from tests.server.live import Live, job, live_server, until
from tests.server.test_sign_in import CSRF

# One worker makes the problem, whose story takes most of a minute to come about.
pytestmark = pytest.mark.xdist_group("story")

ERROR = {"type": "jinja2.exceptions.UndefinedError", "message": "'customer' has no 'name'"}


@dataclass
class House:
    live: Live
    episode: str


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    hook = HttpReceiver()
    lane = Lane(
        key="receipts",
        name="Receipts",
        source="shop",
        queue="receipts",
        promise_s=40.0,
        promise_assumed=False,
        owner="ana",
    )
    config = Config(
        sources=(Source(name="shop", system=None),),
        lanes=(lane,),
        people=(Person(name="ana", channels=("hook",)),),
        channels=(
            Channel(
                name="hook", kind="webhook", settings={"url": hook.url, "allow_private": "true"}
            ),
        ),
    )
    with live_server(tmp_path_factory.mktemp("story") / "t.db", config) as live:
        at = clock.now()
        live.post("/api/v1/deploys", {"release": "4f2c", "at": at - 30})
        events = []
        for number in range(4):
            one = {"queue": "receipts", "tenant": f"acct_{number}"}
            events += [
                job("enqueued", at - 22, f"r{number}", **one),
                job("started", at - 21, f"r{number}", attempt=1, **one),
                job(
                    "retrying",
                    at - 20,
                    f"r{number}",
                    attempt=1,
                    error=ERROR,
                    due_at=at + 60,
                    **one,
                ),
            ]
        live.send(*events)
        opened = until(lambda: live.lanes().get("receipts", {}).get("episode_id"), 90.0)
        until(lambda: hook.received, 90.0)
        now = clock.now()
        live.send(
            *[
                job(kind, now, f"r{n}", queue="receipts", attempt=2)
                for n in range(4)
                for kind in ("started", "succeeded")
            ]
        )
        episode = until(
            lambda: next(
                (
                    one["id"]
                    for one in live.get("/api/v1/episodes").json()["episodes"]
                    if one["id"] == opened and one["state"] == "resolved"
                ),
                None,
            ),
            timeout_s=180.0,
        )
        yield House(live, episode)
    hook.close()


def story(house: House) -> dict[str, Any]:
    answer: dict[str, Any] = house.live.get(f"/api/v1/episodes/{house.episode}/story").json()
    return answer


def test_the_story_says_how_long_before_the_first_customer_the_alert_came(house: House) -> None:
    told = story(house)

    assert told["sentence"].startswith("Alerted ")
    assert told["sentence"].endswith("before the first customer would have noticed")
    assert 0 < told["notice_at"] - told["alerted_at"] < 40.0
    assert told["accounts"] == 4
    assert told["deploys"][0][1] == "4f2c"
    assert told["opened_at"] <= told["alerted_at"] <= told["resolved_at"]


def test_the_story_names_the_worst_reason_in_words_and_none_when_nothing_failed(
    house: House,
) -> None:
    services = house.live.running.services
    row = services.store.episodes.get(house.episode)
    assert row is not None
    until(services.store.reason_notes.all, timeout_s=90.0)

    told = services.stories.tell(row, replay=False)
    calm = services.stories.tell(replace(row, opened_at=row.opened_at - 7200.0), replay=False)

    assert told is not None
    assert told.reason == "Template field missing"
    assert calm is not None
    assert calm.reason is None


def test_the_page_takes_a_note_of_an_operator(house: House) -> None:
    store, now = house.live.store, clock.now()
    user = store.users.create("op", "operator", now=now)
    assert user is not None
    cookies = {COOKIE: store.sessions.create(user.id, now=now, ttl_s=600.0)}
    with httpx.Client(base_url=house.live.url, trust_env=False, cookies=cookies) as browser:
        page = f"/episodes/{house.episode}/story"
        word = CSRF.search(browser.get(page).text)
        assert word is not None
        form = {"csrf": word[1], "text": "Ask the mail provider"}
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = browser.post(f"/episodes/{house.episode}/notes", data=form, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, page)
        assert "op: Ask the mail provider" in browser.get(page).text


def test_the_page_and_the_markdown_tell_the_same(house: House) -> None:
    page = house.live.get(f"/episodes/{house.episode}/story").text
    text = house.live.get(f"/api/v1/episodes/{house.episode}/story?form=markdown").text

    for words in ("before the first customer would have noticed", "Deploy 4f2c", "It was over"):
        assert words in page
        assert words in text
    assert house.live.get(f"/api/v1/episodes/{house.episode}/story?form=pdf").status_code == 400
    assert house.live.get("/api/v1/episodes/nope/story").status_code == 404
    assert "Its story" in house.live.get(f"/episodes/{house.episode}").text


def test_notes_stand_in_the_story(house: House) -> None:
    path = f"/api/v1/episodes/{house.episode}/notes"
    with house.live.client("operate") as client:
        assert (
            client.post(path, json={"text": "Test <b>templates</b>", "by": "bo"}).status_code
            == 201
        )
        assert client.post(path, json={"text": " "}).status_code == 400
        assert client.post("/api/v1/episodes/nope/notes", json={"text": "x"}).status_code == 404

    assert "Test <b>templates</b>" in [note["text"] for note in story(house)["notes"]]
    assert "&lt;b&gt;templates" in house.live.get(f"/episodes/{house.episode}/story").text


def test_the_loop_keeps_the_replayed_story_once(house: House) -> None:
    services = house.live.running.services
    teller: StoryTeller = services.stories
    loop = StoryLoop(services.store, teller.body)
    row = services.store.episodes.get(house.episode)
    assert row is not None
    assert row.resolved_at is not None

    assert not loop.once(row.resolved_at + SETTLED_S - 1)
    assert loop.once(row.resolved_at + SETTLED_S)
    assert not loop.once(row.resolved_at + SETTLED_S)

    told = story(house)
    assert told["replayed"] is True
    kept = services.store.review.story(house.episode)
    assert kept is not None
    assert b"Receipts" in kept[1]


def test_a_story_of_too_many_events_is_judged_by_the_age_of_each_minute(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_if, "MAX_EVENTS", 3)
    services = house.live.running.services
    row = services.store.episodes.get(house.episode)
    assert row is not None

    told = services.stories.tell(row, replay=True)

    assert told is not None
    assert (told.replayed, told.by_ages, told.too_many) == (False, True, True)


def test_there_is_no_story_of_a_lane_that_is_gone(house: House) -> None:
    services = house.live.running.services
    row = services.store.episodes.get(house.episode)
    assert row is not None
    teller = StoryTeller(services.config, services.store, list, services.corrections)

    assert teller.body(row) is None
    assert not StoryLoop(services.store, lambda _row: None).once((row.resolved_at or 0) + 1e5)


def test_a_person_who_asks_for_a_story_that_cannot_be_told_gets_a_page(house: House) -> None:
    row = house.live.store.episodes.get(house.episode)
    assert row is not None
    untold = replace(row, id="untold-1", lane="gone", body=b"")
    house.live.store.episodes.save([Change(episode=untold)]).result()

    answer = house.live.get("/episodes/untold-1/story", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "cannot be told" in answer.text
    assert 'href="/episodes/untold-1"' in answer.text
    assert house.live.get("/api/v1/episodes/untold-1/story").status_code == 404

    nobody = house.live.get("/episodes/nope/story", headers={"Accept": "text/html"})
    assert nobody.status_code == 404
    assert 'href="/"' in nobody.text
