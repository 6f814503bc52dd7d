"""When a lane is drilled without being asked, and how long a drill proves its alert."""

import pytest

from tailback.core.drill import (
    Appointment,
    Gap,
    appointment,
    is_proven,
    owner_gap,
    report_gap,
    silence_gap,
)
from tailback.core.model import Lane
from tailback.core.wording_drills import misfit, unproven

DAY = 86_400.0
NOW = 100 * DAY


def planned(mark: str, in_days: float) -> Appointment:
    """An appointment made ten days ago."""
    return Appointment(mark=mark, made_at=NOW - 10 * DAY, due_at=NOW + in_days * DAY)


@pytest.mark.parametrize(
    ("known", "drilled_days_ago", "due_in_days"),
    [
        (None, None, 1.0),
        (None, 10.0, 20.0),
        (None, 40.0, 1.0),
        (planned("m", 7.0), None, 7.0),
        (planned("m", 7.0), 2.0, 28.0),
        (planned("m", 7.0), 12.0, 7.0),
        (planned("other", 7.0), 2.0, 1 / 24),
        (planned("other", -3.0), None, -3.0),
    ],
)
def test_a_lane_is_drilled_monthly_soon_after_a_change_and_a_day_after_it_is_new(
    known: Appointment | None, drilled_days_ago: float | None, due_in_days: float
) -> None:
    drilled_at = None if drilled_days_ago is None else NOW - drilled_days_ago * DAY

    made = appointment(known, "m", drilled_at, NOW)

    assert made.mark == "m"
    assert made.due_at - NOW == pytest.approx(due_in_days * DAY)
    assert appointment(made, "m", drilled_at, NOW) == made


def test_a_drill_proves_an_alert_for_thirty_days_and_the_board_says_since_when_it_does_not() -> (
    None
):
    assert is_proven(NOW - 30 * DAY, NOW)
    assert not is_proven(NOW - 30 * DAY - 1, NOW)
    assert not is_proven(None, NOW)
    assert unproven(None) == "alert never proven"
    assert unproven(NOW) == "alert not proven since 11 April"


LANE = Lane(key="mail", name="Mail", source="shop", queue="emails", jobs=("shop.send", "shop.sms"))
SEEN = [("emails", "shop.mail"), ("exports", "shop.export")]


def test_a_job_that_is_reported_where_the_lane_looks_leaves_no_gap() -> None:
    places = [("shop", "emails"), ("other", "emails")]

    assert report_gap(LANE, places, [*SEEN, ("emails", "shop.sms")]) is None
    assert report_gap(LANE, places, []) is None, "nothing was ever seen: nothing is known"
    assert report_gap(LANE, [], SEEN) is None


@pytest.mark.parametrize(
    ("places", "gap", "said"),
    [
        (
            [("shop", "emails:high"), ("other", "x")],
            Gap("queue", "emails", ("emails:high",)),
            "the lane watches queue emails, but its worker reports queue emails:high",
        ),
        (
            [("store", "emails")],
            Gap("source", "shop", ("store",)),
            "the lane watches source shop, but its worker reports to store",
        ),
        (
            [("shop", "emails")],
            Gap("jobs", "shop.send, shop.sms", ("shop.mail",)),
            "no job of shop.send, shop.sms was ever in its queue; known there are shop.mail",
        ),
    ],
)
def test_what_of_the_rule_does_not_fit_is_named(
    places: list[tuple[str, str]], gap: Gap, said: str
) -> None:
    assert report_gap(LANE, places, SEEN) == gap
    assert misfit(gap) == f"rule misconfigured: {said}"


def test_a_queue_that_no_worker_ever_used_is_named_beside_those_that_are() -> None:
    assert silence_gap(LANE, SEEN) is None
    assert silence_gap(LANE, []) is None

    gap = silence_gap(LANE, [(f"q{n}", "j") for n in range(7)])
    assert gap is not None
    assert misfit(gap).endswith("ever used queue emails; known are q0, q1, q2, q3, q4 and 2 more")


def test_an_owner_whom_nothing_reaches_is_named() -> None:
    assert owner_gap(["ana", "bo"], ["bo", "ana"]) is None

    gap = owner_gap(["ana", "bo"], ["ana"])
    assert gap is not None
    assert misfit(gap) == "rule misconfigured: bo owns it, but no channel reaches bo"
