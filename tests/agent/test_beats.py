import pytest

from tailback.agent import guard
from tailback.agent.beats import Beats


def test_a_worker_is_news_once_and_again_when_it_changes() -> None:
    beats = Beats()
    assert not beats

    assert beats.worker("w", ["a"], 2)
    assert not beats.worker("w", ["a"], 2)
    assert beats.worker("w", ["a", "b"], 2)

    assert beats
    assert [told["queues"] for told in beats.wire()] == [["a", "b"]]


def test_what_runs_is_told_with_the_first_worker_longest_running_first() -> None:
    beats = Beats()
    beats.worker("w1", ["a"], 1)
    beats.worker("w2", ["a"], None)
    for job in ("1", "2", "3"):
        beats.running(job)
    beats.finished("2")
    beats.finished("never seen")

    told = beats.wire()

    assert [one["running"] for one in told] == [["1", "3"], []]
    assert [one["slots"] for one in told] == [1, None]


def test_at_most_a_thousand_running_jobs_are_told_and_ten_thousand_kept() -> None:
    beats = Beats()
    beats.worker("w", ["a"], 1)
    for job in range(12_000):
        beats.running(str(job))

    (told,) = beats.wire()

    running = told["running"]
    assert isinstance(running, list)
    assert len(running) == 1_000
    assert running[0] == "2000"


def test_a_job_system_that_keeps_its_own_table_is_asked_at_every_beat() -> None:
    table: dict[object, None] = {}
    beats = Beats()
    beats.worker("w", ["a"], 1, lambda: table)  # type: ignore[arg-type, return-value]
    assert not beats.worker("w", ["a"], 1)
    assert beats.wire()[0]["running"] == []

    table[7] = None

    assert beats.wire()[0]["running"] == ["7"]


@pytest.mark.usefixtures("fresh")
def test_a_table_that_cannot_be_read_does_not_stop_the_heartbeat() -> None:
    def broken() -> list[str]:
        raise RuntimeError("dictionary changed size during iteration")

    beats = Beats()
    beats.worker("w", ["a"], 1, broken)
    beats.running("1")

    assert beats.wire()[0]["running"] == ["1"]
    assert sum(guard.swallowed.values()) == 1
