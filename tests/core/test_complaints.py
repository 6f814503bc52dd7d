"""A complaint finds its problem, and a problem knows whether its users were faster."""

import pytest

from tailback.core.complaints import (
    Lead,
    LeadWeek,
    Problem,
    lead_of,
    lead_weeks,
    problem_of,
)
from tailback.core.wording_complaints import lead, week

MAIL = Problem("mail-1", "mail", 10_000.0, 20_000.0)
AGAIN = Problem("mail-2", "mail", 26_000.0, None)
OTHER = Problem("exports-1", "exports", 10_000.0, 20_000.0)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (6_000.0, None),
        (9_000.0, MAIL),
        (15_000.0, MAIL),
        (22_000.0, MAIL),
        (24_500.0, AGAIN),
        (23_590.0, AGAIN),
        (90_000.0, AGAIN),
    ],
)
def test_a_complaint_belongs_to_the_problem_that_is_nearest(
    at: float, expected: Problem | None
) -> None:
    assert problem_of("mail", at, [OTHER, MAIL, AGAIN]) == expected


def test_the_lead_is_up_to_the_first_complaint() -> None:
    found = lead_of(MAIL, [12_000.0, 10_300.0])

    assert found == Lead("mail-1", 10_000.0, 10_300.0)
    assert found.lead_s == 300.0
    assert lead_of(MAIL, []) is None


def test_weeks_say_how_often_the_team_knew_first() -> None:
    complaints = [
        ("mail", 10_300.0),
        ("mail", 11_000.0),
        ("exports", 9_900.0),
        ("photos", 9_900.0),
        ("mail", 30_000.0),
        ("photos", 40_000.0),
        ("photos", 50_000.0),
    ]

    found = lead_weeks(complaints, [MAIL, AGAIN, OTHER], lambda at: f"{at // 25_000:.0f}")

    assert found == [
        LeadWeek(week="2", complaints=1, unseen=1, problems=0, knew_first=0, median_lead_s=None),
        LeadWeek(week="1", complaints=2, unseen=1, problems=1, knew_first=1, median_lead_s=4000.0),
        LeadWeek(week="0", complaints=4, unseen=1, problems=2, knew_first=1, median_lead_s=100.0),
    ]
    assert week(found[0]) == "1 complaint; 1 about no problem that was known"
    assert week(found[2]) == (
        "4 complaints; the team knew first of 1 of 2 problems; usually 1 min before the first"
        " complaint; 1 about no problem that was known"
    )


def test_the_lead_is_said_from_either_side() -> None:
    assert lead(95.0) == "the team was told 1 min before the first complaint"
    assert lead(-30.0) == "users complained 30 s before the team was told"
    late = LeadWeek(
        week="0", complaints=1, unseen=0, problems=1, knew_first=0, median_lead_s=-60.0
    )
    assert week(late) == (
        "1 complaint; the team knew first of 0 of 1 problem; usually 1 min after the first complaint"
    )
