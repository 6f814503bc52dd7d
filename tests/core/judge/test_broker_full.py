"""A broker that is full: jobs are refused or thrown away though nothing waits."""

from tailback.core.redis_memory import full_notes
from tests.core.judge.rig import MINUTE, Line

LIMIT = 512 * 2**20


def looked(line: Line, begin: float, end: float, used: int, policy: str = "noeviction") -> None:
    """Let a probe look every 15 s at an empty queue of a Redis that uses `used` bytes."""
    info = {"used_memory": used, "maxmemory": LIMIT, "maxmemory_policy": policy}
    notes = full_notes(info)
    for at in range(int(begin), int(end), 15):
        line.reads(
            at, waiting=0, running=0, retrying=0, scheduled=0, dead=0, sees_all=True, notes=notes
        )


def test_a_queue_whose_broker_refuses_jobs_is_missing_them_until_there_is_room() -> None:
    line = Line()
    looked(line, 0, 3 * MINUTE, LIMIT)
    looked(line, 3 * MINUTE, 6 * MINUTE, LIMIT - 1)
    looked(line, 6 * MINUTE, 9 * MINUTE, LIMIT // 2)

    line.until(2.5 * MINUTE)
    assert line.says == ("missing", "broker_full")
    assert line.sentence.startswith(
        "Missing: Redis is full (512 MB of 512 MB): new jobs are refused"
    )
    line.until(5.5 * MINUTE)
    assert line.says == ("missing", "broker_full")
    line.until(8.5 * MINUTE)
    assert line.says == ("healthy", "idle")
    assert line.sentence == "Healthy: nothing is waiting"


def test_a_redis_that_is_only_nearly_full_is_a_warning() -> None:
    line = Line()
    looked(line, 0, 3 * MINUTE, LIMIT - 1)
    line.until(2.5 * MINUTE)

    assert line.says == ("healthy", "idle")
    assert "; Redis is nearly full" in line.sentence


def test_of_a_queue_that_is_not_measured_otherwise_a_full_broker_is_still_said() -> None:
    line = Line()
    info = {"used_memory": LIMIT, "maxmemory": LIMIT}
    for at in range(0, 120, 15):
        line.reads(at, waiting=0, notes=full_notes(info))
    line.until(1.5 * MINUTE)

    assert line.says == ("unknown", "not_measured")
    assert line.sentence.endswith("; Redis is full (512 MB of 512 MB): new jobs are refused")


def test_a_redis_that_throws_keys_away_is_a_warning_and_the_reason_of_jobs_that_vanish() -> None:
    line = Line()
    looked(line, 0, 9 * MINUTE, LIMIT, "allkeys-lru")
    line.until(2 * MINUTE)
    warned = line.sentence
    for number in range(3):
        line.job(2 * MINUTE + number, None)
    line.until(8 * MINUTE)

    why = "; Redis is full (512 MB of 512 MB) and throws keys away by allkeys-lru: jobs can vanish"
    assert warned == f"Healthy: nothing is waiting{why}"
    assert line.says == ("missing", "jobs_vanish")
    assert f"3 jobs disappeared without having finished{why}" in line.sentence
