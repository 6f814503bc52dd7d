"""An alert on its whole way: late work, the message to the owner, the answer, the recovery."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tailback import clock
from tailback.core.model import Lane
from tailback.server.config import Channel, Config, Person, Source
from tailback.server.links import LIFE_S, AckLink, read_ack, sign_ack
from tailback.server.pulse import Parts, Pulse
from tailback.testing.receivers import HttpReceiver, SmtpReceiver
from tests.server.live import Live, job, live_server, until

KEY = b"k" * 32


def lane(name: str, **changes: object) -> Lane:
    told = {
        "source": "shop",
        "promise_s": 4.0,
        "promise_assumed": False,
        "owner": "ana",
        **changes,
    }
    return Lane(key=name, name=name, queue=name, **told)  # type: ignore[arg-type]


@dataclass
class House:
    live: Live
    mail: SmtpReceiver
    hook: HttpReceiver


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    mail, hook = SmtpReceiver(), HttpReceiver()
    config = Config(
        sources=(Source(name="shop", system=None),),
        lanes=(
            lane("Receipts", wake_someone=True, customer_action="get a receipt"),
            lane("exports"),
            lane("quiet"),
            lane("lost", owner="cy"),
        ),
        people=(
            Person(name="ana", channels=("ana-mail", "hook"), backup="bo"),
            Person(name="bo", channels=("hook",)),
            Person(name="cy", channels=("dead",), backup="bo"),
        ),
        channels=(
            Channel(
                name="ana-mail",
                kind="email",
                settings={
                    "smtp": f"smtp://127.0.0.1:{mail.port}",
                    "to": "ana@example.com",
                    "from": "tailback@example.com",
                },
            ),
            Channel(
                name="hook", kind="webhook", settings={"url": hook.url, "allow_private": "true"}
            ),
            Channel(name="dead", kind="slack", settings={"url": hook.url}),
        ),
    )
    with live_server(tmp_path_factory.mktemp("alerts") / "t.db", config) as live:
        yield House(live, mail, hook)
    mail.close()
    hook.close()


def late(house: House, queue: str, number: str = "j1", age_s: float = 10.0) -> None:
    house.live.send(job("enqueued", clock.now() - age_s, f"{queue}-{number}", queue=queue))


def done(house: House, queue: str, number: str = "j1") -> None:
    now = clock.now()
    house.live.send(
        job("started", now, f"{queue}-{number}", queue=queue),
        job("succeeded", now, f"{queue}-{number}", queue=queue),
    )


def hooked(house: House, queue: str, kind: str) -> dict[str, object]:
    """Return the message of a kind that the webhook got, as soon as it is there."""
    return until(
        lambda: next(
            (
                r.body
                for r in house.hook.received
                if r.body.get("lane") == queue and r.body["kind"] == kind
            ),
            None,
        )
    )


def test_the_owner_is_told_by_every_channel_answers_by_the_link_and_hears_of_the_recovery(
    house: House,
) -> None:
    late(house, "Receipts")

    mail = until(lambda: next(iter(house.mail.received), None))
    first = hooked(house, "Receipts", "opened")
    assert mail.headers["Subject"] == "Receipts are stuck"
    assert "Customers cannot get a receipt. Oldest is" in mail.text
    assert "Owner: ana." in mail.text
    assert first["owner"] == first["person"] == "ana"

    found = re.search(r"Acknowledge: (\S+)", mail.text)
    assert found is not None
    episode = first["episode"]
    with house.live.client(None) as browser:
        for _ in range(2):  # what opens links by itself changes nothing
            page = browser.get(found[1])
            assert page.status_code == 200
            assert '<form method="post"' in page.text
        assert house.live.get(f"/api/v1/episodes/{episode}").json()["state"] == "firing"
        answer = browser.post(found[1])
        assert (answer.status_code, "ana looks after Receipts" in answer.text) == (200, True)

    after = house.live.get(f"/api/v1/episodes/{episode}").json()
    assert (after["state"], after["acknowledged_by"]) == ("acknowledged", "ana")
    assert after["next_step_at"] is None
    hooked(house, "Receipts", "acknowledged")
    line = house.live.store.audit.newest(1, subject=str(episode))[0]
    assert (line.actor, line.action) == ("ana", "acknowledge")

    done(house, "Receipts")
    end = hooked(house, "Receipts", "resolved")
    assert "Receipts are well again" in str(end["text"])
    last = until(lambda: next((m for m in house.mail.received if "well again" in m.text), None))
    assert last.headers["In-Reply-To"] == mail.headers["Message-ID"]
    until(lambda: house.live.get(f"/api/v1/episodes/{episode}").json()["state"] == "resolved")
    whats = [x["what"] for x in house.live.get(f"/api/v1/episodes/{episode}").json()["timeline"]]
    assert whats[:2] == ["opened", "told"]
    assert {"acknowledged", "delivered", "resolved"} <= set(whats)
    with house.live.client(None) as browser:
        assert "over already" in browser.get(found[1]).text
        assert "over already" in browser.post(found[1]).text


def test_a_token_that_may_operate_acknowledges_and_one_that_may_read_does_not(
    house: House,
) -> None:
    late(house, "exports")
    episode = hooked(house, "exports", "opened")["episode"]
    path = f"/api/v1/episodes/{episode}/ack"

    with house.live.client("read") as reader:
        assert reader.post(path, json={}).status_code == 403
    with house.live.client("operate") as operator:
        answer = operator.post(path, json={"by": "bo"})
        assert (answer.status_code, answer.json()["acknowledged_by"]) == (200, "bo")
        assert operator.post("/api/v1/episodes/none/ack", json={}).status_code == 404
    assert house.live.get("/api/v1/episodes/none").status_code == 404
    done(house, "exports")


def test_in_a_silence_nobody_is_told_and_at_its_end_at_once(house: House) -> None:
    until(lambda: any(lane.key == "quiet" for lane in house.live.running.services.lanes()))
    with house.live.client("operate") as operator:
        body = {"lane": "quiet", "until": clock.now() + 600, "reason": "the provider moves"}
        for wrong in ({"until": 0.0}, {"reason": " "}, {"until": clock.now() + 1e8}):
            assert operator.post("/api/v1/silences", json={**body, **wrong}).status_code == 400
        assert operator.post("/api/v1/silences", json={**body, "lane": "x"}).status_code == 404
        number = operator.post("/api/v1/silences", json=body).json()["id"]
        late(house, "quiet")
        shown = house.live.lane("quiet", lambda lane: lane["episode_id"] is not None)
        path = f"/api/v1/episodes/{shown['episode_id']}"
        until(lambda: house.live.get(path).status_code == 200)
        lines = house.live.get(path).json()["timeline"]
        assert [line["what"] for line in lines] == ["opened", "waits"]
        assert house.live.get("/api/v1/silences").json()["silences"][0]["reason"] == body["reason"]
        assert house.live.get(path).json()["messages"] == []

        assert operator.post(f"/api/v1/silences/{number}/end").status_code == 200
        for gone in (number, "x"):
            assert operator.post(f"/api/v1/silences/{gone}/end").status_code == 404
    assert hooked(house, "quiet", "opened")
    done(house, "quiet")


def test_what_a_dead_channel_refuses_goes_to_the_backup_with_the_reason(house: House) -> None:
    late(house, "lost")

    copy = hooked(house, "lost", "opened")
    assert copy["person"] == "bo"
    assert "This comes to you because dead of cy does not work" in str(copy["text"])
    state = {one.name: one for one in house.live.store.outbox.channels()}["dead"]
    assert state.broken_since is not None
    assert "private address" in str(state.why)
    services = house.live.running.services
    for names, broken in (({"dead"}, ("dead",)), ({"other"}, ())):
        parts = Parts(
            store=services.store,
            hub=services.hub,
            readings=services.readings,
            engine_runs=services.engine.is_alive,
            monotonic=clock.monotonic,
            channels=names.copy,
        )
        pulse = Pulse(parts)
        assert pulse.feel(clock.now()).broken_channels == broken


def test_a_link_that_was_changed_opens_nothing(house: House) -> None:
    signed = sign_ack(KEY, AckLink("e1", "ana"), 0.0)

    assert read_ack(KEY, signed, LIFE_S - 1) == AckLink("e1", "ana")
    assert read_ack(KEY, signed, LIFE_S) is None
    assert read_ack(b"other", signed, 0.0) is None
    for changed in (signed[:-1], "x" + signed, signed.partition(".")[0], ""):
        assert read_ack(KEY, changed, 0.0) is None
    with house.live.client(None) as browser:
        assert browser.get("/ack/nonsense").status_code == 403
        assert browser.post("/ack/nonsense").status_code == 403


def test_a_restarted_server_goes_on_with_the_episode_and_tells_nobody_again(
    tmp_path: Path,
) -> None:
    hook = HttpReceiver()
    config = Config(
        sources=(Source(name="shop", system=None),),
        lanes=(lane("exports"),),
        people=(Person(name="ana", channels=("hook",)),),
        channels=(
            Channel(
                name="hook", kind="webhook", settings={"url": hook.url, "allow_private": "true"}
            ),
        ),
    )
    with live_server(tmp_path / "t.db", config) as live:
        live.send(job("enqueued", clock.now() - 10, "j1", queue="exports"))
        until(lambda: hook.received)
        before = live.lane("exports", lambda lane: lane["episode_id"])["episode_id"]

    with live_server(tmp_path / "t.db", config) as live:
        after = live.lane("exports", lambda lane: lane["episode_id"])["episode_id"]
        now = clock.now()
        live.send(job("started", now, "j1", queue="exports"))
        live.send(job("succeeded", now, "j1", queue="exports"))
        until(lambda: len(hook.received) > 1)
        assert len(live.get("/api/v1/episodes").json()["episodes"]) == 1
    hook.close()

    assert after == before
    assert [one.body["kind"] for one in hook.received] == ["opened", "resolved"]


def test_lanes_that_no_worker_consumes_are_one_alert_and_it_can_be_acknowledged(
    tmp_path: Path,
) -> None:
    hook = HttpReceiver()
    config = Config(
        sources=(Source(name="shop", system=None),),
        lanes=tuple(lane(f"q{n}") for n in range(5)),
        people=(Person(name="ana", channels=("hook",)),),
        channels=(
            Channel(
                name="hook", kind="webhook", settings={"url": hook.url, "allow_private": "true"}
            ),
        ),
    )
    with live_server(tmp_path / "t.db", config) as live:
        at = clock.now()
        late_jobs = [job("enqueued", at - 30, f"j{n}", queue=f"q{n}") for n in range(5)]
        beat = {"id": "w1", "queues": ["other"], "every_s": 600.0}
        live.send(*late_jobs, workers=[beat])
        until(lambda: hook.received)
        rows = live.get("/api/v1/episodes").json()["episodes"]
        number = hook.received[0].body["episode"]
        shown = until(
            lambda: (
                found
                if len((found := live.get(f"/api/v1/episodes/{number}").json())["children"]) == 5
                else None
            )
        )
        assert {row["parent"] for row in rows if row["id"] != number} == {number}
        assert shown["lane"] == "cause:workers:shop"
        page = live.get(f"/episodes/{number}").text
        assert "Lanes that suffer from it" in page
        assert "What it is part of" in live.get(f"/episodes/{shown['children'][0]['id']}").text
        assert "Several lanes at once" in live.get("/episodes").text
        with live.client("operate") as operator:
            answer = operator.post(f"/api/v1/episodes/{number}/ack", json={"by": "bo"})
            assert (answer.status_code, answer.json()["acknowledged_by"]) == (200, "bo")
        until(lambda: len(hook.received) > 1)
    hook.close()

    assert [one.body["kind"] for one in hook.received] == ["opened", "acknowledged"]
    assert hook.received[0].body["title"] == "Queues of shop have no worker"
