"""The one thread that writes, with group commit.

Whatever is queued while one transaction is being synced to the disk becomes the next transaction:
under load many batches share one sync, and a lone batch waits for nobody. A future is resolved
only after the commit that holds its work. When a transaction fails, all of its work fails with
the same clear error, the in-memory state is as before, and the next transaction starts anew; so
the writer goes on by itself once a full disk has space again.
"""

import collections
import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tailback.store.base import Listener, LogBatch, Offset
from tailback.store.errors import StoreBusyError, StoreClosedError, StoreError
from tailback.store.sqlite.connection import translate

MAX_QUEUED_BYTES = 64 * 1024 * 1024
MAX_GROUP_BYTES = 8 * 1024 * 1024
ITEM_BYTES = 512
"""What a queued piece of work costs in memory besides its payload, about."""

T = TypeVar("T")
Stored = list[tuple[Offset, LogBatch]]

_log = logging.getLogger(__name__)


class Appender(Protocol):
    """Stores batches inside the open transaction."""

    def append(
        self, connection: sqlite3.Connection, batches: Sequence[LogBatch]
    ) -> tuple[list[Offset], Stored]:
        """Return the offset of each batch, and those that were not stored before."""
        ...

    def forget(self) -> None:
        """Drop what was remembered of a transaction that did not commit."""
        ...


@dataclass(slots=True)
class _Item:
    """One queued piece of work: a batch for the log, or a call."""

    future: Future[Any]
    cost: int
    batch: LogBatch | None = None
    work: Callable[[sqlite3.Connection], Any] | None = None


class Writer:
    """Owns the writing connection and its thread."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        appender: Appender,
        *,
        max_queued_bytes: int = MAX_QUEUED_BYTES,
    ) -> None:
        self._connection = connection
        self._path = path
        self._appender = appender
        self._max_queued_bytes = max_queued_bytes
        self._wake = threading.Condition()
        self._queue: collections.deque[_Item] = collections.deque()
        self._queued_bytes = 0
        self._closing = False
        self._failing = False
        self._listeners: list[Listener] = []
        self._thread = threading.Thread(target=self._run, name="tailback-store", daemon=True)
        self._thread.start()

    def submit(self, batch: LogBatch) -> Future[Offset]:
        """Queue one batch; its future resolves after the commit."""
        return self._put(_Item(Future(), len(batch.payload) + ITEM_BYTES, batch=batch))

    def call(self, work: Callable[[sqlite3.Connection], T], *, cost: int = 0) -> Future[T]:
        """Queue `work` to run in a transaction; when it raises, only its own changes are undone.

        `cost` is about how many bytes it holds in memory until it is done.
        """
        return self._put(_Item(Future(), cost + ITEM_BYTES, work=work))

    def execute(self, sql: str, row: Mapping[str, Any], *, cost: int = 0) -> Future[int]:
        """Queue one statement; the future resolves to the number of rows it changed."""
        return self.call(lambda connection: connection.execute(sql, row).rowcount, cost=cost)

    def follow(self, listener: Listener) -> None:
        """Call `listener` after each commit with the batches newly stored."""
        with self._wake:
            self._listeners = [*self._listeners, listener]

    def close(self) -> None:
        """Finish what is queued, then stop; returns when the file is closed."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._thread.join()

    def _put(self, item: _Item) -> Future[Any]:
        with self._wake:
            if self._closing:
                raise StoreClosedError(f"{self._path} is closed; the server is stopping.")
            if self._queued_bytes and self._queued_bytes + item.cost > self._max_queued_bytes:
                raise StoreBusyError(
                    f"{self._queued_bytes // 1024} KiB wait to be written to {self._path}; "
                    "repeat in a moment."
                )
            self._queued_bytes += item.cost
            self._queue.append(item)
            self._wake.notify_all()
        return item.future

    def _run(self) -> None:
        while group := self._take():
            self._commit(group)
        self._connection.close()

    def _take(self) -> list[_Item]:
        """Wait for work and return as much as one transaction may hold; empty when all is done."""
        with self._wake:
            self._wake.wait_for(lambda: self._queue or self._closing)
            group: list[_Item] = []
            room = MAX_GROUP_BYTES
            while self._queue and (not group or self._queue[0].cost <= room):
                item = self._queue.popleft()
                room -= item.cost
                group.append(item)
            return group

    def _commit(self, group: list[_Item]) -> None:
        wanted = [item for item in group if item.future.set_running_or_notify_cancel()]
        stored: Stored = []
        try:
            self._connection.execute("begin immediate")
            results = self._work(wanted, stored)
            self._connection.execute("commit")
        except Exception as error:  # noqa: BLE001 - whatever it was, nobody may be left waiting
            failure = self._undo(error)
            results = [(item.future, None, failure) for item in wanted]
            stored = []
        else:
            if self._failing:
                _log.warning("the store writes again", extra={"path": str(self._path)})
            self._failing = False
        self._release(group)
        self._tell(stored)
        for future, result, problem in results:
            if problem is None:
                future.set_result(result)
            else:
                future.set_exception(problem)

    def _work(
        self, group: list[_Item], stored: Stored
    ) -> list[tuple[Future[Any], Any, Exception | None]]:
        """Do the group's work in order; consecutive batches go to the log together."""
        results: list[tuple[Future[Any], Any, Exception | None]] = []
        batches: list[_Item] = []
        for item in group:
            if item.batch is not None:
                batches.append(item)
                continue
            self._append(batches, stored, results)
            batches = []
            results.append((item.future, *self._call(item)))
        self._append(batches, stored, results)
        return results

    def _append(
        self,
        items: list[_Item],
        stored: Stored,
        results: list[tuple[Future[Any], Any, Exception | None]],
    ) -> None:
        if not items:
            return
        offsets, new = self._appender.append(
            self._connection, [item.batch for item in items if item.batch is not None]
        )
        stored.extend(new)
        results.extend(
            (item.future, offset, None) for item, offset in zip(items, offsets, strict=True)
        )

    def _call(self, item: _Item) -> tuple[Any, Exception | None]:
        assert item.work is not None
        self._connection.execute("savepoint work")
        try:
            result = item.work(self._connection)
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # SQLite gave the whole transaction up, so the whole group failed
            self._connection.execute("rollback to work")
            self._connection.execute("release work")
            return None, translate(error, self._path) if isinstance(
                error, sqlite3.Error
            ) else error
        self._connection.execute("release work")
        return result, None

    def _undo(self, error: Exception) -> Exception:
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("rollback")
        self._appender.forget()
        if isinstance(error, sqlite3.Error):
            failure = translate(error, self._path)
        elif isinstance(error, StoreError):
            failure = error
        else:
            failure = StoreError(
                f"{self._path}: {error!r}. "
                "This is a fault of Tailback; please report it with this text."
            )
            failure.__cause__ = error
        if not self._failing:  # once, not at every attempt while a disk stays full
            _log.error("the store cannot write", extra={"error": str(failure)})
        self._failing = True
        return failure

    def _release(self, group: list[_Item]) -> None:
        with self._wake:
            self._queued_bytes -= sum(item.cost for item in group)

    def _tell(self, stored: Stored) -> None:
        if not stored:
            return
        for listener in self._listeners:
            try:
                listener(stored)
            except Exception:  # noqa: BLE001 - see below
                # The batches are durable: a failing follower must not turn the ack into an error.
                _log.exception("a follower of the log failed")
