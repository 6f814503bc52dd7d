from dataclasses import replace
from typing import Any

import pytest

from tailback.core import wording_itself
from tailback.core.alive import MIB, Vitals, down, is_low, lacks, troubles

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
    assert words(replace(WELL, watched=False, confirmed_at=None)) == []


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


def test_people_are_told_of_what_keeps_alerts_from_them_and_not_of_every_doubt() -> None:
    doubts = replace(WELL, jumped_s=90.0, confirmed_at=None, broken_channels=("a", "b"))
    assert troubles(doubts) == []

    bad = replace(
        WELL,
        engine_runs=False,
        oldest_ready_at=0.0,
        lost=1,
        room=(100 * MIB, 10_000 * MIB),
        blind=(("mine", 0.0), ("shop", 0.0)),
        told_of=frozenset({"mine"}),
    )
    found = troubles(bad)
    assert [lack.part for lack in found] == ["engine", "outbox", "sources", "intake", "disk"]
    said = wording_itself.alert(found)
    assert "Sources cannot be read: shop." in said
    assert "1 event was lost within 10 min" in said


def test_a_source_whose_lanes_have_an_owner_is_told_by_them() -> None:
    assert troubles(replace(WELL, blind=(("mine", 0.0),), told_of=frozenset({"mine"}))) == []


@pytest.mark.parametrize(
    ("free", "total", "low"),
    [
        (255, 1_000, True), (257, 1_000, False),  # small: a quarter of a GiB
        (499, 10_000, True), (501, 10_000, False),  # 5 %
        (2_047, 1_000_000, True), (2_049, 1_000_000, False),  # large: 2 GiB
    ],
)  # fmt: skip
def test_a_disk_is_nearly_full_by_its_size(free: int, total: int, *, low: bool) -> None:
    assert is_low(free * MIB, total * MIB) == low


def test_a_channel_that_was_never_used_is_named_with_what_to_do() -> None:
    assert wording_itself.unverified(["slack", "mail"]) == (
        "Never used, so nobody knows whether alerts arrive by: mail, slack."
        " Send a test from the setup page"
    )
