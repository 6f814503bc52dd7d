"""Whole nights on a virtual clock: at this moment that happens, between these that is sent.

Machine, desk, store and outbox are the real ones; the server is killed at every step where said.
"""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from tailback.core.policy.people import Person, WeeklyWindow
from tailback.core.policy.silence import Quiet
from tests.server.test_desk import LANE, NOON, Stage
from tests.server.test_shared_causes import GONE, SLOW, WELL, lane
from tests.server.test_shared_causes import Stage as Lanes

HOUR = 3_600.0
DAYS = WeeklyWindow(weekdays=frozenset(range(7)), from_minute=480, until_minute=1080)
ANA = Person(
    name="ana", channels=("ana-mail",), working_hours=(DAYS,), time_zone="Europe/Lisbon"
)  # fmt: skip


def utc(text: str) -> float:
    return dt.datetime.fromisoformat(text + "+00:00").timestamp()


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize(
    ("begins", "told_at"),
    [
        ("2026-10-25T00:30", "2026-10-25T08:00"),  # the night has 25 hours, 8:00 is 8:00 UTC
        ("2027-03-28T00:30", "2027-03-28T07:00"),  # it has 23, 8:00 is 7:00 UTC
    ],
)
def test_in_a_night_of_another_length_quiet_hours_end_by_the_clock_on_the_wall(
    tmp_path: Path, begins: str, told_at: str, *, restarts: bool
) -> None:
    stage = Stage(tmp_path, replace(LANE, wake_someone=False), (ANA,))
    stage.sent = []
    stage.now, stage.late = utc(begins), True
    told = utc(told_at) - NOON
    while stage.now < utc(told_at) - 60:
        stage.to(min(stage.now - NOON + HOUR, told - 60))
        if restarts:
            stage.restart()
    assert stage.told() == []

    stage.to(told)
    assert stage.told() == [(told, "ana-mail", "opened")]
    stage.store.close()


def test_what_flaps_is_held_open_and_does_not_tell_of_every_turn(tmp_path: Path) -> None:
    stage = Stage(tmp_path, people=(ANA,))
    stage.sent = []
    for turn in range(8):  # late for a minute, well for six
        stage.late = True
        stage.to(turn * 420 + 60)
        stage.late = False
        stage.to(turn * 420 + 420)
        stage.restart()
    kinds = [kind for _at, _channel, kind in stage.told()]
    assert kinds == ["opened", *["resolved", "reopened"] * 3]

    stage.to(8 * 420 + 1_800)  # well for half an hour, at last
    assert [kind for _at, _channel, kind in stage.told()] == ["resolved"]
    assert len(stage.rows()) == 1
    stage.store.close()


def test_after_a_long_downtime_each_real_problem_is_told_once_and_no_other(
    tmp_path: Path,
) -> None:
    stage = Lanes(tmp_path, [lane(n) for n in range(100)])
    stage.all(GONE)
    stage.states["lane7"] = SLOW
    stage.to(60)
    assert len(stage.told()) == 2  # the workers, and the lane that is late by itself

    stage.now += 8 * HOUR
    stage.restart()
    stage.to(stage.now - NOON + 120)
    reminded = stage.told()
    assert {title for _channel, _kind, title, _page in reminded} == {
        "Queues of shop have no worker", "Lane 7 is slow",
    }  # fmt: skip
    assert [kind for _channel, kind, _title, _page in reminded] == ["escalated", "escalated"]

    stage.now += 8 * HOUR
    stage.restart()
    stage.all(WELL)
    stage.to(stage.now - NOON + 900)
    ends = [(channel, kind) for channel, kind, _title, _page in stage.told()]
    assert sorted(ends) == [("ana-mail", "resolved")] * 2 + [("slack", "resolved")] * 2
    assert {row.state for row in stage.rows().values()} == {"resolved"}
    stage.store.close()


# At which second what happens, and what is sent to which channel between which seconds.
Steps = list[tuple[float, str]]
Told = list[tuple[str, str, float, float]]
TIMELINES: dict[str, tuple[Steps, Told]] = {
    "nobody answers": (
        [(0, "late")],
        [
            ("ana-mail", "opened", 0, 60),
            ("slack", "escalated", 300, 400),
            ("ana-mail", "escalated", 900, 1_000),
            ("cy-mail", "escalated", 900, 1_000),
            ("slack", "escalated", 900, 1_000),
            ("ana-mail", "reminder", 2_700, 2_900),
            ("ana-mail", "reminder", 4_500, 4_800),
        ],
    ),
    "an acknowledgement passes": (
        [(0, "late"), (90, "acknowledge")],
        [
            ("ana-mail", "opened", 0, 60),
            ("ana-mail", "acknowledged", 90, 90),
            ("ana-mail", "escalated", 3_690, 3_780),
            ("slack", "escalated", 3_990, 4_140),
            ("ana-mail", "escalated", 4_590, 4_740),
            ("cy-mail", "escalated", 4_590, 4_740),
            ("slack", "escalated", 4_590, 4_740),
        ],
    ),
    "a silence ends while it fires": (
        [(0, "silence"), (0, "late"), (1_500, "well")],
        [
            ("ana-mail", "opened", 600, 690),
            ("slack", "escalated", 900, 1_040),
            ("ana-mail", "resolved", 1_750, 1_900),
            ("slack", "resolved", 1_750, 1_900),
        ],
    ),
}


@pytest.mark.parametrize("restarts", [False, True], ids=["", "killed at every step"])
@pytest.mark.parametrize("name", TIMELINES)
def test_what_is_told_when_is_the_same_however_often_the_server_is_killed(
    tmp_path: Path, name: str, *, restarts: bool
) -> None:
    steps, expected = TIMELINES[name]
    stage = Stage(tmp_path)
    stage.sent = []
    for at in range(0, 5_000, 45):
        for _at, what in [step for step in steps if at <= step[0] < at + 45]:
            if what == "silence":
                stage.quiet = [Quiet(lane="mail", starts_at=NOON, ends_at=NOON + 600)]
            elif what == "acknowledge":
                stage.acknowledge()
            else:
                stage.late = what == "late"
        stage.to(at + 45)
        if restarts:
            stage.restart()

    told = stage.told()
    assert [(channel, kind) for _at, channel, kind in told] == [row[:2] for row in expected]
    for (at, _channel, _kind), (*_what, begin, end) in zip(told, expected, strict=True):
        assert begin <= at <= end, (at, begin, end)
    stage.store.close()
