"""A process that writes is killed at random moments; nothing acknowledged is lost or counted twice."""

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tailback.core.rollups import Deltas
from tailback.store.sqlite.store import SqliteStore
from tests.store.crashing_child import QUEUES, Counter, count

KILLS = 400 if os.environ.get("TAILBACK_PROVE") else 20
CHILD = Path(__file__).with_name("crashing_child.py")


def live(
    database: Path, number: int, synchronous: str, acknowledgements: int
) -> list[tuple[str, int, int]]:
    """Run the child, kill it about when it has acknowledged so many, and return all that it acknowledged."""
    command = [sys.executable, str(CHILD), str(database), str(number), synchronous]
    environment = os.environ | {"PYTHONPATH": str(CHILD.parents[2])}
    acked: list[tuple[str, int, int]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "ready\n", (
                "the child could not start on what the last kill left"
            )
            while len(acked) < acknowledgements:
                acked.append(acknowledgement(child.stdout.readline()))
            # An acknowledgement marks the end of a commit; any moment of the next must do as well.
            threading.Event().wait(random.Random(number).uniform(0, 0.02))
            assert child.poll() is None, "the child ended by itself"
        finally:
            child.kill()
        # What was acknowledged up to the kill counts too; a line that was cut does not.
        acked += [acknowledgement(line) for line in child.stdout if line.endswith("\n")]
    return acked


def acknowledgement(line: str) -> tuple[str, int, int]:
    producer, seq, offset = line.split()
    return producer, int(seq), int(offset)


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_every_acknowledged_batch_is_there_exactly_once_after_kills(
    tmp_path: Path, synchronous: str
) -> None:
    database = tmp_path / "x.db"
    rng = random.Random(11)
    acked: dict[tuple[str, int], int] = {}
    for number in range(KILLS // 2):
        for producer, seq, offset in live(database, number, synchronous, rng.randint(0, 400)):
            assert acked.setdefault((producer, seq), offset) == offset, (
                "a repeated batch got another offset"
            )

    check(database, acked)


def check(database: Path, acked: dict[tuple[str, int], int]) -> None:
    with SqliteStore(database) as store:
        log = list(store.log.read(after=0))
        stored = {(batch.producer, batch.seq): offset for offset, batch in log}
        assert len(stored) == len(log), "a batch is stored twice"
        assert {key: stored.get(key) for key in acked} == acked, (
            "an acknowledged batch is lost or elsewhere"
        )
        assert [offset for offset, _ in log] == list(range(1, len(log) + 1))

        Counter(store).commit()  # a restart counts what the last kill left uncounted
        oracle = Deltas()
        for _, batch in log:
            count(oracle, batch)
        for queue in QUEUES:
            points = store.rollups.series("shop", queue, None, from_=0, to=7200, step_s=60)
            found = {point.at: point.minute for point in points}
            assert found == {
                key.minute: minute for key, minute in oracle.minutes.items() if key.queue == queue
            }
        failed = sum(reason.last_3h for reason in store.rollups.reasons(until=7200))
        assert failed == sum(oracle.reasons.values())
        assert sum(minute.arrivals for minute in oracle.minutes.values()) > 0


def test_the_check_itself_finds_a_lost_and_a_twice_counted_batch(tmp_path: Path) -> None:
    database = tmp_path / "x.db"
    acked = {(p, seq): offset for p, seq, offset in live(database, 1, "NORMAL", 100)}
    check(database, acked)

    with pytest.raises(AssertionError, match="lost or elsewhere"):
        check(database, acked | {("life1-0", 10**6): 7})
    with SqliteStore(database) as store:
        deltas = Deltas()
        count(deltas, next(store.log.read(after=0))[1])
        store.rollups.commit(store.rollups.committed_upto() + 1, deltas)
    with pytest.raises(AssertionError):
        check(database, acked)
