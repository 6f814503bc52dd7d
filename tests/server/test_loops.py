"""The loops of a server: each goes on after any fault, and ends when it is told to."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tailback.core.model import QueueReading
from tailback.core.rollups import Deltas
from tailback.core.system import ProbeError
from tailback.server.config import Source
from tailback.server.loops.probe import MAX_BACKOFF_S, PATIENCE, ProbeLoop, describe
from tailback.server.loops.prune import EVERY_S, SOON_S, PruneLoop
from tailback.server.loops.remember import RememberLoop, recall
from tailback.server.loops.thread import LoopThread
from tailback.server.readings import MAX_QUEUES_PER_SOURCE, Readings
from tailback.store.base import LogBatch
from tailback.store.sqlite.retention import Retention
from tailback.store.sqlite.store import SqliteStore
from tests.server.live import until

DAY_S = 86_400.0
NOW = 1_795_000_000.0
SHOP = Source(name="shop", system="rq", url="redis://:s3cret@127.0.0.1:1/0")


class Reader:
    """A probe of a source that a test scripts."""

    def __init__(self, queues: Sequence[str] = ("a",)) -> None:
        self.queues = list(queues)
        self.fault: Exception | None = None
        self.on_close: Callable[[], None] = lambda: None

    def discover(self) -> list[str]:
        return self.queues

    def read(self, queues: Sequence[str], now: float) -> list[QueueReading]:
        if self.fault is not None:
            raise self.fault
        return [QueueReading(source="shop", queue=queue, taken_at=now) for queue in queues]

    def close(self) -> None:
        self.on_close()


def probe_loop(readings: Readings, reader: Reader | None, *expected: str) -> ProbeLoop:
    loop = ProbeLoop(SHOP, readings, lambda _source: list(expected))
    loop._probe = reader
    return loop


def test_a_source_that_cannot_be_read_is_blind_at_once_and_asked_ever_more_seldom() -> None:
    readings, reader = Readings(), Reader()
    readings.declare("shop", "rq", probed=True)
    loop = probe_loop(readings, reader)
    assert loop.once(NOW)
    assert readings.newest("shop", "a") is not None

    pauses = []
    for n in range(8):
        reader.fault = ProbeError("gone")
        loop._probe = reader
        assert not loop.once(NOW + 5 * n + 5)
        pauses.append(loop.pause_s())

    state = readings.source("shop")
    assert state is not None
    assert (state.blind_since, state.why) == (NOW, "gone")
    assert readings.newest("shop", "a") is None
    assert readings.queues() == [("shop", "a")]
    assert pauses[PATIENCE - 1] == 5.0
    assert pauses == sorted(pauses)
    assert pauses[-1] == MAX_BACKOFF_S
    reader.fault, loop._probe = None, reader
    assert loop.once(NOW + 100)
    assert loop.pause_s() == 5.0
    seen = readings.source("shop")
    assert seen is not None
    assert seen.blind_since is None


def test_a_probe_that_cannot_even_be_closed_is_given_up() -> None:
    readings, reader = Readings(), Reader()
    loop = probe_loop(readings, reader)

    def refuse() -> None:
        raise OSError("broken pipe")

    reader.on_close = refuse
    assert loop.once(NOW)
    loop.close()
    loop.close()
    assert loop._probe is None


def test_queues_that_no_longer_exist_are_forgotten_and_expected_ones_stay() -> None:
    readings, reader = Readings(), Reader(["a", "b"])
    loop = probe_loop(readings, reader, "expected")
    loop.once(NOW)
    reader.queues = ["b"]
    loop.once(NOW + 30)
    assert len(readings.queues()) == 3  # looked for anew once a minute only
    loop.once(NOW + 61)

    assert sorted(queue for _, queue in readings.queues()) == ["b", "expected"]


def test_a_source_with_nothing_in_it_is_read_all_the_same() -> None:
    readings = Readings()
    readings.declare("shop", "rq", probed=True)

    assert probe_loop(readings, Reader([])).once(NOW)
    state = readings.source("shop")
    assert state is not None
    assert state.seen_at == NOW


def test_a_source_has_a_bounded_number_of_queues() -> None:
    readings = Readings()
    names = [f"q{n}" for n in range(MAX_QUEUES_PER_SOURCE + 50)]

    probe_loop(readings, Reader(names)).once(NOW)
    more = [QueueReading(source="shop", queue=f"x{n}", taken_at=NOW) for n in range(50)]
    readings.looked("shop", more, NOW)

    assert len(readings.queues()) == MAX_QUEUES_PER_SOURCE


def test_a_source_without_an_address_is_blind_with_the_reason() -> None:
    readings = Readings()
    bare = Source(name="bare", system=None, url=None)

    assert not ProbeLoop(bare, readings, lambda _source: []).once(NOW)
    state = readings.source("bare")
    assert state is not None
    assert state.why == "the source has no system or no url"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ModuleNotFoundError("x", name="pika"), "the client library pika is not installed"),
        (ProbeError("no such table"), "no such table"),
        (OSError("at redis://:s3cret@127.0.0.1:1/0\n now"), "OSError: at redis://"),
        (ValueError("password s3cret"), "ValueError: password [hidden]"),
        (KeyError(), "KeyError: KeyError"),
    ],
)
def test_what_went_wrong_is_one_line_without_secrets(error: Exception, says: str) -> None:
    told = describe(error, SHOP)

    assert told.startswith(says)
    assert "s3cret" not in told
    assert "\n" not in told
    assert "s3cret" not in describe(error, Source(name="w", system="rq", write_url=SHOP.url))


def test_an_older_reading_never_replaces_a_newer_one() -> None:
    readings = Readings()
    newer = QueueReading(source="s", queue="q", taken_at=NOW, waiting=1)
    older = QueueReading(source="s", queue="q", taken_at=NOW - 5, waiting=9)

    readings.looked("s", [newer], NOW)
    readings.looked("s", [older], NOW + 1)

    assert readings.newest("s", "q") == newer


def test_what_is_declared_twice_only_gains() -> None:
    readings = Readings()
    readings.declare("s", None, probed=False)
    readings.pushed("s", NOW)
    readings.declare("s", "celery", probed=False)
    readings.declare("s", None, probed=True)
    readings.declare("s", "rq", probed=False)
    readings.pushed("s", NOW + 50)  # a probe, not the stream, says when it was seen

    state = readings.source("s")
    assert state is not None
    assert (state.system, state.probed, state.seen_at) == ("celery", True, NOW)


def test_a_restarted_server_knows_which_queues_it_has_not_read_since(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "t.db") as store:
        before = Readings()
        loop = RememberLoop(before, store.readings)
        assert not loop.once(NOW)
        before.looked("shop", [QueueReading(source="shop", queue="q", taken_at=NOW)], NOW)
        assert loop.once(NOW)
        assert not loop.once(NOW + 30)
        before.looked("gone", [QueueReading(source="gone", queue="q", taken_at=NOW)], NOW)
        loop.close()

        after = Readings()
        recall(after, store.readings, ["shop"])

    assert after.known() == {("shop", "q"): NOW}
    state = after.source("shop")
    assert state is not None
    assert state.seen_at == NOW
    assert after.newest("shop", "q") is None
    after.remember("shop", "older", NOW - 50)
    assert after.source("shop") == state


def test_old_segments_go_in_bounded_pieces_and_the_loop_comes_back_soon(tmp_path: Path) -> None:
    keep = Retention(segment_days=1, rows=2)
    with SqliteStore(tmp_path / "t.db", retention=keep) as store:
        for n in range(7):
            store.log.append([LogBatch(None, 0, "shop", NOW - 2 * DAY_S, bytes(300_000 + n))])
        store.rollups.commit(7, Deltas())
        store.checkpoints.save(7, b"state", now=NOW)
        loop = PruneLoop(store)
        assert loop.pause_s() == EVERY_S
        assert loop.once(NOW)
        assert loop.pause_s() == SOON_S
        rounds = 1
        while loop.once(NOW):
            rounds += 1
        assert rounds >= 3
        assert list(store.log.read(after=0)) == []
        assert store.log.last_offset() == 7
        assert loop.pause_s() == EVERY_S
        loop.close()


def test_a_loop_goes_on_after_a_fault_and_closes_at_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    closed = threading.Event()
    rounds: list[float] = []

    class Faulty:
        def once(self, now: float) -> bool:
            rounds.append(now)
            raise ZeroDivisionError

        def pause_s(self) -> float:
            return 0.001

        def close(self) -> None:
            closed.set()

    thread = LoopThread("faulty", Faulty(), lambda: NOW)
    thread.start()
    until(lambda: len(rounds) >= 3)
    thread.stop()
    thread.join(30)

    assert closed.is_set()
    assert "loop failed, going on" in caplog.text
    assert set(rounds) == {NOW}
