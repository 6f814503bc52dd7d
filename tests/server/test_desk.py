"""At this moment that happens, so between these moments that is sent: on a virtual clock.

The machine, the desk, the store and the outbox are the real ones; what the judge says is scripted.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tailback.core.episodes import EpisodeMachine
from tailback.core.impact import Impact
from tailback.core.judge.failing import FailingReason
from tailback.core.judge.finding import Finding
from tailback.core.judge.signals import Signals
from tailback.core.judge.verdict import Judgement
from tailback.core.messages import Message
from tailback.core.model import Lane, Verdict
from tailback.core.policy.people import Person, WeeklyWindow, no_holidays
from tailback.core.policy.silence import Quiet
from tailback.server.desk import Desk
from tailback.server.loops.audit import AuditLoop
from tailback.server.telling import House
from tailback.server.topic import Look
from tailback.server.watch import Seen
from tailback.store.alerts import Attempt
from tailback.store.sqlite.store import SqliteStore

NOON = 1_793_448_000.0  # Saturday 31 October 2026, 12:00 UTC
MONDAY_NINE = NOON + 45 * 3600
OFFICE = WeeklyWindow(weekdays=frozenset(range(5)), from_minute=540, until_minute=1080)
ANA = Person(name="ana", channels=("ana-mail",), backup="bo")
BO = Person(name="bo", channels=("slack",))
CY = Person(name="cy", channels=("cy-mail", "slack"))
LANE = Lane(
    key="mail", name="Mail", source="s", queue="mail", promise_s=300.0, owner="ana",
    wake_someone=True, owner_for={"code error": "cy"},
)  # fmt: skip
AGE = Finding("age", "late", 200.0, 150.0, 30.0)
BLIND = Finding("blind", "blind", 1.0, 1.0, 0.0)


class Stage:
    """One lane whose judgements are scripted; every `to` judges each 15 s up to a moment."""

    def __init__(
        self, folder: Path, lane: Lane = LANE, people: tuple[Person, ...] = (ANA, BO, CY)
    ):
        self.folder, self.lane, self.people = folder, lane, people
        self.quiet: list[Quiet] = []
        self.now = NOON
        self.age = 200.0
        self.late = False
        self.finding = AGE
        self.reason: FailingReason | None = None
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
        wake = self.lane.wake_someone
        self.machine = EpisodeMachine(self.lane.key, self.lane.promise_s, wake=wake)
        self.machine.current = self.desk.current(self.lane.key)

    def restart(self) -> None:
        """Forget everything in memory, as after `kill -9`."""
        self.written()
        self.store.close()
        self.start()

    def to(self, after_s: float) -> None:
        """Go on to so many seconds after noon."""
        while self.now < NOON + after_s:
            self.now = min(self.now + 15.0, NOON + after_s)
            self.judge()

    def judge(self) -> None:
        word = "stuck" if self.late else "healthy"
        judgement = Judgement(
            Verdict(verdict=word, cause="no-progress", sentence=word),
            (self.finding,) if self.late else (),
            None,
            self.age if self.late else 0.0,
            self.reason,
            blind=self.late and self.finding is BLIND,
            calm=not self.late,
        )
        signals = Signals(self.now, oldest_s=self.age if self.late else None)
        events = self.machine.step(judgement, self.now)
        seen = Seen(signals, judgement, events)
        look = Look(lane=self.lane, seen=seen, impact=Impact(None, None, None))
        self.desk.look(look, self.machine.current, self.now)
        self.desk.end_round([self.lane.key], self.now)
        self.written()
        self.deliver()

    def written(self) -> None:
        self.desk.to_write.settle()

    def acknowledge(self, by: str = "ana") -> None:
        (event,) = self.machine.acknowledge(by, self.now)
        self.desk.acknowledged(event, self.lane.name, by, self.now).result()
        self.deliver()

    def deliver(self) -> None:
        """Every channel works and takes at once."""
        for channel in self.store.outbox.ready_channels(self.now):
            for row in self.store.outbox.claim(channel, now=self.now, lease_s=60, limit=99):
                done = Attempt(state="sent", at=self.now, took_s=0, ok=True, status=200, reason="")
                self.store.outbox.finish(row, done)
                message = msgspec.json.decode(row.body, type=Message)
                self.sent.append((self.now - NOON, row.channel, row.kind, message.text))

    sent: list[tuple[float, str, str, str]]

    def told(self) -> list[tuple[float, str, str]]:
        """Return (seconds after noon, channel, kind) of what was sent since the last asking."""
        found = [(at, channel, kind) for at, channel, kind, _text in self.sent]
        self.sent.clear()
        return found

    def rows(self) -> list[Any]:
        return self.store.episodes.newest(99, before=1e12)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    made.sent = []
    yield made
    made.store.close()


def test_the_owner_the_backup_and_everyone_are_told_and_all_of_them_hear_of_the_end(
    stage: Stage,
) -> None:
    stage.late = True
    stage.to(915)
    assert stage.told() == [
        (15, "ana-mail", "opened"),
        (315, "slack", "escalated"),
        (915, "ana-mail", "escalated"),
        (915, "cy-mail", "escalated"),
        (915, "slack", "escalated"),
    ]

    stage.late = False
    stage.to(1_300)
    at = 930 + 300
    assert sorted(stage.told()) == [
        (at, "ana-mail", "resolved"),
        (at, "cy-mail", "resolved"),
        (at, "slack", "resolved"),
    ]
    (row,) = stage.rows()
    assert (row.state, row.next_step_at) == ("resolved", None)
    assert row.message.startswith("Mail is well again after")


def test_an_escalation_says_for_how_long_nobody_answered_and_the_plan_reminds(
    stage: Stage,
) -> None:
    stage.late = True
    stage.to(316)
    assert stage.sent[-1][3].startswith("Nobody has acknowledged for 5 min. Mail is stuck.")
    stage.to(915)
    stage.told()

    stage.to(915 + 1_800)
    assert stage.told() == [(2_715, "ana-mail", "reminder")]


def test_after_an_acknowledgement_nobody_is_told_until_it_has_passed(stage: Stage) -> None:
    stage.late = True
    stage.to(60)
    stage.acknowledge()
    assert stage.told() == [(15, "ana-mail", "opened"), (60, "ana-mail", "acknowledged")]

    stage.to(3_660)
    assert stage.told() == []
    stage.to(3_700)
    ((at, channel, kind, text),) = stage.sent
    assert (at, channel, kind) == (3_675, "ana-mail", "escalated")
    assert text.startswith("ana acknowledged 1 h ago. Mail is stuck.")
    stage.told()
    stage.to(3_975)
    assert stage.told() == [(3_975, "slack", "escalated")]


def test_a_restart_at_any_step_changes_nothing_of_what_is_told(tmp_path: Path) -> None:
    def story(folder: Path, *, restarts: bool) -> list[tuple[float, str, str, str]]:
        folder.mkdir()
        stage = Stage(folder)
        stage.sent = []
        for until in range(15, 3_000, 45):
            stage.late = until < 400 or 700 < until < 1_000
            stage.to(until)
            if until == 870:
                stage.acknowledge("bo")
            if restarts:
                stage.restart()
        stage.store.close()
        return stage.sent

    undisturbed = story(tmp_path / "a", restarts=False)
    disturbed = story(tmp_path / "b", restarts=True)

    def kinds(sent: list[tuple[float, str, str, str]]) -> list[tuple[str, str]]:
        return [(channel, kind) for _at, channel, kind, _text in sent]

    assert [kind for _channel, kind in kinds(undisturbed)].count("opened") == 1
    assert kinds(disturbed) == kinds(undisturbed)


def test_what_comes_back_is_the_same_episode_and_the_same_thread(stage: Stage) -> None:
    stage.late = True
    stage.to(30)
    stage.late = False
    stage.to(400)
    stage.told()
    stage.late = True
    stage.to(430)

    ((at, channel, kind, text),) = stage.sent
    assert (at, channel, kind) == (415, "ana-mail", "reopened")
    assert text.startswith("It came back. Mail is stuck.")
    assert len(stage.rows()) == 1


def test_in_a_silence_nobody_is_told_and_at_its_end_with_the_true_age(stage: Stage) -> None:
    stage.quiet = [Quiet(lane="mail", starts_at=NOON, ends_at=NOON + 600)]
    stage.late = True
    stage.to(590)
    assert stage.told() == []
    assert stage.rows()[0].next_step_at == NOON + 600

    stage.age = 900.0
    stage.to(605)
    ((at, channel, kind, text),) = stage.sent
    assert (at, channel, kind) == (605, "ana-mail", "opened")
    assert "Oldest is 15 min old" in text


def test_when_a_silence_is_ended_early_who_is_due_is_told_at_once(stage: Stage) -> None:
    stage.quiet = [Quiet(lane="mail", starts_at=NOON, ends_at=NOON + 9_999)]
    stage.late = True
    stage.to(300)
    assert stage.told() == []

    stage.quiet = []
    stage.to(305)
    ((at, channel, kind, _text),) = stage.sent
    assert (at, channel, kind) == (305, "ana-mail", "opened")


def test_a_silence_that_outlasts_the_trouble_tells_nobody_of_either(stage: Stage) -> None:
    stage.quiet = [Quiet(lane="mail", starts_at=NOON, ends_at=NOON + 9_999)]
    stage.late = True
    stage.to(100)
    stage.late = False
    stage.to(700)

    assert stage.told() == []
    assert stage.rows()[0].state == "resolved"


def test_what_need_not_wake_anybody_waits_for_working_hours_over_the_weekend(
    tmp_path: Path,
) -> None:
    people = (replace(ANA, working_hours=(OFFICE,)), replace(BO, working_hours=(OFFICE,)))
    stage = Stage(tmp_path, replace(LANE, wake_someone=False), people)
    stage.sent = []
    stage.late = True
    stage.to(60)
    assert stage.told() == []
    assert stage.rows()[0].next_step_at == MONDAY_NINE

    stage.now = MONDAY_NINE - 15
    stage.to(MONDAY_NINE - NOON + 315)
    assert [(at - 45 * 3600, *rest) for at, *rest in stage.told()] == [
        (0, "ana-mail", "opened"),
        (300, "slack", "escalated"),
    ]
    stage.store.close()


def test_trouble_that_grows_into_a_page_breaks_into_the_night(tmp_path: Path) -> None:
    people = (replace(ANA, working_hours=(OFFICE,)),)
    stage = Stage(tmp_path, people=people)
    stage.sent = []
    stage.late, stage.age = True, 100.0
    stage.to(60)
    assert stage.told() == []

    stage.age = 160.0
    stage.to(75)
    assert stage.told() == [(75, "ana-mail", "escalated")]
    assert stage.rows()[0].page
    stage.store.close()


def test_a_page_comes_through_though_somebody_has_acknowledged_and_then_is_quiet(
    stage: Stage,
) -> None:
    stage.late, stage.age = True, 100.0
    stage.to(60)
    stage.acknowledge()
    stage.told()

    stage.age = 200.0
    stage.to(1_500)
    assert stage.told() == [(75, "ana-mail", "escalated")]


def test_the_owner_of_the_bucket_is_told(stage: Stage) -> None:
    error = {"type": "builtins.NameError", "message": "name 'x' is not defined"}
    stage.reason = FailingReason("r", 3, first_error=error)
    stage.late = True
    stage.to(20)

    assert stage.told() == [(15, "cy-mail", "opened"), (15, "slack", "opened")]
    assert stage.rows()[0].owner == "cy"


def test_a_lane_without_an_owner_says_that_nobody_is_told(tmp_path: Path) -> None:
    stage = Stage(tmp_path, replace(LANE, owner=None))
    stage.sent = []
    stage.late = True
    stage.to(1_000)
    stage.judge()

    assert stage.told() == []
    (row,) = stage.rows()
    assert row.next_step_at is None
    whats = [line.what for line in stage.store.episodes.timeline(row.id)]
    assert whats == ["opened", "nobody told"]
    assert not AuditLoop(stage.store.episodes, 0.0, None).once(stage.now)
    stage.store.close()


def test_a_plan_is_as_it_was_at_the_opening_whatever_the_file_says_later(stage: Stage) -> None:
    stage.late = True
    stage.to(15)
    stage.people = (ANA,)
    stage.restart()
    stage.sent.clear()
    stage.to(320)

    assert stage.told() == [(315, "slack", "escalated")]


def test_another_rule_joins_the_episode_without_a_message(stage: Stage) -> None:
    stage.late = True
    stage.to(20)
    stage.finding = Finding("straggler", "late", 400.0, 300.0, 30.0)
    stage.to(50)

    assert stage.told() == [(15, "ana-mail", "opened")]
    lines = stage.store.episodes.timeline(stage.rows()[0].id)
    assert ("attached", "straggler") in [(line.what, line.detail) for line in lines]


def test_what_was_blind_and_is_seen_again_as_late_ends_and_another_begins(stage: Stage) -> None:
    stage.late, stage.finding = True, BLIND
    stage.to(20)
    stage.finding = AGE
    stage.to(50)

    rows = stage.rows()
    assert [row.state for row in rows] == ["firing", "resolved"]
    assert {kind for _at, _channel, kind in stage.told()} == {"opened", "resolved"}


def test_what_nobody_watches_any_more_ends_and_says_so(stage: Stage) -> None:
    stage.late = True
    stage.to(30)
    stage.told()
    for after in (31.0, 900.0, 932.0):
        stage.now = NOON + after
        stage.desk.end_round([], stage.now)
    stage.written()
    stage.deliver()

    assert stage.told() == [(932, "ana-mail", "resolved")]
    assert stage.rows()[0].message == "mail is no longer watched, so nothing more is known."


def test_what_was_over_long_ago_is_forgotten_and_another_episode_begins(stage: Stage) -> None:
    stage.late = True
    stage.to(30)
    stage.late = False
    stage.to(5_000)
    assert stage.desk.current("mail") is None
    stage.late = True
    stage.to(5_030)

    assert len(stage.rows()) == 2


def test_a_change_that_could_not_be_written_is_written_later(stage: Stage) -> None:
    refusals = [True, True, False]
    save = stage.store.episodes.save

    def failing(changes: Any) -> Any:
        if refusals and refusals.pop(0):
            return stage.store._writer.call(lambda _c: 1 / 0)
        return save(changes)

    stage.store.episodes.save = failing  # type: ignore[method-assign]
    stage.late = True
    stage.to(60)

    assert stage.told() == [(45, "ana-mail", "opened")]
    assert stage.store.episodes.timeline(stage.rows()[0].id)[0].what == "opened"


def test_a_step_that_the_judge_missed_is_found_and_everyone_is_told_once_an_hour(
    stage: Stage,
) -> None:
    stage.late = True
    stage.to(30)
    stage.told()
    audit = AuditLoop(stage.store.episodes, NOON, "b")

    assert not audit.once(NOON + 110)
    assert not audit.once(NOON + 435)  # due at 315, two minutes of patience
    stage.now = NOON + 436
    assert audit.once(stage.now)
    assert audit.once(stage.now + 60)
    stage.deliver()
    assert [(channel, kind) for _at, channel, kind, _text in stage.sent] == [
        ("ana-mail", "escalated"),
        ("cy-mail", "escalated"),
        ("slack", "escalated"),
    ]
    assert stage.sent[0][3].startswith("Tailback is 2 min late with telling the next person. Mail")
    assert stage.rows()[0].state == "firing"
    assert audit.pause_s() == 60.0
    audit.close()
    stage.told()
    stage.to(437)  # the judge is back: its own step still comes, under a key of its own
    assert stage.told() == [(437, "slack", "escalated")]


def test_a_problem_that_the_desk_does_not_know_is_told_as_soon_as_it_is_seen(
    stage: Stage,
) -> None:
    stage.late = True
    stage.now += 15
    stage.desk.look, look = (lambda *_args: None), stage.desk.look  # type: ignore[method-assign]
    stage.judge()  # whatever went wrong at this moment
    assert stage.told() == []

    stage.desk.look = look  # type: ignore[method-assign]
    stage.to(30)
    assert stage.told() == [(30, "ana-mail", "opened")]
    assert [row.state for row in stage.rows()] == ["firing"]


def test_whose_turn_it_is_at_the_opening_stays_the_owner_past_the_hand_over(
    tmp_path: Path,
) -> None:
    rota = Person(name="support", channels=(), turns=("ana", "bo"), hand_over=(5, 12 * 60 + 10))
    people = (replace(ANA, backup=None), BO, rota)
    stage = Stage(tmp_path, replace(LANE, owner="support", owner_for={}), people)
    stage.sent = []
    stage.late = True
    stage.to(30)
    ((at, first, _kind),) = stage.told()
    assert (at, stage.rows()[0].owner) == (15, {"ana-mail": "ana", "slack": "bo"}[first])

    stage.to(2_800)  # the other one's turn since 600
    assert stage.told()[-1][1:] == (first, "reminder")
    stage.store.close()
