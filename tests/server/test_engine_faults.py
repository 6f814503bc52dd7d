"""What the engine does when something goes wrong: it goes on, and nothing is lost or doubled."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tailback.core.ledger import Ledger
from tailback.server.archive import Archive
from tailback.server.engine import CHECKPOINT_EVERY_S, COMMIT_EVERY_S, STOP_WITHIN_S, Engine
from tailback.server.payload import Payload, WireEvent, WireWorker, encode
from tailback.store.base import LogBatch
from tailback.store.sqlite.store import SqliteStore
from tests.server.live import until

T0 = 1_795_000_000.0


class Rig:
    """An engine on a real store, on clocks that only move when told to."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.store = SqliteStore(path, synchronous="NORMAL", busy_timeout_ms=50, **options)
        self.now = T0
        self.at = 1_000.0
        self.looks = 0
        self.on_look: Callable[[], None] = lambda: None
        self.engine = Engine(
            self.store,
            Ledger,
            Ledger.restore,
            (lambda: self.now, lambda: self.at),
            Archive(self.store.ended),
        )
        self._seq = 0

    def start(self) -> int:
        replayed = self.engine.restore()
        self.engine.start(self._look)
        return replayed

    def stop(self) -> None:
        self.engine.stop()
        self.store.close()

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.at += seconds

    def batch(self, *events: Any, workers: Any = (), source: str = "shop") -> LogBatch:
        self._seq += 1
        payload = encode(Payload(events=list(events), workers=list(workers)))
        return LogBatch("p", self._seq, source, self.now, payload)

    def add(self, *events: Any, workers: Any = (), source: str = "shop") -> None:
        self.store.log.append([self.batch(*events, workers=workers, source=source)])

    def open_jobs(self) -> int:
        return self.engine.ask(lambda ledger: ledger.open_jobs()).result(30)

    def counted(self) -> int:
        minutes = self.store.rollups.overview(from_=0, to=2**40).values()
        return sum(minute.arrivals for minute in minutes)

    def _look(self, _ledger: Ledger, _now: float) -> None:
        self.looks += 1
        self.on_look()


@contextmanager
def rig(path: Path, **options: Any) -> Iterator[Rig]:
    made = Rig(path, **options)
    try:
        yield made
    finally:
        made.stop()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the write lock of the file, as another process would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        until(lambda: _begun(other))
        yield
        other.execute("rollback")


def _begun(other: sqlite3.Connection) -> bool:
    try:
        other.execute("begin immediate")
    except sqlite3.OperationalError:
        return False
    return True


def enqueued(id: str, **said: Any) -> Any:  # noqa: A002
    return WireEvent(kind="enqueued", at=T0, id=id, queue="q", **said)


def test_a_checkpoint_of_another_version_is_passed_over_and_the_log_rebuilds_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "t.db"
    with rig(path) as first:
        first.start()
        first.add(*[enqueued(f"j{n}") for n in range(3)])
        assert first.open_jobs() == 3
    with SqliteStore(path) as store:
        store.checkpoints.save(1, b"of another version", now=T0)

    with rig(path) as second:
        assert second.start() == 1
        assert second.open_jobs() == 3
    with SqliteStore(path) as store:
        assert sum(m.arrivals for m in store.rollups.overview(from_=0, to=2**40).values()) == 3
    assert "checkpoint cannot be used" in caplog.text


def test_a_batch_that_cannot_be_applied_stops_neither_this_run_nor_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "t.db"
    poison = LogBatch("poison", 1, "shop", T0, b"\xc1 is no payload")
    with rig(path) as first:
        first.start()
        first.store.log.append([poison])
        first.add(enqueued("after"))
        assert first.open_jobs() == 1
        assert first.engine.is_alive()
        first.store.checkpoints.save(0, b"none that can be used", now=T0)
    with rig(path) as second:
        second.start()
        assert second.open_jobs() == 1
    assert "cannot be applied, going on without it" in caplog.text


def test_a_judge_that_fails_is_asked_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with rig(tmp_path / "t.db") as one:
        one.on_look = lambda: 1 / 0
        one.start()
        until(lambda: one.looks == 1)
        until(lambda: one.pass_time(1_000) or one.looks >= 2)
        assert one.engine.is_alive()
    assert "judging failed, going on" in caplog.text


def test_what_is_asked_gets_its_own_error_back(tmp_path: Path) -> None:
    with rig(tmp_path / "t.db") as one:
        one.start()
        with pytest.raises(ZeroDivisionError):
            one.engine.ask(lambda _ledger: 1 // 0).result(30)
        assert one.open_jobs() == 0


def test_a_stop_leaves_to_the_next_start_what_it_has_no_time_for(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    go_on, reached = threading.Event(), threading.Event()

    def hang() -> None:
        reached.set()
        assert go_on.wait(30)

    one = Rig(path)
    one.on_look = hang
    one.start()
    assert reached.wait(30)
    for n in range(20):
        one.add(enqueued(f"j{n}"))
    never_asked, given_up = (one.engine.ask(Ledger.open_jobs) for _ in range(2))
    given_up.cancel()
    stopping = threading.Thread(target=one.stop)
    stopping.start()
    until(lambda: one.engine._stop_by is not None)
    one.pass_time(STOP_WITHIN_S + 1)
    go_on.set()
    stopping.join(30)

    assert never_asked.cancelled()
    with rig(path) as two:
        assert two.start() > 0
        assert two.open_jobs() == 20
    with SqliteStore(path) as store:
        assert sum(m.arrivals for m in store.rollups.overview(from_=0, to=2**40).values()) == 20


def test_a_question_given_up_while_it_waits_is_not_answered(tmp_path: Path) -> None:
    go_on, reached = threading.Event(), threading.Event()
    asked: list[Ledger] = []

    def hang() -> None:
        reached.set()
        assert go_on.wait(30)

    with rig(tmp_path / "t.db") as one:
        one.on_look = hang
        one.start()
        assert reached.wait(30)
        waiting = one.engine.ask(asked.append)
        assert waiting.cancel()
        go_on.set()
        assert one.open_jobs() == 0
    assert asked == []


def test_counts_that_cannot_be_committed_are_kept_and_counted_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with rig(tmp_path / "t.db") as one:
        one.start()
        until(lambda: one.looks)
        one.add(enqueued("a"), enqueued("b"))
        assert one.open_jobs() == 2
        with locked(one.path):
            one.pass_time(COMMIT_EVERY_S + 1)
            until(lambda: one.engine._counts._commit is not None)
            one.pass_time(COMMIT_EVERY_S + 1)
            until(lambda: "counts could not be committed yet" in caplog.text)
            one.pass_time(CHECKPOINT_EVERY_S)  # no checkpoint either: it would hide the counts
            until(lambda: one.engine._due["checkpoint"] > one.at)
            assert one.counted() == 0
        one.add(enqueued("c"))
        until(lambda: one.pass_time(COMMIT_EVERY_S + 1) or one.counted() == 3)
        assert one.store.rollups.committed_upto() == one.store.log.last_offset()


def test_a_checkpoint_that_does_not_fit_is_tried_again_with_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with rig(tmp_path / "t.db") as one:
        one.start()
        one.add(*[enqueued(f"{n * 7_919:x}-{n * 104_729:x}", tenant=str(n)) for n in range(9_000)])
        assert one.open_jobs() == 9_000
        until(lambda: one.pass_time(COMMIT_EVERY_S + 1) or one.counted() == 9_000)
        pages(
            one.store, "pragma max_page_count = " + str(pages(one.store, "pragma page_count") + 9)
        )
        one.pass_time(CHECKPOINT_EVERY_S)
        until(lambda: "checkpoint could not be saved" in caplog.text)
        assert one.store.checkpoints.latest() is None

        pages(one.store, "pragma max_page_count = 1000000")
        one.add(enqueued("last"))
        until(lambda: one.pass_time(CHECKPOINT_EVERY_S) or one.store.checkpoints.latest())


def pages(store: SqliteStore, pragma: str) -> int:
    found: int = store._writer.call(lambda c: c.execute(pragma).fetchone()[0]).result()
    return found


def test_lost_jobs_are_derived_again_until_they_are_in_the_log_and_then_once(
    tmp_path: Path,
) -> None:
    with rig(tmp_path / "t.db") as one:
        one.start()
        until(lambda: one.looks)
        for source in ("shop", "crm"):
            started = WireEvent(kind="started", at=T0, id="j", queue="q", worker="w", attempt=1)
            beat = WireWorker(id="w", queues=("q",), every_s=1.0, running=("j",))
            one.add(started, workers=[beat], source=source)
        assert one.open_jobs() == 2
        with locked(one.path):
            one.pass_time(100)
            until(lambda: one.engine._lost._seq >= 2)
            until(lambda: one.pass_time(10) or one.engine._lost._seq >= 4)
        until(lambda: one.pass_time(10) or len(derived(one.store)) == 2)
        looks = one.looks
        until(lambda: one.pass_time(10) or one.looks > looks + 2)

        assert sorted(derived(one.store)) == ["crm", "shop"]


def test_lost_jobs_wait_for_room_in_a_store_that_has_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with rig(tmp_path / "t.db", max_queued_bytes=1_000) as one:
        one.start()
        until(lambda: one.looks)
        started = WireEvent(kind="started", at=T0, id="j", queue="q", worker="w", attempt=1)
        one.add(started, workers=[WireWorker(id="w", queues=("q",), every_s=1.0)])
        assert one.open_jobs() == 1
        with held(one.store):
            one.pass_time(100)
            until(lambda: "lost jobs cannot be noted yet" in caplog.text)
            until(lambda: one.pass_time(10) or "counts could not be committed yet" in caplog.text)
        until(lambda: one.pass_time(10) or derived(one.store) == ["shop"])


@contextmanager
def held(store: SqliteStore) -> Iterator[None]:
    """Keep the writer's thread busy, as a slow disk would, with the queue full."""
    go_on = threading.Event()
    working = store._writer.call(lambda _connection: go_on.wait(30), cost=400)
    yield
    go_on.set()
    working.result(30)


def derived(store: SqliteStore) -> list[str]:
    batches = [batch for _, batch in store.log.read(after=0)]
    return [b.source for b in batches if b.producer and b.producer.startswith("tailback:")]
