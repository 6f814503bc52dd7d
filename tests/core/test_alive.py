from dataclasses import replace
from typing import Any

import pytest

from tailback.core.alive import Vitals, down, lacks

NOW = 1_000_000.0
WELL = Vitals(
    now=NOW,
    engine_runs=True,
    judged_at=NOW - 10,
    written=True,
    oldest_ready_at=None,
    channels=2,
    confirmed_at=NOW - 86_400,
)


def words(vitals: Vitals) -> list[str]:
    return [lack.words for lack in lacks(vitals)]


def test_a_server_whose_parts_all_work_lacks_none() -> None:
    assert words(WELL) == []
    assert words(replace(WELL, judged_at=NOW - 60, oldest_ready_at=NOW - 60)) == []
    assert words(replace(WELL, broken_channels=("mail",))) == []
    assert words(replace(WELL, channels=0, confirmed_at=None)) == []


@pytest.mark.parametrize(
    ("change", "part", "said"),
    [
        ({"engine_runs": False}, "engine", "the engine has stopped"),
        ({"judged_at": NOW - 61}, "judge", "lanes are not judged"),
        ({"judged_at": None}, "judge", "lanes are not judged"),
        (
            {"written": False, "confirmed_at": None},
            "database",
            "the database cannot be written",
        ),
        ({"oldest_ready_at": NOW - 61}, "outbox", "messages are not sent"),
        (
            {"blind": (("shop", NOW - 301), ("new", NOW - 300))},
            "sources",
            "sources cannot be read: shop",
        ),
        (
            {"broken_channels": ("slack", "mail")},
            "channels",
            "no channel works: mail, slack",
        ),
        ({"jumped_s": 7_200.0}, "clock", "the server's clock jumped forward by 2 h"),
        ({"jumped_s": -30.0}, "clock", "the server's clock jumped back by 30 s"),
        ({"confirmed_at": None}, "confirmed", "no channel has ever taken a message"),
        (
            {"confirmed_at": NOW - 90_000},
            "confirmed",
            "no channel has shown for 1 d 1 h that it takes messages",
        ),
    ],
)
def test_the_part_that_is_not_proven_is_named(
    change: dict[str, Any], part: str, said: str
) -> None:
    found = lacks(replace(WELL, **change))

    assert [(lack.part, lack.words) for lack in found] == [(part, said)]


def test_only_what_stops_the_server_itself_makes_it_down() -> None:
    assert down(lacks(replace(WELL, oldest_ready_at=0.0, blind=(("shop", 0.0),)))) == []
    assert [one.part for one in down(lacks(replace(WELL, written=False)))] == ["database"]
