"""A lane that only a probe sees, on a real table: judged by the counter of finished jobs."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tailback import clock, systems
from tailback.core.facts import LaneFacts, gather
from tailback.core.ledger import Ledger
from tailback.core.model import Lane
from tailback.server.watch import Seen, Watch

LANE = Lane(key="q", name="q", source="shop", queue="q", promise_s=300.0)
OPTIONS = {
    "table": {
        "name": "jobs",
        "queue": "queue",
        "created": "at",
        "done_at": "done",
        "finished_when": "done is not null",
    }
}


class Table:
    """A table of jobs, looked at every five seconds of a virtual clock."""

    def __init__(self, path: Path) -> None:
        self.now = clock.now()
        self.rows = sqlite3.connect(path, isolation_level=None)
        self.rows.execute("create table jobs (id integer primary key, queue, at real, done real)")
        self.rows.execute("create index live on jobs (queue, at) where done is null")
        self.rows.execute("create index finished on jobs (queue, done)")
        module: Any = systems.load_probe("sql")
        self.probe = module.open_probe("shop", f"sqlite:///{path}", OPTIONS)
        self.ledger = Ledger()
        self.watch = Watch(LANE, ZoneInfo("UTC"), self.now)

    def add(self, age_s: float, done: bool = False) -> None:
        finished = self.now if done else None
        self.rows.execute(
            "insert into jobs (queue, at, done) values ('q', ?, ?)", (self.now - age_s, finished)
        )

    def look(self, seconds: float = 5.0) -> tuple[LaneFacts, Seen]:
        """Let time pass in steps of five seconds; return the last look."""
        for _ in range(int(seconds / 5)):
            self.now += 5.0
            (reading,) = self.probe.read(["q"], self.now)
            self.ledger.take_reading(reading)
            facts = gather(self.ledger, reading, LANE, self.now)
            seen = self.watch.look(self.ledger, self.now, facts=facts)
        return facts, seen


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    made = Table(tmp_path / "app.db")
    yield made
    made.probe.close()
    made.rows.close()


def test_a_lane_without_any_completion_is_stuck_and_says_for_how_long_at_least(
    table: Table,
) -> None:
    table.add(10.0)
    _, early = table.look(20)
    facts, late = table.look(400)

    assert early.judgement.verdict.verdict == "healthy"
    assert late.judgement.verdict.verdict == "stuck"
    assert late.judgement.verdict.sentence == "Stuck: nothing has finished for at least 6 min"
    assert facts.completions_5m == 0
    assert facts.last_success_at is None


def test_a_lane_that_goes_on_is_slow_with_what_was_really_counted(table: Table) -> None:
    table.add(200.0)
    table.look(5)
    for _ in range(6):
        table.add(1.0, done=True)
        facts, seen = table.look(30)

    assert seen.judgement.verdict.verdict == "slow"
    assert "6 jobs finished in the last 3 min" in seen.judgement.verdict.sentence
    assert facts.completions_5m is None
    assert facts.last_success_after is not None
    assert facts.last_success_at is not None
    assert facts.last_success_at - facts.last_success_after == pytest.approx(5.0)


def test_a_lane_that_stops_is_stuck_since_its_last_success(table: Table) -> None:
    table.look(5)
    table.add(1.0, done=True)
    table.look(5)
    table.add(0.0)
    _, seen = table.look(1_200)

    assert seen.judgement.verdict.verdict == "stuck"
    assert "nothing has finished for 20 min" in seen.judgement.verdict.sentence


def test_no_sentence_claims_a_number_where_completions_are_not_known(table: Table) -> None:
    table.add(290.0)
    facts, seen = table.look(20)

    assert facts.completions_5m is None
    sentence = seen.judgement.verdict.sentence
    assert "finished in" not in sentence
    assert "nothing has finished" not in sentence


def test_a_source_that_was_blind_begins_to_count_anew(table: Table) -> None:
    table.look(60)
    table.ledger.lose_sight("shop", "q")
    table.add(1.0, done=True)
    facts, _ = table.look(10)

    assert facts.completions_5m is None
    assert facts.completions_watched_s == pytest.approx(5.0)
    assert facts.last_success_at is None
