"""What only the embedded engine promises: group commit, bounded memory, and clear errors that pass."""

import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tailback.core.rollups import Deltas
from tailback.store.base import LogBatch
from tailback.store.errors import (
    StoreBusyError,
    StoreClosedError,
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreUnavailableError,
)
from tailback.store.sqlite import connection as connection_module
from tailback.store.sqlite.connection import open_writer, translate
from tailback.store.sqlite.segments import SegmentAppender
from tailback.store.sqlite.store import SqliteStore
from tailback.store.sqlite.writer import Stored, Writer

KIB = 1024


def batch(seq: int, size: int = 100) -> LogBatch:
    return LogBatch("p", seq, "shop", 1000.0, os.urandom(size))


@contextmanager
def another_writer(path: Path) -> Iterator[None]:
    """Hold the write lock of the file, as another process would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        yield
        other.execute("rollback")


def rows(path: Path, sql: str) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def test_what_is_queued_during_a_commit_shares_the_next_one(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db") as store:
        with another_writer(tmp_path / "x.db"):
            futures = [store.log.submit(batch(seq)) for seq in range(1, 41)]
            assert not any(future.done() for future in futures)
        assert [future.result() for future in futures] == list(range(1, 41))

    segments = rows(tmp_path / "x.db", "select first_offset, last_offset from segment order by 1")
    # The writer may have taken the first few before the others were queued; all of these waited.
    assert len(segments) <= 2


def test_a_large_group_becomes_segments_of_a_bounded_size(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db") as store:
        with another_writer(tmp_path / "x.db"):
            futures = [store.log.submit(batch(seq, 1500 * KIB)) for seq in range(1, 9)]
        assert [future.result() for future in futures] == list(range(1, 9))
        assert [offset for offset, _ in store.log.read(after=0)] == list(range(1, 9))

    assert all(
        size[0] <= 4.1 * KIB * KIB for size in rows(tmp_path / "x.db", "select bytes from segment")
    )


def test_more_than_the_store_may_hold_is_refused_until_there_is_room(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db", max_queued_bytes=300 * KIB) as store:
        with another_writer(tmp_path / "x.db"):
            accepted = [
                store.log.submit(batch(1, 100 * KIB)),
                store.log.submit(batch(2, 100 * KIB)),
            ]
            with pytest.raises(
                StoreBusyError, match=r"\d+ KiB wait to be written to .*x\.db"
            ) as refused:
                for seq in range(3, 10):
                    accepted.append(store.log.submit(batch(seq, 99 * KIB)))
            assert refused.value.retry_after_s == 1.0
        assert [future.result() for future in accepted] == list(range(1, len(accepted) + 1))

        assert store.log.append([batch(20, 250 * KIB)]) == [len(accepted) + 1]


def test_one_batch_larger_than_the_limit_is_taken_when_nothing_else_waits(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db", max_queued_bytes=KIB) as store:
        assert store.log.append([batch(1, 64 * KIB)]) == [1]


def test_a_full_disk_acknowledges_nothing_and_passes_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with SqliteStore(path) as store:
        store.log.append([batch(1)])
        limit_pages(store, 60)
        acked = [1]
        with pytest.raises(
            StoreFullError,
            match=r"x\.db cannot grow, the disk is full. Free space; nothing has to be restarted",
        ) as full:
            for seq in range(2, 100):
                acked += store.log.append([batch(seq, 8 * KIB)])
        assert full.value.retry_after_s is not None
        assert [offset for offset, _ in store.log.read(after=0)] == acked
        with pytest.raises(StoreFullError):
            store.checkpoints.save(0, os.urandom(900 * KIB), now=1.0)
        assert store.checkpoints.latest() is None

        limit_pages(store, 1_000_000)
        again = store.log.append([batch(seq, 8 * KIB) for seq in range(2, 100)])

        assert again == list(range(2, 100))
        assert [entry.seq for _, entry in store.log.read(after=0)] == list(range(1, 100))


def limit_pages(store: SqliteStore, pages: int) -> None:
    store._writer.call(
        lambda connection: connection.execute(f"pragma max_page_count = {pages}").fetchall()
    ).result()


@pytest.mark.skipif(
    os.geteuid() != 0 or sys.platform != "linux",
    reason="mounting a small disk needs root on Linux",
)
def test_a_really_full_disk_acknowledges_nothing_and_passes(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        ballast = disk / "ballast"
        with SqliteStore(disk / "x.db") as store:
            store.log.append([batch(1)])
            fill(ballast)
            with pytest.raises(StoreFullError):
                store.log.append([batch(2, 200 * KIB)])
            assert [entry.seq for _, entry in store.log.read(after=0)] == [1]

            ballast.unlink()
            assert store.log.append([batch(2, 200 * KIB)]) == [2]
        with SqliteStore(disk / "x.db") as store:
            assert [entry.seq for _, entry in store.log.read(after=0)] == [1, 2]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return


def test_a_lock_that_stays_is_told_and_passes(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with SqliteStore(path, busy_timeout_ms=20) as store:
        with (
            another_writer(path),
            pytest.raises(StoreLockedError, match=r"x\.db is locked by another process"),
        ):
            store.log.append([batch(1)])
        assert list(store.log.read(after=0)) == []

        assert store.log.append([batch(1)]) == [1]


def test_reading_never_waits_for_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with SqliteStore(path) as store:
        store.log.append([batch(1)])
        with another_writer(path):
            assert [offset for offset, _ in store.log.read(after=0)] == [1]
            assert store.rollups.committed_upto() == 0


def test_a_damaged_segment_is_told_with_its_offsets(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with SqliteStore(path) as store:
        for seq in (1, 2, 3):
            store.log.append([batch(seq)])
    for change in ("zeroblob(50)", "substr(blob, 1, length(blob) - 9)"):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(f"update segment set blob = {change} where first_offset = 2")
        with SqliteStore(path) as store:
            with pytest.raises(StoreCorruptError, match="segment with offsets 2 to 2 is damaged"):
                list(store.log.read(after=1))
            assert [offset for offset, _ in store.log.read(after=2)] == [3]


def test_a_segment_with_too_few_batches_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with SqliteStore(path) as store:
        store.log.append([batch(1)])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update segment set last_offset = 2")

    with SqliteStore(path) as store, pytest.raises(StoreCorruptError, match="it holds 1 batches"):
        list(store.log.read(after=0))


def test_a_torn_page_is_told_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with SqliteStore(path) as store:
        store.log.append([batch(seq, 3000) for seq in range(50)])
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))

    with pytest.raises(StoreCorruptError, match=r"x\.db is damaged"):
        store = SqliteStore(path)
        try:
            list(store.log.read(after=0))
        finally:
            store.close()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        StoreUnavailableError, match=r"missing/x\.db cannot be opened: No such file or directory"
    ):
        SqliteStore(tmp_path / "missing" / "x.db")


def test_only_one_server_holds_a_file_and_the_next_takes_over(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db") as first, SqliteStore(tmp_path / "x.db") as second:
        first.hold()
        first.hold()
        with pytest.raises(StoreLockedError, match=r"Another Tailback server uses .*x\.db"):
            second.hold()
        # A command beside the server may still make a token.
        secret, token = second.tokens.create("read", now=1.0)
        assert first.tokens.find(secret) == token

        first.close()
        second.hold()


def test_two_processes_that_append_never_share_an_offset(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db") as one, SqliteStore(tmp_path / "x.db") as two:
        assert one.log.append([batch(1)]) == [1]
        assert two.log.append([batch(2)]) == [2]
        assert one.log.append([batch(2), batch(3)]) == [2, 3]


def half_done(connection: sqlite3.Connection) -> None:
    connection.execute("insert into meta values ('half', 'done')")
    connection.execute("nonsense")


def test_work_that_fails_undoes_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with SqliteStore(path) as store:
        with another_writer(path):
            before = store.log.submit(batch(1))
            bad = store._writer.call(half_done)
            after = store.log.submit(batch(2))
            counted = store.rollups.submit(2, Deltas())
        assert (before.result(), after.result(), counted.result()) == (1, 2, None)
        with pytest.raises(StoreError, match="nonsense"):
            bad.result()
        assert store.meta.get("half") is None


def test_an_error_that_names_nothing_known_is_called_a_fault_of_ours(tmp_path: Path) -> None:
    told = translate(sqlite3.OperationalError("no such table: x"), tmp_path)

    assert type(told) is StoreError
    assert "no such table: x. This is a fault of Tailback" in str(told)


class FaultyOnce(SegmentAppender):
    """Fails the first time it is used, as a fault of ours would."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = False
        self.fault: Exception = ZeroDivisionError("half way")

    def append(
        self, connection: sqlite3.Connection, batches: Sequence[LogBatch]
    ) -> tuple[list[int], Stored]:
        found = super().append(connection, batches)
        if not self.failed:
            self.failed = True
            raise self.fault
        return found


def test_a_fault_of_ours_fails_its_group_and_not_the_next(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    SqliteStore(path).close()
    writer = Writer(open_writer(path, "FULL"), path, FaultyOnce())
    with pytest.raises(
        StoreError, match=r"ZeroDivisionError\('half way'\)\. This is a fault of Tailback"
    ):
        writer.submit(batch(1)).result()

    assert writer.submit(batch(2)).result() == 1
    writer.close()
    with SqliteStore(path) as store:
        assert [entry.seq for _, entry in store.log.read(after=0)] == [2]


def test_an_error_of_the_store_keeps_its_own_words(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    SqliteStore(path).close()
    faulty = FaultyOnce()
    faulty.fault = StoreCorruptError("Offsets are missing. Restore a backup.")
    writer = Writer(open_writer(path, "FULL"), path, faulty)
    with pytest.raises(StoreCorruptError, match="Offsets are missing"):
        writer.submit(batch(1)).result()
    writer.close()


def test_a_cancelled_future_is_never_stored(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with SqliteStore(path) as store:
        with another_writer(path):
            running = store.log.submit(batch(1))
            waiting = [store.log.submit(batch(seq)) for seq in (2, 3)]
            while running.running() is False and not running.cancelled():
                running.cancel()
            assert waiting[0].cancel()
        assert waiting[1].result() > 0
        assert 2 not in [entry.seq for _, entry in store.log.read(after=0)]


def test_readers_wait_for_a_free_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "MAX_READERS", 1)
    got: list[int] = []
    with SqliteStore(tmp_path / "x.db") as store:
        with store._readers.reading():
            thread = threading.Thread(target=lambda: got.append(store.log.last_offset()))
            thread.start()
            assert got == []
        thread.join()

    assert got == [0]


def test_readers_that_wait_are_told_when_the_store_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "MAX_READERS", 1)
    store = SqliteStore(tmp_path / "x.db")
    told: list[str] = []

    def read() -> None:
        with pytest.raises(StoreClosedError) as closed:
            store.log.last_offset()
        told.append(str(closed.value))

    threads = [threading.Thread(target=read) for _ in range(3)]
    with store._readers.reading():
        for thread in threads:
            thread.start()
        store.close()
    for thread in threads:
        thread.join()

    assert told == [f"{store.path} is closed; the server is stopping."] * 3
    with pytest.raises(StoreClosedError):
        store.log.last_offset()


def test_a_fault_that_stays_is_logged_once_and_its_end_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "x.db"
    with SqliteStore(path, busy_timeout_ms=1) as store:
        with another_writer(path):
            for seq in range(4):
                with pytest.raises(StoreLockedError):
                    store.log.append([batch(seq)])
        store.log.append([batch(1), batch(2)])

    assert [record.message for record in caplog.records] == [
        "the store cannot write",
        "the store writes again",
    ]


def test_the_audit_cannot_be_changed_in_the_database(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with SqliteStore(path) as store:
        store.audit.add("ana", "ack", "episode", now=1.0)
    with closing(sqlite3.connect(path)) as connection:
        for sql in ("update audit set actor = 'bo'", "delete from audit"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(sql)


def test_the_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db") as store:
        store.hold()
        store.log.append([batch(1)])

        assert {
            path.name: path.stat().st_mode & 0o077 for path in tmp_path.iterdir()
        } == dict.fromkeys(("x.db", "x.db-wal", "x.db-shm", "x.db.lock"), 0)


def test_a_lock_beside_the_file_ends_with_the_store(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "x.db") as store:
        store.hold()
    with (tmp_path / "x.db.lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
