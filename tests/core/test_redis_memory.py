"""A Redis at its memory limit, in the notes of readings and in words."""

import pytest

from tailback.core import wording_redis
from tailback.core.redis_memory import Full, evicts_by, full_notes, noted

MB = 2**20
LRU = "allkeys-lru"


def info(used: int, limit: int, policy: str = "noeviction") -> dict[str, object]:
    return {"used_memory": used, "maxmemory": limit, "maxmemory_policy": policy}


@pytest.mark.parametrize(
    "answer", [None, {}, info(500 * MB, 0), info(500 * MB, 512 * MB), {"maxmemory": 512 * MB}]
)
def test_with_room_left_or_nothing_known_nothing_is_noted(answer: dict[str, object]) -> None:
    assert full_notes(answer) == ()


@pytest.mark.parametrize(
    ("used", "policy", "said"),
    [
        (512 * MB, "noeviction", "Redis is full (512 MB of 512 MB): new jobs are refused"),
        (513 * MB, "volatile-lru", "Redis is full (513 MB of 512 MB): new jobs are refused"),
        (
            511 * MB + MB // 2,
            "noeviction",
            "Redis is nearly full (511.5 MB of 512 MB): new jobs will be refused",
        ),
        (
            511 * MB,
            LRU,
            f"Redis is full (511 MB of 512 MB) and throws keys away by {LRU}: jobs can vanish",
        ),
    ],
)
def test_a_full_redis_is_noted_and_said(used: int, policy: str, said: str) -> None:
    notes = full_notes(info(used, 512 * MB, policy))

    found = noted(("held-by-workers=2", *notes))

    assert found == Full(used, 512 * MB, policy)
    assert wording_redis.full(found) == said


@pytest.mark.parametrize("note", ["redis-full=", "redis-full=1/2,<b>", "redis-full=1/2,a\n"])
def test_what_is_no_such_note_says_nothing(note: str) -> None:
    assert noted((note,)) is None


def test_a_policy_that_throws_queues_away_is_noted_before_there_is_need() -> None:
    notes = full_notes(info(1 * MB, 512 * MB, LRU))

    assert evicts_by(notes) == LRU
    assert noted(notes) is None
    assert wording_redis.evicts(LRU) == (
        "Redis will throw keys away by allkeys-lru when it is full: jobs can vanish"
    )


@pytest.mark.parametrize(
    ("used", "policy", "by"),
    [(512, LRU, LRU), (512, "noeviction", None), (1, "volatile-lru", None)],
)
def test_a_full_redis_says_by_its_policy_whether_it_throws_queues_away(
    used: int, policy: str, by: str | None
) -> None:
    assert evicts_by(full_notes(info(used * MB, 512 * MB, policy))) == by
