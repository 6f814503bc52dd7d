"""One root cause is one alert: five hundred lanes that fail together, on a virtual clock.

Machines, desk, store and outbox are the real ones; what the judge says of each lane is scripted.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tailback.core.episodes import EpisodeMachine
from tailback.core.impact import Impact
from tailback.core.judge.failing import FailingReason
from tailback.core.judge.finding import Finding
from tailback.core.judge.signals import Signals
from tailback.core.judge.verdict import Judgement
from tailback.core.messages import Message
from tailback.core.model import Lane, Verdict, VerdictWord
from tailback.core.policy.people import Person, WeeklyWindow, no_holidays
from tailback.core.policy.silence import Quiet
from tailback.server.case import Draft
from tailback.server.config import Config
from tailback.server.corrections import Corrections
from tailback.server.desk import Desk
from tailback.server.loops.audit import AuditLoop
from tailback.server.story_teller import StoryTeller
from tailback.server.telling import House
from tailback.server.topic import Look
from tailback.server.watch import Seen
from tailback.store.alerts import Attempt, SavedEpisode
from tailback.store.sqlite.store import SqliteStore

NOON = 1_793_448_000.0
ANA = Person(name="ana", channels=("ana-mail",), backup="bo")
BO = Person(name="bo", channels=("slack",))
OFFICE = WeeklyWindow(weekdays=frozenset(range(7)), from_minute=780, until_minute=1080)
CY = Person(name="cy", channels=("cy-mail",), working_hours=(OFFICE,))  # from 13:00
LATE = Finding("workers", "late", 0.0, 1.0, 0.0)
BLIND = Finding("blind", "blind", 130.0, 0.0, 0.0, sure=False)
LIMITED = FailingReason("rate-limited-crm", 9, sentence="CRM API is rate limiting us (429)")
# What the judge says of a lane: verdict, cause, finding.
State = tuple[VerdictWord, str, Finding | None]
WELL: State = ("healthy", "on_time", None)
GONE: State = ("stuck", "workers_gone", LATE)
UNSEEN: State = ("unknown", "cannot_see", BLIND)
SLOW: State = ("slow", "late", Finding("age", "late", 200.0, 150.0, 0.0))
FAILING: State = ("stuck", "failing_repeatedly", Finding("failing", "failing", 9.0, 3.0, 0.0))


def lane(n: int, source: str = "shop", **changes: object) -> Lane:
    made = Lane(
        key=f"lane{n}", name=f"Lane {n}", source=source, queue=f"q{n}", promise_s=300.0,
        owner="ana", wake_someone=True, customer_action="get a receipt",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


class Stage:
    """Many lanes; `states` says how each is, `to` judges all of them each 15 s."""

    def __init__(self, folder: Path, lanes: list[Lane]) -> None:
        self.folder, self.lanes = folder, {one.key: one for one in lanes}
        self.states = dict.fromkeys(self.lanes, WELL)
        self.ages = dict.fromkeys(self.lanes, 200.0)
        self.quiet: list[Quiet] = []
        self.people = (ANA, BO, CY)
        self.now = NOON
        self.sent: list[tuple[str, Message]] = []
        self.start()

    def start(self) -> None:
        self.store = SqliteStore(self.folder / "t.db", synchronous="NORMAL")
        house = House(
            people=lambda: self.people,
            is_holiday=no_holidays,
            quiet=lambda _now: self.quiet,
            board_url="b",
        )
        self.desk = Desk(self.store.episodes, house)
        self.desk.restore(self.now)
        self.machines = {}
        for key, one in self.lanes.items():
            self.machines[key] = EpisodeMachine(key, one.promise_s, wake=one.wake_someone)
            self.machines[key].current = self.desk.current(key)

    def restart(self) -> None:
        self.store.close()
        self.start()

    def all(self, state: State) -> None:
        self.states = dict.fromkeys(self.lanes, state)

    def to(self, after_s: float) -> None:
        while self.now < NOON + after_s:
            self.now = min(self.now + 15.0, NOON + after_s)
            for key, one in self.lanes.items():
                self.judge(key, one)
            self.desk.end_round(list(self.lanes), self.now)
            assert self.desk.to_write.settle()
            self.deliver()

    def judge(self, key: str, one: Lane) -> None:
        word, cause, finding = self.states[key]
        blind = finding is BLIND
        judgement = Judgement(
            Verdict(verdict=word, cause=cause, sentence=word),
            (finding,) if finding else (),
            None,
            self.ages[key] if finding else 0.0,
            LIMITED if cause == "failing_repeatedly" else None,
            blind=blind,
            calm=finding is None,
        )
        signals = Signals(self.now, oldest_s=self.ages[key] if finding and not blind else None)
        if cause == "workers_gone":
            signals.workers, signals.waiting = 0, 3
        machine = self.machines[key]
        seen = Seen(signals, judgement, machine.step(judgement, self.now))
        look = Look(lane=one, seen=seen, impact=Impact(None, None, None))
        self.desk.look(look, machine.current, self.now)

    def deliver(self) -> None:
        for channel in self.store.outbox.ready_channels(self.now):
            for row in self.store.outbox.claim(channel, now=self.now, lease_s=60, limit=9_999):
                done = Attempt(state="sent", at=self.now, took_s=0, ok=True, status=200, reason="")
                self.store.outbox.finish(row, done)
                self.sent.append((channel, msgspec.json.decode(row.body, type=Message)))

    def told(self) -> list[tuple[str, str, str, bool]]:
        """Return (channel, kind, title, page) of what was sent since the last asking."""
        found = [(channel, m.kind, m.title, m.page) for channel, m in self.sent]
        self.sent.clear()
        return found

    def rows(self) -> dict[str, SavedEpisode]:
        return {row.lane: row for row in self.store.episodes.newest(2_000, before=1e12)}


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path, [lane(n) for n in range(500)])
    yield made
    made.store.close()


@pytest.fixture
def few(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path, [lane(n) for n in range(4)])
    yield made
    made.store.close()


@pytest.mark.parametrize(
    ("state", "title", "page"),
    [
        (UNSEEN, "Source shop cannot be seen", False),
        (GONE, "Queues of shop have no worker", True),
        (FAILING, "CRM API is rate limiting us (429)", True),
    ],
)
def test_five_hundred_lanes_with_one_cause_are_one_alert_and_one_recovery(
    many: Stage, state: State, title: str, page: bool
) -> None:
    many.all(state)
    many.to(240)

    ((channel, message),) = many.sent
    assert (channel, message.kind, message.title, message.page) == (
        "ana-mail", "opened", title, page,
    )  # fmt: skip
    known = "Whether customers can get a receipt is not known"
    said = known if state == UNSEEN else "Customers cannot get a receipt"
    assert f"500 lanes suffer from it. {said}. Lane " in message.text
    assert message.text.endswith(" and 495 more. Owner: ana.")
    many.told()
    parent = message.episode
    children = many.store.episodes.children(parent)
    assert {row.lane for row in children} == set(many.lanes)
    assert {row.next_step_at for row in children} == {None}
    assert many.store.outbox.of(children[0].id) == []

    written = many.desk.acknowledge(parent, "ana", many.now)
    assert written is not None
    written.result()
    many.all(WELL)
    many.to(1_000)
    kinds = [kind for _channel, kind, _title, _page in many.told()]
    assert kinds == ["acknowledged", "resolved"]
    assert "500 lanes suffered from it." in many.rows()[message.lane].message
    assert {row.state for row in many.rows().values()} == {"resolved"}


def test_a_late_child_joins_without_a_message_and_is_listed_in_the_next(few: Stage) -> None:
    few.all(GONE)
    few.states["lane3"] = WELL
    few.to(60)
    assert len(few.told()) == 1

    few.states["lane3"] = GONE
    few.to(290)
    assert few.told() == []
    few.to(330)  # the backup
    ((channel, message),) = few.sent
    assert (channel, message.kind) == ("slack", "escalated")
    assert "4 lanes suffer from it" in message.text
    lines = few.store.episodes.timeline(message.episode)
    joined = [line.detail for line in lines if line.what == "attached"]
    assert joined[1:] == ["Lane 3 (3 min old, promise 5 min)"]


def test_owners_of_other_lanes_are_informed_once_quietly_and_in_their_working_hours(
    tmp_path: Path,
) -> None:
    own = [lane(n) for n in range(3)]
    others = [replace(lane(n), owner="cy") for n in (3, 4, 5)]
    stage = Stage(tmp_path, [*own, *others, replace(lane(6), owner="ghost")])
    stage.quiet = [Quiet(lane="lane5", starts_at=NOON - 1, ends_at=NOON + 9_000.0)]
    stage.all(GONE)
    stage.states["lane4"] = WELL
    stage.to(600)
    assert {channel for channel, _kind, _title, _page in stage.told()} == {"ana-mail", "slack"}

    stage.to(3_500)
    stage.told()
    stage.restart()
    stage.states["lane4"] = GONE
    stage.to(3_615)  # 13:00
    informed = [message for channel, message in stage.sent if channel == "cy-mail"]
    (message,) = informed
    assert (message.kind, message.page) == ("attached", False)
    assert message.text == (
        "Queues of shop have no worker. It makes yours suffer: Lane 3 (3 min old, promise 5 min),"
        " Lane 4 (3 min old, promise 5 min). ana is told; you need not act."
    )
    stage.told()
    stage.to(5_000)
    assert "cy-mail" not in [channel for channel, _kind, _title, _page in stage.told()]

    stage.all(WELL)
    stage.to(6_000)
    ends = [(channel, kind) for channel, kind, _title, _page in stage.told()]
    assert ("cy-mail", "resolved") in ends
    stage.store.close()


def test_the_message_lists_the_lanes_for_programs_the_latest_first(few: Stage) -> None:
    few.all(GONE)
    few.ages["lane2"] = 250.0
    few.to(30)

    (message,) = [message for channel, message in few.sent if channel == "ana-mail"]
    assert [child.lane for child in message.children] == ["lane2", "lane0", "lane1", "lane3"]
    first = message.children[0]
    assert (first.name, first.oldest_age_s, first.promise_s) == ("Lane 2", 250.0, 300.0)


def test_a_child_that_outlives_its_parent_becomes_an_alert_of_its_own(few: Stage) -> None:
    few.all(GONE)
    few.to(60)
    few.told()

    few.all(WELL)
    few.states["lane2"] = SLOW
    few.to(360)
    assert {title for _c, _k, title, _p in few.told()} == {"Queues of shop have no worker"}
    few.to(390)
    ((_channel, message),) = [one for one in few.sent if one[1].lane == "lane2"]
    assert (message.kind, message.title, message.page) == ("opened", "Lane 2 is slow", True)
    assert message.text.startswith("What it suffered from is over, but this goes on. Lane 2")
    row = few.rows()["lane2"]
    whats = [line.what for line in few.store.episodes.timeline(row.id)]
    assert whats == ["opened", "attached", "attached", "goes on alone", "told", "delivered"]


def test_what_is_late_after_a_blind_time_belongs_to_the_source_and_makes_it_a_page(
    few: Stage,
) -> None:
    few.all(UNSEEN)
    few.to(30)
    assert few.told() == [("ana-mail", "opened", "Source shop cannot be seen", False)]

    few.all(SLOW)
    few.to(60)
    assert few.told() == [("ana-mail", "escalated", "Source shop cannot be seen", True)]


def test_what_is_unseen_neither_goes_on_nor_ends(few: Stage) -> None:
    few.all(GONE)
    few.to(30)
    few.all(UNSEEN)
    few.to(900)

    assert few.rows()["cause:workers:shop"].state == "firing"


def test_an_answer_to_the_cause_keeps_everyone_else_quiet_also_after_a_restart(
    few: Stage,
) -> None:
    few.all(GONE)
    few.to(30)
    few.told()
    number = few.rows()["cause:workers:shop"].id
    written = few.desk.acknowledge(number, "ana", few.now)
    assert written is not None
    written.result()
    few.restart()
    few.to(2_000)

    assert [kind for _c, kind, _t, _p in few.told()] == ["acknowledged"]
    assert few.desk.acknowledge("unknown", "ana", few.now) is None
    assert few.desk.acknowledge(few.rows()["lane0"].id, "ana", few.now) is None


def test_all_sources_unseen_at_once_is_the_fault_of_the_monitor(tmp_path: Path) -> None:
    stage = Stage(tmp_path, [lane(n, f"s{n % 2}") for n in range(4)])
    stage.all(UNSEEN)
    stage.to(30)

    assert stage.told() == [("ana-mail", "opened", "Tailback can read none of its sources", False)]
    stage.store.close()


def test_lanes_with_troubles_of_their_own_are_told_one_by_one(few: Stage) -> None:
    few.all(SLOW)
    few.to(30)

    assert [title for _c, _k, title, _p in few.told()] == [f"Lane {n} is slow" for n in range(4)]


def test_a_cause_is_quiet_when_all_its_lanes_are(few: Stage) -> None:
    few.quiet = [Quiet(lane=key, starts_at=NOON, ends_at=NOON + 600) for key in few.lanes]
    few.all(GONE)
    few.to(590)
    assert few.told() == []
    few.to(620)
    assert [kind for _c, kind, _t, _p in few.told()] == ["opened"]


def test_the_auditor_leaves_lanes_to_the_alert_they_are_part_of(few: Stage) -> None:
    few.all(GONE)
    few.to(150)
    audit = AuditLoop(few.store.episodes, NOON - 1_000, "b")

    assert not audit.once(few.now)
    row = few.rows()["cause:workers:shop"]
    assert audit.once(row.opened_at + 600.0)  # nobody took the next step of the cause itself


def test_a_failure_while_causes_are_looked_for_leaves_every_lane_its_own_alert(
    few: Stage,
) -> None:
    few.desk._roots._forget = lambda _now: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    few.all(GONE)
    few.to(30)

    assert len(few.told()) == 4


def test_the_story_of_a_lane_says_when_what_it_was_part_of_was_told_and_answered(
    few: Stage,
) -> None:
    few.all(GONE)
    few.to(30)
    written = few.desk.acknowledge(few.rows()["cause:workers:shop"].id, "ana", few.now)
    assert written is not None
    written.result()
    corrections = Corrections(few.store.meta, few.store.audit)
    teller = StoryTeller(Config(), few.store, lambda: list(few.lanes.values()), corrections)
    story = teller.tell(few.rows()["lane0"], replay=False)

    assert story is not None
    assert story.alerted_at == NOON + 15
    assert (story.acknowledged_at, story.acknowledged_by) == (NOON + 30, "ana")


def test_a_lane_that_grows_into_a_page_makes_its_cause_one(few: Stage) -> None:
    few.ages = dict.fromkeys(few.lanes, 100.0)  # less than half of the promise
    few.all(GONE)
    few.to(30)
    assert [page for _c, _k, _t, page in few.told()] == [False]

    few.ages["lane1"] = 200.0
    few.to(45)
    assert few.told() == [("ana-mail", "escalated", "Queues of shop have no worker", True)]


def test_a_cause_that_comes_back_later_than_half_an_hour_is_another_alert(few: Stage) -> None:
    few.all(GONE)
    few.to(30)
    few.all(WELL)
    few.to(3_000)
    few.all(GONE)
    few.to(3_030)

    causes = [row for row in few.store.episodes.newest(99, before=1e12) if row.lane[0] == "c"]
    assert [row.state for row in causes] == ["firing", "resolved"]


def test_a_lane_that_cannot_be_told_leaves_all_others_told(few: Stage) -> None:
    few.all(SLOW)
    step, told = few.desk._teller.step, []

    def failing(draft: Draft, topic: Look, now: float) -> None:
        told.append(topic)
        if len(told) == 1:
            raise ValueError
        step(draft, topic, now)

    few.desk._teller.step = failing  # type: ignore[method-assign,assignment]
    few.to(15)
    assert len(few.told()) == 3

    few.to(30)  # it is tried again
    assert len(few.told()) == 1
