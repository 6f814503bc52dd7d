"""When a lane is drilled without being asked, and how long a drill proves its alert."""

import pytest

from tailback.core.drill import Appointment, appointment, is_proven
from tailback.core.wording_drills import unproven

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
