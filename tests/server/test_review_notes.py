"""What a review leaves to do: notes that carry over, advice, and the review by e-mail, once."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import pytest

from tailback import clock
from tailback.cli.main import main
from tailback.core.rollups import Deltas, Minute, MinuteKey
from tailback.server.access import COOKIE
from tailback.server.config import Config, Server, load
from tailback.server.loops.review import ReviewLoop, due_at
from tailback.server.payload import Payload, encode
from tailback.server.review import Review, make_review
from tailback.store.base import LogBatch
from tailback.store.sqlite.store import SqliteStore
from tailback.testing.receivers import HttpReceiver, SmtpReceiver
from tests.server.live import Live, live_server, until
from tests.server.test_review import FILE, last_monday, six_weeks
from tests.server.test_sign_in import CSRF

PEOPLE = """
[[person]]
name = "ana"
channels = ["mail", "hook", "team"]

[[person]]
name = "bo"
channels = ["mail"]

[[channel]]
name = "mail"
kind = "email"
to = "ana@example.com"
from = "tailback@example.com"
smtp = "smtp://127.0.0.1:{port}"

[[channel]]
name = "hook"
kind = "webhook"
url = "http://127.0.0.1:9/"

[[channel]]
name = "team"
kind = "slack"
url = "{slack}"
allow_private = true
"""
OWN = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class House:
    live: Live
    mail: SmtpReceiver
    slack: HttpReceiver

    def review(self) -> Review:
        return make_review(self.live.running.services, None, clock.now())

    def loop(self) -> ReviewLoop:
        services = self.live.running.services
        return ReviewLoop(
            services.current, services.store, self.live.url, lambda _now: self.review()
        )

    def reviews(self) -> list[str]:
        return [mail.text for mail in self.mail.received if mail.headers["Subject"][:4] == "Week"]


def mixed(now: float) -> Deltas:
    """Beside six weeks: in the queue of the exports, a few jobs that run for ten minutes."""
    deltas = six_weeks(now)
    noon = dt.datetime.combine(last_monday(now), dt.time(13), dt.UTC).timestamp()
    for name, number, run_ms in (("export", 200, 200_000), ("archive", 5, 3_000_000)):
        counts = [number, number, number, 0, 0, 0, 0, 0, run_ms, 0]
        deltas.minutes[MinuteKey("shop", "exports", name, int(noon))] = Minute.of(counts)
    deltas.minutes[MinuteKey("shop", "exports", "never", int(noon))] = Minute.of([0] * 10)
    return deltas


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, mail, slack = tmp_path_factory.mktemp("notes"), SmtpReceiver(), HttpReceiver()
    text = FILE + PEOPLE.format(port=mail.port, slack=slack.url)
    (folder / "tailback.toml").write_text(text, encoding="utf-8")
    now = clock.now()
    with SqliteStore(folder / "t.db") as store:
        store.log.append([LogBatch(None, 0, "shop", now, encode(Payload(events=[])))])
        store.rollups.commit(1, mixed(now))
    with live_server(folder / "t.db", load(folder / "tailback.toml")) as live:
        until(lambda: len(live.lanes()) == 2)
        yield House(live, mail, slack)
    mail.close()
    slack.close()


def test_on_its_day_the_review_is_sent_once_and_drift_becomes_an_action(house: House) -> None:
    now = due_at(house.live.running.services.config, clock.now()) + 60.0

    house.loop().once(now)
    again = house.loop()  # as after a restart

    assert not again.once(now)
    assert not again.once(now)
    (text,) = until(house.reviews)
    assert "1 lane got older two weeks running" in text
    assert "Look today: ana" in text
    assert "/review?week=" in text
    (note,) = [one for one in house.review().notes if one.key is not None]
    assert (note.who, note.done_at) == ("ana", None)
    assert note.changed.startswith("Receipt emails: Rises for two weeks")
    assert len(house.reviews()) == 1


def test_the_review_reaches_a_slack_channel_in_its_own_format(house: House) -> None:
    now = due_at(house.live.running.services.config, clock.now()) + 60.0
    house.loop().once(now)  # nothing new when it was sent before

    def posted() -> list[str]:
        bodies = [found.body for found in house.slack.received]
        return [body["text"] for body in bodies if body["text"].startswith("*Week ")]

    (text,) = until(posted)
    lines = text.split("\n")
    assert lines[0].startswith("*Week ")
    assert lines[1].startswith("1 lane got older two weeks running")
    assert "*What drifts*" in lines
    said = (
        "• Receipt emails: Rises for two weeks: 1 min was usual, now 4 min of 10 min. Look today"
    )
    assert any(line.startswith(said) for line in lines)
    assert "*Why jobs failed*" in lines
    assert "• timeout-crm: 28 times, new this week" in lines
    assert lines[-1].startswith(f"<{house.live.url}/review?week=")
    assert "**" not in text
    assert max(map(len, lines)) < 400


def test_long_after_its_day_it_is_not_sent(house: House) -> None:
    due = due_at(house.live.running.services.config, clock.now())

    assert not house.loop().once(due + 2 * 86_400.0)


def test_a_week_in_which_nothing_was_measured_is_not_sent(house: House) -> None:
    services, empty = house.live.running.services, house.review()
    lanes = [replace(lane, worst_s=None) for lane in empty.lanes]
    nothing = Review(
        **{**{n: getattr(empty, n) for n in Review.__struct_fields__}, "lanes": lanes}
    )
    loop = ReviewLoop(services.current, services.store, house.live.url, lambda _now: nothing)

    assert not loop.once(due_at(services.config, clock.now()))


def test_a_queue_that_mixes_long_and_short_jobs_is_named(house: House) -> None:
    (advice,) = [one for one in house.review().advice if one.key.startswith("mixed:")]

    assert advice.sentence.startswith("Exports | all: archive, which runs 10 min, is mixed")


def test_a_note_stands_in_every_review_until_it_is_done(house: House) -> None:
    with house.live.client("operate") as client:
        said = {"changed": "=Exports | slow", "fix": "add an index", "who": "bo"}
        assert client.post("/api/v1/review/notes", json=said).status_code == 201
        assert client.post("/api/v1/review/notes", json={"changed": " "}).status_code == 400
        found = house.live.get("/api/v1/review/notes").json()["notes"]
        (note,) = [one for one in found if one["who"] == "bo"]
        assert "'=Exports | slow" in house.live.get("/api/v1/review/notes?form=csv").text
        assert house.live.get("/api/v1/review/notes?form=pdf").status_code == 400
        week = house.live.get("/api/v1/review").json()
        assert note["id"] in [one["id"] for one in week["notes"]]

        path = f"/api/v1/review/notes/{note['id']}/done"
        assert client.post(path).status_code == 200
        assert client.post(path).status_code == 404
        assert client.post("/api/v1/review/notes/x/done").status_code == 404


def test_the_page_takes_notes_and_hides_advice(house: House) -> None:
    store, now = house.live.store, clock.now()
    user = store.users.create("op", "operator", now=now)
    assert user is not None
    cookies = {COOKIE: store.sessions.create(user.id, now=now, ttl_s=600.0)}
    with httpx.Client(base_url=house.live.url, trust_env=False, cookies=cookies) as browser:
        page = browser.get("/review").text
        word = CSRF.search(page)
        assert word is not None
        csrf = {"csrf": word[1]}

        def post(path: str, **form: str) -> None:
            answer = browser.post(path, headers=OWN, data={**csrf, **form})
            assert (answer.status_code, answer.headers["location"]) == (303, "/review")

        post("/review/notes", changed="<i>Photos</i>", fix="cap retries", who="op")
        (note,) = [one for one in house.review().notes if one.who == "op"]
        assert "&lt;i&gt;Photos" in browser.get("/review").text
        post(f"/review/notes/{note.id}/done")
        post("/review/dismiss", key="met-by-far:exports-all")
    assert "met-by-far:exports-all" in store.review.dismissed()


def test_the_terminal_sends_it_unless_it_was_sent(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TAILBACK_URL", house.live.url)
    monkeypatch.setenv("TAILBACK_TOKEN", house.live.token("operate"))
    monday = last_monday(clock.now()) - dt.timedelta(days=14)
    year, number, _ = monday.isocalendar()
    week = f"{year}-W{number:02}"

    assert main(["review", "--send", "--week", week]) == 0
    assert f"The review of week {week} is on its way: 2 messages." in capsys.readouterr().out
    assert main(["review", "--send", "--week", week]) == 0
    assert "went out before" in capsys.readouterr().out
    assert main(["review", "--send", "--week", "soon"]) == 1
    assert "2026-W47" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T09:00", "2026-11-23T09:00"),
        ("2026-11-23T08:59", "2026-11-16T09:00"),
        ("2026-11-29T23:00", "2026-11-23T09:00"),
        # The clocks went back on Sunday 25 October.
        ("2026-10-26T10:00", "2026-10-26T09:00"),
        ("2026-10-26T08:00", "2026-10-19T09:00"),
    ],
)
def test_the_review_is_due_at_its_local_time(now: str, expected: str) -> None:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo("Europe/Lisbon")
    config = Config(server=Server(time_zone="Europe/Lisbon"))

    found = due_at(config, dt.datetime.fromisoformat(now).replace(tzinfo=zone).timestamp())

    assert dt.datetime.fromtimestamp(found, zone).strftime("%Y-%m-%dT%H:%M") == expected
