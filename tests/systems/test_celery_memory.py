"""What the Redis probe remembers is bounded, and forgotten with what it belongs to."""

import pytest

from tailback.systems.celery import memory as module
from tailback.systems.celery.memory import BETWEEN_ATTEMPTS_S, Loop, Memory


def test_the_ids_not_met_for_longest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SEEN", 2)
    memory = Memory()

    told = [
        memory.first_seen(job, at)
        for job, at in [("a", 1.0), ("b", 2.0), ("a", 3.0), ("c", 4.0), ("b", 5.0), (None, 6.0)]
    ]

    assert told == [1.0, 2.0, 1.0, 4.0, 5.0, 6.0]
    assert list(memory.seen) == ["c", "b"]


def test_loops_are_bounded_and_forgotten_a_while_after_their_last_sight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_SEEN", 1)
    memory = Memory()
    for job, at in [("a", 10.0), ("b", 11.0), ("a", 12.0)]:
        memory.looping("emails", job, Loop("shop.send", due=5.0, stamped=True, seen_at=at))

    assert [loop.seen_at for loop in memory.between_attempts("emails", 13.0)] == [12.0]
    assert memory.between_attempts("emails", 12.0) == []
    assert memory.between_attempts("emails", 12.1 + BETWEEN_ATTEMPTS_S) == []
    assert memory.loops == {"emails": {}}


def test_lists_that_are_watched_no_more_leave_nothing_behind() -> None:
    memory = Memory()
    for key in ("emails", "exports"):
        memory.ladder(key).climb(1.0, 3, None)
        memory.marks[key] = b"head"

    memory.forget_lists({"emails"})

    assert set(memory.ladders) == set(memory.marks) == {"emails"}
