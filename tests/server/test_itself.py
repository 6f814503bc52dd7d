"""What does not work of Tailback itself is told to everyone, whatever it is that does not work.

Store, desk, sender and receivers are the real ones; the clock, and what fails, are the test's.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tailback import clock
from tailback.core.causes import ITSELF
from tailback.core.model import Lane
from tailback.core.policy.people import Person, WeeklyWindow, no_holidays
from tailback.notify.channel import ChannelError, make
from tailback.server.config import Channel, Config, Server, Source
from tailback.server.desk import Desk
from tailback.server.direct import Direct
from tailback.server.hub import Hub
from tailback.server.itself import Itself
from tailback.server.loops.send import Sender, SendLoop
from tailback.server.pulse import Parts, Pulse
from tailback.server.readings import Readings
from tailback.server.self_watch import room_of
from tailback.server.telling import House
from tailback.server.view import Board
from tailback.store.sqlite.store import SqliteStore
from tailback.testing.receivers import REFUSE, HttpReceiver
from tests.server.live import job, live_server, until
from tests.server.test_desk import NOON

OFFICE = WeeklyWindow(weekdays=frozenset(range(5)), from_minute=540, until_minute=1080)
ANA = Person(name="ana", channels=("ana-hook",), backup="bo")
BO = Person(name="bo", channels=("bo-hook",))
GIB = 2**30


class Stage:
    """A server's own watch on a clock that the test moves; the sender can be stopped."""

    def __init__(self, folder: Path, people: tuple[Person, ...] = (ANA, BO)) -> None:
        self.folder, self.people = folder, people
        self.now = NOON
        self.sends, self.engine_runs, self.wakes = True, True, False
        self.lost, self.room = 0, (50 * GIB, 100 * GIB)
        self.readings = Readings()
        self.told_of: set[str] = set()
        self.receivers = {name: HttpReceiver() for name in ("ana-hook", "bo-hook")}
        self.ways: dict[str, Any] = {
            name: make("webhook", {"url": one.url, "allow_private": "true"}, timeout_s=2.0)
            for name, one in self.receivers.items()
        }
        self.start()

    def start(self) -> None:
        self.store = SqliteStore(self.folder / "t.db", synchronous="NORMAL")
        self.hub = Hub()
        house = House(
            people=lambda: self.people,
            is_holiday=no_holidays,
            quiet=lambda _now: (),
            board_url="http://board/",
        )
        parts = Parts(
            store=self.store,
            hub=self.hub,
            readings=self.readings,
            engine_runs=lambda: self.engine_runs,
            monotonic=lambda: self.now,
            channels=lambda: set(self.receivers),
            told_of=lambda: self.told_of,
            lost=lambda _now: self.lost,
            room=lambda: self.room,
        )
        desk = Desk(self.store.episodes, house, ITSELF.__eq__)
        direct = Direct(lambda: self.people, no_holidays, self.ways.get, "http://board/")
        self.itself = Itself(Pulse(parts), desk, direct, lambda: self.wakes)
        self.itself.restore(self.now)
        sender = Sender(
            channel=self.ways.get,
            ack_url=lambda episode, person, _now: f"http://t/ack/{episode}/{person}",
            now=lambda: self.now,
            monotonic=lambda: 0.0,
            share=lambda: 0.0,
            capped=lambda _name: True,
        )
        self.send = SendLoop(self.store.outbox, sender)

    def restart(self) -> None:
        self.store.close()
        self.start()

    def to(self, after_s: float) -> None:
        """Look each ten seconds up to so many seconds after noon."""
        while self.now < NOON + after_s:
            self.now += 10.0
            board = Board(version=1, as_of=self.now, summary="", rows=[], sources=[])
            self.hub.publish(board)
            self.itself.look(self.now)
            self.itself._desk.to_write.settle()
            while self.sends and self.send.once(self.now):
                assert self.send.settle(20.0)

    def told(self) -> list[tuple[str, str]]:
        """Return (channel, text) of what has arrived since the last asking."""
        found = [(name, one.text) for name, box in self.receivers.items() for one in box.received]
        for box in self.receivers.values():
            box.received.clear()
        return found

    def refuse_writes(self, *, refuse: bool) -> None:
        """Make the database refuse to be written, as a disk does that was remounted read-only."""
        self.store._writer._connection.execute(f"pragma query_only = {int(refuse)}")

    def rows(self) -> list[Any]:
        return self.store.episodes.newest(9, before=1e12)

    def close(self) -> None:
        self.store.close()
        for box in self.receivers.values():
            box.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


def test_a_disk_that_is_nearly_full_is_told_to_everyone_once_and_ends_by_itself(
    stage: Stage,
) -> None:
    stage.to(100)
    assert (stage.told(), stage.rows()) == ([], [])

    stage.room = (200 * 2**20, 100 * GIB)
    stage.to(150)
    assert stage.told() == [], "one look, or five, may be unlucky"
    stage.to(900)
    text = (
        "Tailback itself needs help. The disk of the database is nearly full, 200 MiB are left."
        " When it is full, nothing can be kept: make room. Told: everyone."
    )
    assert stage.told() == [("ana-hook", text), ("bo-hook", text)]
    (row,) = stage.rows()
    assert (row.lane, row.cause, row.state) == (ITSELF, "monitor", "firing")
    disk = "the disk of the database is nearly full, 200 MiB are left"
    assert stage.itself.notices.lines[0] == f"Tailback itself: {disk}"

    stage.restart()
    stage.room = (50 * GIB, 100 * GIB)
    stage.to(1_500)
    over = "Tailback itself works again after 17 min."
    assert stage.told() == [("ana-hook", over), ("bo-hook", over)]
    assert [row.state for row in stage.rows()] == ["resolved"]
    assert not stage.itself.notices.ails


def test_a_database_that_cannot_be_written_is_told_directly_and_each_hour_though_nothing_can_be_kept(
    stage: Stage,
) -> None:
    stage.to(10)
    stage.receivers["bo-hook"].behaviour = REFUSE
    stage.refuse_writes(refuse=True)
    stage.to(600)
    (told,) = stage.told()
    assert told[0] == "ana-hook"
    assert "The database cannot be written. New events are refused" in told[1]
    stage.to(3_700)
    assert len(stage.told()) == 1, "an hour later, once more"

    stage.refuse_writes(refuse=False)
    stage.receivers["bo-hook"].behaviour = ""
    stage.to(4_200)
    assert [name for name, text in stage.told() if "works again" in text] == ["ana-hook"]
    (row,) = stage.rows()
    assert (row.state, row.opened_at) == ("resolved", NOON + 80)


def test_a_sender_that_stands_still_is_told_past_the_outbox(stage: Stage) -> None:
    stage.room = (1, 100 * GIB)
    stage.sends = False
    stage.to(60)
    assert stage.told() == []
    stage.to(300)
    told = stage.told()
    assert [name for name, _text in told] == ["ana-hook", "bo-hook"]
    assert "Messages are not sent. Alerts may not arrive" in told[0][1]

    stage.room = (50 * GIB, 100 * GIB)
    stage.sends = True
    stage.to(1_200)
    texts = [text for _name, text in stage.told()]
    assert sum("works again" in text for text in texts) >= 2


def test_who_answers_a_message_past_the_outbox_is_not_told_again_for_an_hour(
    stage: Stage,
) -> None:
    stage.room, stage.sends = (1, 100 * GIB), False
    stage.to(300)
    assert len(stage.told()) == 2
    written = stage.itself.acknowledge("ana", stage.now)
    assert written is not None
    written.result()
    stage.to(3_850)
    assert stage.told() == []

    stage.to(3_950)
    assert [name for name, _text in stage.told()] == ["ana-hook", "bo-hook"]


def test_events_that_were_lost_and_a_source_that_tells_nobody_join_one_problem(
    stage: Stage,
) -> None:
    stage.lost = 1_200
    stage.to(100)
    assert len(stage.told()) == 2
    stage.readings.declare("shop", "rq", probed=True)
    stage.readings.declare("mine", "rq", probed=True)
    for name in ("shop", "mine"):
        stage.readings.blinded(name, "refused", stage.now)
    stage.told_of = {"mine"}
    stage.to(600)

    told = stage.told()
    assert [name for name, _text in told] == ["ana-hook", "bo-hook"]
    assert "1,200 events were lost within 10 min" in told[0][1]
    assert "Sources cannot be read: shop. No lane of theirs tells anybody" in told[0][1]
    assert len(stage.rows()) == 1


def test_at_night_nobody_is_woken_unless_a_lane_may_wake_and_no_alert_can_leave(
    tmp_path: Path,
) -> None:
    ana = replace(ANA, working_hours=(OFFICE,))
    stage = Stage(tmp_path, (ana,))  # noon on a Saturday
    stage.room = (1, 100 * GIB)
    stage.to(200)
    stage.refuse_writes(refuse=True)
    stage.to(400)
    assert stage.told() == []

    stage.wakes = True
    stage.to(420)
    (told,) = stage.told()
    assert "The database cannot be written" in told[1]
    stage.close()


def test_an_engine_that_has_stopped_pages_by_the_outbox(stage: Stage) -> None:
    stage.wakes, stage.engine_runs = True, False
    stage.to(100)

    assert "The engine has stopped. Nothing new is noticed" in stage.told()[0][1]
    assert stage.rows()[0].page


def test_who_answers_keeps_the_others_quiet_until_it_has_passed(stage: Stage) -> None:
    stage.lost = 5
    stage.to(100)
    stage.told()
    written = stage.itself.acknowledge("ana", stage.now)
    assert written is not None
    written.result()
    stage.to(3_600)
    assert {text for _name, text in stage.told()} == {"ana looks after Tailback itself"}

    stage.to(3_800)
    assert all(text.startswith("ana acknowledged 1 h ago. ") for _name, text in stage.told())
    stage.lost = 0
    stage.to(4_400)
    stage.told()
    assert stage.itself.acknowledge("ana", stage.now) is None


def test_a_way_that_cannot_be_opened_is_passed_over(stage: Stage) -> None:
    stage.ways["ana-hook"] = ChannelError("wrong")
    stage.refuse_writes(refuse=True)
    stage.to(100)

    assert [name for name, _text in stage.told()] == ["bo-hook"]
    assert stage.itself.notices.lines[0] == "Tailback itself: the database cannot be written"


def test_the_room_of_an_embedded_database_is_known_and_of_another_not(tmp_path: Path) -> None:
    def room(url: str) -> tuple[int, int] | None:
        return room_of(Config(server=Server(database=url)))()

    known = room(f"sqlite:///{tmp_path}/t.db")
    assert known is not None
    assert 0 < known[0] <= known[1]
    assert room("sqlite:////nowhere/at/all/t.db") is None
    assert room("postgresql://x/y") is None


def test_a_real_server_tells_of_lost_events_on_its_board_and_takes_the_answer(
    tmp_path: Path,
) -> None:
    hook = HttpReceiver()
    settings = {"url": hook.url, "allow_private": "true"}
    config = Config(
        sources=(Source(name="shop", system=None),),
        lanes=(Lane(key="mail", name="Mail", queue="mail", source="shop", owner="ana"),),
        people=(Person(name="ana", channels=("hook",)),),
        channels=(Channel(name="hook", kind="webhook", settings=settings),),
    )
    with live_server(tmp_path / "t.db", config) as live:
        services = live.running.services
        own = next(loop for loop in live.running.loops if loop.name == "itself")
        own.stop()
        own.join()
        at = clock.now()
        live.send(
            *(job(kind, at, queue="mail") for kind in ("enqueued", "started", "succeeded")),
            dropped=7,
        )
        for ago_s in (61.0, 0.0):
            services.itself.look(clock.now() - ago_s)
        got = until(lambda: next(iter(hook.received), None))
        assert "7 events were lost within 10 min on the way from the workers" in got.text
        until(lambda: "Tailback itself: 7 events were lost" in live.get("/").text)
        assert "but Tailback itself needs help" in live.get("/api/v1/lanes").json()["summary"]
        assert "Tailback itself" in live.get("/episodes").text
        row = live.get("/api/v1/episodes").json()["episodes"][0]
        assert "Tailback itself" in live.get(f"/episodes/{row['id']}").text
        with live.client(None) as browser:
            address = got.body["ack_url"].removeprefix(f"http://{services.address}")
            answer = browser.post(address)
        assert (answer.status_code, "ana looks after Tailback itself" in answer.text) == (
            200,
            True,
        )
        with live.client("operate") as operator:
            again = operator.post(f"/api/v1/episodes/{row['id']}/ack", json={"by": "bo"})
        assert again.json()["acknowledged_by"] == "bo"
    hook.close()
