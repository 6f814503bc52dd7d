"""Drills: without a job to send, with a channel that is broken, and nobody who answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tailback.core.drill import Stand, broken_link, noticed
from tailback.core.model import Lane
from tailback.core.policy.people import no_holidays
from tailback.server.config import Channel, Config, Person, Source
from tailback.server.loops.drill_plan import DrillPlanLoop
from tailback.testing.receivers import REFUSE, HttpReceiver
from tests.server.live import Live, live_server, until
from tests.server.test_look_pages import OWN, person


def lane(name: str, owner: str | None) -> Lane:
    return Lane(key=name, name=name, queue=name, source="shop", owner=owner)


@pytest.fixture
def receivers() -> Iterator[list[HttpReceiver]]:
    made = [HttpReceiver(), HttpReceiver()]
    yield made
    for one in made:
        one.close()


@pytest.fixture
def live(tmp_path: Path, receivers: list[HttpReceiver]) -> Iterator[Live]:
    config = Config(
        sources=(
            Source(name="shop", system=None),
            Source(name="away", system="celery", write_url="redis://127.0.0.1:1/0"),
            Source(name="rabbit", system="celery", write_url="amqp://127.0.0.1:1//"),
            Source(name="queue", system="rq", write_url="redis://127.0.0.1:1/0"),
            Source(name="line", system="huey", write_url="redis://127.0.0.1:1/0"),
            Source(name="file", system="huey", write_url="sqlite:////nowhere/huey.db"),
            Source(name="rows", system="sql", write_url="sqlite:///x.db"),
        ),
        lanes=(
            lane("mail", "ana"),
            lane("orphan", None),
            lane("shared", "crew"),
            lane("mute", "cy"),
            replace(lane("half", "ana"), owner_for={"rate limit": "cy"}),
            *(
                replace(lane(name, "ana"), source=name)
                for name in ("away", "rabbit", "queue", "line", "file", "rows")
            ),
        ),
        people=(
            Person(name="ana", channels=("one",), backup="bo"),
            Person(name="bo", channels=("two",)),
            Person(name="crew", channels=(), turns=("bo",)),
            Person(name="cy", channels=()),
        ),
        channels=tuple(
            Channel(name=name, kind="webhook", settings={"url": r.url, "allow_private": "true"})
            for name, r in zip(("one", "two"), receivers, strict=True)
        ),
    )
    with live_server(tmp_path / "t.db", config) as server:
        until(server.lanes)
        yield server


def begin(live: Live, name: str = "mail") -> Any:
    with live.client("operate") as operator:
        return operator.post("/api/v1/drills", json={"lane": name, "by": "cy"})


def state(live: Live, number: str) -> dict[str, Any]:
    with live.client("operate") as operator:
        return operator.get(f"/api/v1/drills/{number}").json()


def test_without_a_write_url_only_the_message_is_drilled_and_it_says_so(
    live: Live, receivers: list[HttpReceiver]
) -> None:
    number = begin(live).json()["id"]
    got = until(lambda: next(iter(receivers[0].received), None))

    assert got.body["title"] == "DRILL: mail"
    assert "Only the way of the message is proven" in got.body["text"]
    again = begin(live)
    assert (again.status_code, "one goes on at a time" in again.text) == (409, True)
    assert live.get("/api/v1/episodes").json()["episodes"] == []
    with live.client(None) as browser:
        address = got.body["ack_url"].removeprefix(f"http://{live.running.services.address}")
        assert browser.post(address).status_code == 200
    row = state(live, number)
    assert (row["state"], row["acknowledged_by"]) == ("resolved", "ana")
    whats = [line["what"] for line in row["timeline"]]
    assert whats[0] == "rule drill"
    assert whats[1:] in (
        ["told", "delivered", "acknowledged"],
        ["told", "acknowledged", "delivered"],
    )
    live.lane("mail", lambda lane: lane["drilled_at"] == row["resolved_at"])


def test_a_broken_channel_makes_it_fail_with_its_name_and_tells_the_next_person(
    live: Live, receivers: list[HttpReceiver]
) -> None:
    receivers[0].behaviour = REFUSE
    number = begin(live).json()["id"]

    told = until(lambda: next(iter(receivers[1].received), None))
    assert (
        "The drill of mail failed: channel: no channel of the owner takes messages"
        in told.body["text"]
    )
    row = state(live, number)
    assert (row["state"], row["acknowledged_by"]) == ("resolved", None)
    assert row["timeline"][-1]["what"] in ("drill failed", "delivered")
    assert live.lanes()["mail"]["drilled_at"] is None


def test_a_drill_of_a_rota_reaches_whose_turn_it_is(
    live: Live, receivers: list[HttpReceiver]
) -> None:
    assert begin(live, "shared").status_code == 201

    got = until(lambda: next(iter(receivers[1].received), None))
    assert got.body["title"] == "DRILL: shared"
    assert not receivers[0].received


def test_what_cannot_begin_is_said(live: Live) -> None:
    assert begin(live, "none").status_code == 404
    answer = begin(live, "orphan")
    why = "rule misconfigured: the lane has no owner who can be reached"
    assert (answer.status_code, why in answer.text) == (409, True)


@pytest.mark.parametrize("name", ["mute", "half"])
def test_an_owner_whom_nothing_reaches_makes_it_fail_at_once_and_is_told(
    live: Live, receivers: list[HttpReceiver], name: str
) -> None:
    row = state(live, begin(live, name).json()["id"])

    assert (row["state"], row["acknowledged_by"]) == ("resolved", None)
    assert "failed: rule misconfigured: cy owns it, but no channel reaches cy" in row["message"]
    told = until(lambda: next(iter(receivers[0].received), None))
    assert told.body["text"] == row["message"]


@pytest.mark.parametrize("name", ["away", "rabbit", "queue", "line", "file"])
def test_a_broker_that_does_not_take_the_job_is_said_at_once(live: Live, name: str) -> None:
    answer = begin(live, name)

    assert (answer.status_code, "could not be enqueued" in answer.text) == (409, True)


def test_where_no_job_can_be_enqueued_the_timeline_says_so(live: Live) -> None:
    row = state(live, begin(live, "rows").json()["id"])

    assert row["timeline"][0]["what"] == "rule drill"
    assert "cannot be enqueued" in row["timeline"][0]["detail"]


def test_lanes_are_drilled_by_plan_while_the_owner_works_one_at_a_time(
    live: Live, receivers: list[HttpReceiver]
) -> None:
    services = live.running.services
    plan = DrillPlanLoop(
        services.current,
        services.store,
        lambda: [lane("mail", "ana"), lane("second", "ana"), lane("orphan", None)],
        services.drills,
        no_holidays,
    )
    now = services.now()

    assert not plan.once(now)
    assert plan.once(now + 90_000.0)
    got = until(lambda: next(iter(receivers[0].received), None))
    assert got.body["title"] == "DRILL: mail"
    assert not plan.once(now + 90_060.0), "the first drill still goes on"
    kept = json.loads(services.store.meta.get("drill_plan"))
    assert kept["mail"]["due_at"] > kept["second"]["due_at"] > now + 170_000.0
    assert "orphan" not in kept
    assert (plan.pause_s(), plan.close()) == (60.0, None)


def test_the_board_marks_an_alert_that_was_never_proven(live: Live) -> None:
    with live.client("read") as reader:
        page = reader.get("/").text

    assert "alert never proven" in page


def test_the_page_of_drills_starts_one_and_shows_each_link(
    live: Live, receivers: list[HttpReceiver]
) -> None:
    with person(live, "viewer") as viewer:
        assert "Drill it now" not in viewer.get("/drills").text
    with person(live, "operator") as operator:
        page = operator.get("/drills").text
        assert "None yet" in page
        assert "orphan" not in page
        word = page.split('name="csrf" value="')[1].split('"')[0]
        told = operator.post("/drills", data={"csrf": word, "lane": "mail"}, headers=OWN)
        again = operator.post("/drills", data={"csrf": word, "lane": "mail"}, headers=OWN)
        assert (told.status_code, again.status_code) == (303, 409), told.text
        until(lambda: receivers[0].received)

        page = operator.get("/drills").text
        problems = operator.get("/episodes").text

    assert told.headers["location"].startswith("/episodes/drill-mail-")
    assert "rule drill after 0 s, told after" in page
    assert "going on" in page
    assert "drill-mail" not in problems


def test_the_list_says_which_alerts_are_proven_and_which_link_broke(
    live: Live, receivers: list[HttpReceiver]
) -> None:
    receivers[0].behaviour = REFUSE
    number = begin(live).json()["id"]
    until(lambda: state(live, number)["state"] == "resolved")
    going = begin(live, "shared").json()["id"]

    found = live.get("/api/v1/drills").json()
    newest, failed = found["drills"]
    assert (newest["id"], newest["state"], newest["broken"]) == (going, "going on", None)
    assert (failed["id"], failed["state"], failed["broken"]) == (number, "failed", "channel")
    assert failed["links"][0]["what"] == "rule drill"
    assert failed["links"][0]["after_s"] == 0.0
    names = {one["name"]: one for one in found["alerts"]}
    assert "orphan" not in names
    assert names["mail"]["unproven"] == "alert never proven"

    with live.client("operate") as operator:
        operator.post(f"/api/v1/episodes/{going}/ack", json={"by": "bo"})
    until(lambda: live.lanes()["shared"]["drilled_at"])
    found = live.get("/api/v1/drills").json()
    assert (found["drills"][0]["state"], found["drills"][0]["answered_by"]) == ("passed", "bo")
    assert {one["name"]: one["proven"] for one in found["alerts"]}["shared"] is True


def test_the_link_that_took_too_long_is_named() -> None:
    begun = Stand(mode="fail", enqueued_at=0.0)
    told = Stand(mode="fail", enqueued_at=0.0, told_at=50.0)
    sent = Stand(mode="fail", enqueued_at=0.0, told_at=50.0, sent_at=60.0)

    assert (broken_link(begun, 120.0), broken_link(begun, 121.0)) == (None, "worker")
    assert (broken_link(told, 170.0), broken_link(told, 171.0)) == (None, "channel")
    assert (broken_link(sent, 960.0), broken_link(sent, 961.0)) == (None, "answer")
    assert broken_link(Stand(mode="fail", enqueued_at=None), 1e9) is None


def test_a_failure_or_a_start_without_an_end_is_noticed() -> None:
    assert not noticed("fail", [("started", 1.0)], 99.0)
    assert noticed("fail", [("started", 1.0), ("dead", 2.0)], 2.0)
    assert not noticed("hang", [("started", 1.0)], 5.0)
    assert noticed("hang", [("started", 1.0)], 6.0)
    assert not noticed("hang", [], 6.0)
