"""Exactly one owner, then the backup, then everyone; silences and hours hold a step back."""

from dataclasses import replace

from tailback.core.model import Lane
from tailback.core.policy.escalation import (
    REMIND_PAGE_S,
    REMIND_S,
    Move,
    Progress,
    advance,
    begin,
    is_neglected,
)
from tailback.core.policy.people import Person, WeeklyWindow, no_holidays
from tailback.core.policy.plan import Plan, everyone_plan, fallbacks_of, owner_of, plan_for
from tailback.core.policy.silence import Quiet, silenced_until

ANA = Person(name="ana", channels=("ana-mail", "slack"), backup="bo")
BO = Person(name="bo", channels=("bo-mail", "slack"))
CY = Person(name="cy", channels=("cy-mail",))
LANE = Lane(
    key="mail", name="Mail", source="s", queue="mail", owner="ana", owner_for={"rate limit": "bo"}
)
DAY_S = 86_400.0


def taken(plan: Plan, progress: Progress, now: float, **changes: object) -> Move | None:
    told = {"page": True, "silenced_until": None, "is_holiday": no_holidays, **changes}
    return advance(plan, progress, now, **told)  # type: ignore[arg-type]


def told(plan: Plan, until: float, **changes: object) -> list[tuple[float, tuple[str, ...]]]:
    """Walk through a plan and return who was told when."""
    progress, found, now = begin(plan, 0.0), [], 0.0
    while progress.next_at is not None and progress.next_at <= until:
        now = progress.next_at
        move = taken(plan, progress, now, **changes)
        assert move is not None
        if move.people:
            found.append((now, move.people))
        progress = move.progress
    return found


def test_the_owner_of_a_bucket_of_failures_goes_before_the_owner_of_the_lane() -> None:
    assert owner_of(LANE, "rate limit") == "bo"
    assert owner_of(LANE, "code error") == "ana"
    assert owner_of(LANE, None) == "ana"
    assert owner_of(replace(LANE, owner=None), None) is None


def test_the_owner_is_told_then_the_backup_then_everyone_then_the_owner_again() -> None:
    assert told(plan_for("ana", [ANA, BO, CY]), 5_000.0) == [
        (0.0, ("ana",)),
        (300.0, ("bo",)),
        (900.0, ("ana", "bo", "cy")),
        (900.0 + REMIND_PAGE_S, ("ana",)),
        (900.0 + 2 * REMIND_PAGE_S, ("ana",)),
    ]


def test_without_a_backup_everyone_still_follows_after_a_quarter_of_an_hour() -> None:
    assert told(plan_for("cy", [ANA, BO, CY]), 1_000.0) == [
        (0.0, ("cy",)),
        (900.0, ("ana", "bo", "cy")),
    ]


def test_when_nobody_is_left_who_was_not_told_the_owner_is_reminded() -> None:
    assert told(plan_for("cy", [CY]), 5_000.0, page=False) == [(0.0, ("cy",))]
    assert told(plan_for("cy", [CY]), REMIND_S, page=False)[-1] == (REMIND_S, ("cy",))
    assert [step.people for step in plan_for("ana", [ANA, BO]).steps] == [("ana",), ("bo",)]


def test_an_owner_whom_nothing_reaches_does_not_make_the_alert_silent() -> None:
    lost = Person(name="lost", channels=())

    assert told(plan_for("lost", [lost, BO, CY]), 0.0) == [(0.0, ("bo", "cy"))]
    assert told(plan_for("gone", [BO]), 0.0) == [(0.0, ("bo",))]


def test_what_nobody_owns_is_told_to_everyone_who_can_be_reached() -> None:
    rota = Person(name="crew", channels=(), turns=("ana",))
    mute = Person(name="mute", channels=())

    plan = everyone_plan([ANA, BO, rota, mute], 0.0)

    assert [step.people for step in plan.steps] == [("ana", "bo")]
    assert everyone_plan([rota, mute], 0.0).steps == ()


def test_without_an_owner_nobody_is_told() -> None:
    for plan in (plan_for(None, [ANA]), plan_for("ana", [])):
        assert begin(plan, 0.0) == Progress()
        assert taken(plan, begin(plan, 0.0), 0.0) is None
        assert not is_neglected(plan, Progress(), 1e9)


def test_nothing_happens_before_a_step_is_due_or_after_an_acknowledgement() -> None:
    plan = plan_for("ana", [ANA, BO])

    assert taken(plan, Progress(step=1, next_at=300.0), 299.0) is None
    assert taken(plan, Progress(step=1), 1e9) is None


def test_a_step_in_a_silence_waits_for_its_end() -> None:
    plan = plan_for("ana", [ANA])
    move = taken(plan, begin(plan, 0.0), 0.0, silenced_until=700.0)

    assert move == Move(
        people=(), step=None, progress=Progress(step=0, next_at=700.0, silenced=True)
    )
    assert told(plan, 700.0, silenced_until=700.0) == [(700.0, ("ana",))]


def test_a_step_waits_no_longer_for_a_silence_that_was_ended_early() -> None:
    plan = plan_for("ana", [ANA])
    waits = Progress(step=0, next_at=700.0, silenced=True)

    assert taken(plan, waits, 100.0, silenced_until=700.0) is None
    move = taken(plan, waits, 100.0, silenced_until=None)
    assert move is not None
    assert (move.people, move.progress.silenced) == (("ana",), False)
    # Who has not begun to work when it ends is waited for, as always.
    office = WeeklyWindow(weekdays=frozenset(range(5)), from_minute=540, until_minute=1080)
    plan = plan_for("ana", [replace(ANA, working_hours=(office,))])
    move = taken(plan, waits, 100.0, page=False)
    assert move == Move(people=(), step=None, progress=Progress(step=0, next_at=32_400.0))


def test_what_does_not_page_waits_for_work_and_a_page_does_not() -> None:
    office = WeeklyWindow(weekdays=frozenset(range(5)), from_minute=540, until_minute=1080)
    ana = replace(ANA, working_hours=(office,))
    plan = plan_for("ana", [ana, replace(BO, working_hours=(office,))])
    # 1 January 1970 was a Thursday
    assert told(plan, DAY_S / 2, page=False) == [(32_400.0, ("ana",)), (32_700.0, ("bo",))]
    assert told(plan, 400.0, page=True) == [(0.0, ("ana",)), (300.0, ("bo",))]


def test_of_everyone_those_are_told_who_work() -> None:
    never_now = WeeklyWindow(weekdays=frozenset({6}), from_minute=0, until_minute=60)
    plan = plan_for("ana", [ANA, BO, replace(CY, working_hours=(never_now,))])

    assert told(plan, 900.0, page=False)[-1] == (900.0, ("ana", "bo"))


def test_a_firing_episode_whose_next_step_is_missing_or_long_past_is_found() -> None:
    plan = plan_for("ana", [ANA])

    assert is_neglected(plan, Progress(step=1), 0.0)
    assert is_neglected(plan, Progress(step=1, next_at=100.0), 221.0)
    assert not is_neglected(plan, Progress(step=1, next_at=100.0), 220.0)


def test_a_message_that_cannot_reach_a_person_goes_to_the_backup_first() -> None:
    plan = plan_for("ana", [ANA, CY, BO])

    assert fallbacks_of(plan, "ana") == (("bo", "bo-mail"), ("cy", "cy-mail"))
    assert fallbacks_of(plan, "cy") == (
        ("ana", "ana-mail"),
        ("ana", "slack"),
        ("bo", "bo-mail"),
    )


def test_silences_that_follow_each_other_are_one() -> None:
    quiet = [
        Quiet(lane="mail", starts_at=50.0, ends_at=100.0),
        Quiet(lane="mail", starts_at=0.0, ends_at=50.0),
        Quiet(lane="mail", starts_at=101.0, ends_at=150.0),
        Quiet(lane="pay", starts_at=0.0, ends_at=999.0),
    ]

    assert silenced_until(quiet, "mail", 10.0) == 100.0
    assert silenced_until(quiet, "mail", 100.0) is None
    assert silenced_until(quiet, "mail", 120.0) == 150.0
    assert silenced_until(quiet, "other", 10.0) is None
