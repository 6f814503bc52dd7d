from dataclasses import replace
from typing import Any

import pytest

from tailback.core.alive import Vitals, down, failing

WELL = Vitals(
    now=1_000.0, engine_runs=True, judged_at=990.0, written=True, oldest_ready_at=None, channels=2
)


def test_a_server_whose_parts_all_work_names_none() -> None:
    assert failing(WELL) == []
    assert failing(replace(WELL, judged_at=940.0, oldest_ready_at=940.0)) == []
    assert failing(replace(WELL, broken_channels=("mail",))) == []
    assert failing(replace(WELL, channels=0)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"engine_runs": False}, "the engine has stopped"),
        ({"judged_at": 939.0}, "lanes are not judged"),
        ({"judged_at": None}, "lanes are not judged"),
        ({"written": False}, "the database cannot be written"),
        ({"oldest_ready_at": 939.0}, "messages are not sent"),
        ({"blind": (("shop", 699.0), ("new", 700.0))}, "sources cannot be read: shop"),
        ({"broken_channels": ("slack", "mail")}, "no channel works: mail, slack"),
    ],
)
def test_the_part_that_does_not_work_is_named(change: dict[str, Any], said: str) -> None:
    assert failing(replace(WELL, **change)) == [said]


def test_only_what_stops_the_server_itself_makes_it_down() -> None:
    assert down(replace(WELL, oldest_ready_at=0.0, blind=(("shop", 0.0),))) == []
    assert down(replace(WELL, written=False)) == ["the database cannot be written"]
