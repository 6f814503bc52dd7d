"""How often a reason makes attempts fail at this hour of other days."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tailback.core.rollups import Deltas, ReasonMinuteKey
from tailback.server.reason_table import reason_table
from tailback.server.reason_usual import DAY_S, HOUR_S, usual_of
from tailback.server.reasons import ReasonBook
from tailback.store.sqlite.store import SqliteStore

NOW = 1_790_000_000 // HOUR_S * HOUR_S + 1_200.0


@pytest.mark.parametrize(
    ("first_seen_days", "usual"),
    [
        (20.0, 0),  # most of fourteen days had none
        (5.5, 40),  # of 10, 20, 40, 80, 160
        (2.5, 15),
        (0.9, None),
        (None, None),
    ],
)
def test_the_usual_is_the_median_of_the_same_hour_since_the_reason_is_known(
    tmp_path: Path, first_seen_days: float | None, usual: int | None
) -> None:
    hour = int(NOW) // HOUR_S * HOUR_S
    counts = {hour - day * DAY_S: 10 * 2 ** (day - 1) for day in range(1, 6)}
    elsewhere = {hour - 5 * HOUR_S: 7_000, hour + 600: 500}
    reasons = {
        ReasonMinuteKey("s", "q", "j", at, "r"): n for at, n in {**counts, **elsewhere}.items()
    }
    with SqliteStore(tmp_path / "tailback.db", synchronous="NORMAL") as store:
        store.rollups.commit(1, Deltas(reasons=reasons))
        found = store.rollups.reasons(until=int(NOW))
        (row,) = reason_table(found, [], [], [], ReasonBook(), lambda _place: None)
        since = None if first_seen_days is None else NOW - first_seen_days * DAY_S

        assert usual_of(store.rollups, replace(row, first_seen_at=since), NOW) == usual
