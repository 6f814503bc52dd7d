"""Owns the ledger: one thread applies committed batches in log order, judges, counts and saves.

Nobody else touches the ledger; `ask` runs a question on this thread. What it publishes is
immutable, so readers need no lock.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from tailback.core.ledger import Ledger
from tailback.core.ledger.checkpoint import CheckpointError
from tailback.core.ledger.failing_look import FailingLook
from tailback.server.archive import Archive
from tailback.server.counts import Counts
from tailback.server.lost import LostJobs
from tailback.server.payload import Payload, decode
from tailback.store.base import LogBatch, Offset
from tailback.store.errors import StoreError
from tailback.store.store import Store

T = TypeVar("T")
GATHER_S = 0.25
COMMIT_EVERY_S = 2.0
CHECKPOINT_EVERY_S = 60.0
ARCHIVE_BATCHES = 200
ANSWER_WITHIN_S = 30.0
MAX_BACKLOG_EVENTS = 1_000_000
STOP_WITHIN_S = 2.0

_log = logging.getLogger(__name__)


class Engine:
    """The ledger with its thread; it judges about once a second, thousands of lanes less often."""

    def __init__(
        self,
        store: Store,
        fresh: Callable[[], Ledger],
        revive: Callable[[bytes], Ledger],
        clocks: tuple[Callable[[], float], Callable[[], float]],
        archive: Archive,
    ) -> None:
        """Prepare; `clocks` are (wall clock, monotonic clock), `archive` keeps what ended."""
        self._archive = archive
        self._store = store
        self._fresh = fresh
        self._revive = revive
        self._now, self._monotonic = clocks
        self._judge: Callable[[Ledger, float], None] = lambda _ledger, _now: None
        # Only a question wakes the thread: waking it for a batch costs more than applying that.
        self._questions: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._batches: deque[tuple[Offset, LogBatch, Payload | None]] = deque()
        self._hot: dict[int, Payload] = {}
        self._thread = threading.Thread(target=self._run, name="tailback-engine", daemon=True)
        self._listening_since = 0.0
        self._lost = LostJobs(store.log)
        self._counts = Counts(store.rollups)
        self._applied: Offset = 0
        self._saved: Offset = 0
        self._saver: threading.Thread | None = None
        self._stop_by: float | None = None
        self._due = {"commit": 0.0, "judge": 0.0, "checkpoint": 0.0}
        self.ledger = fresh()
        self.backlog_events = 0

    def restore(self) -> int:
        """Rebuild the ledger from the newest checkpoint and the log; return batches replayed."""
        checkpoint = self._store.checkpoints.latest()
        counted = self._store.rollups.committed_upto()
        archived = self._archive.kept_upto()
        if checkpoint is not None:
            try:
                self.ledger = self._revive(checkpoint.blob)
                self._saved = checkpoint.offset
            except CheckpointError as error:
                # written by another version: what is still in the log is enough for most
                _log.warning("checkpoint cannot be used", extra={"why": str(error)})
        self._applied = self._saved
        self._counts.upto = counted
        replayed = 0
        for offset, batch in self._store.log.read(after=self._saved):
            if self._applied <= counted < offset:
                self.ledger.take_deltas()  # counted before the restart
            if self._applied <= archived < offset:
                self.ledger.take_ended()  # kept before the restart
            self._apply_guarded(offset, batch, None)
            replayed += 1
            if offset > archived and not replayed % ARCHIVE_BATCHES:
                self._archive.take(self.ledger, offset)
                self._archive.settle()
        if self._applied <= counted:
            self.ledger.take_deltas()
        if self._applied <= archived:
            self.ledger.take_ended()
        return replayed

    def start(self, judge: Callable[[Ledger, float], None]) -> None:
        """Follow the log and begin to judge."""
        self._judge = judge
        self._listening_since = self._now()
        self.ledger.listen(self._listening_since)
        self._due["checkpoint"] = self._monotonic() + CHECKPOINT_EVERY_S
        self._store.log.follow(self._arrived)
        self._thread.start()

    def stop(self) -> None:
        """Apply what is there and can be applied soon, commit, save a checkpoint, end the thread.

        What is not applied in time is in the log, so the next start does it.
        """
        self._stop_by = self._monotonic() + STOP_WITHIN_S
        self._questions.put(None)
        self._thread.join()

    def ask(self, question: Callable[[Ledger], T]) -> Future[T]:
        """Run `question` on the engine's thread between two batches."""
        answer: Future[T] = Future()
        self._questions.put((question, answer))
        return answer

    def failing(self, now: float) -> list[FailingLook]:
        """Return what fails in every slice; waits for the engine's thread."""
        return self.ask(lambda ledger: ledger.failing(now)).result(ANSWER_WITHIN_S)

    def keep_ended(self) -> None:
        """Hand over what ended until now; part of a question, so on the engine's thread."""
        self._archive.take(self.ledger, self._applied)

    def expect(self, payload: bytes, decoded: Payload) -> None:
        """Remember what `payload` decodes to, so that it is not decoded again after its commit."""
        self._hot[id(payload)] = decoded

    def forget(self, payload: bytes) -> None:
        """Give up what `expect` remembered; needed when the commit failed or was a repetition."""
        self._hot.pop(id(payload), None)

    def is_alive(self) -> bool:
        """Tell whether the thread runs."""
        return self._thread.is_alive()

    def _arrived(self, batches: Sequence[tuple[Offset, LogBatch]]) -> None:
        for offset, batch in batches:
            payload = self._hot.pop(id(batch.payload), None)
            self.backlog_events += len(payload.events) if payload else 1
            self._batches.append((offset, batch, payload))

    def _run(self) -> None:
        while True:
            question = self._next()
            if not self._take_all() or question is None:
                break
            if question:
                _answer(question[0], question[1], self.ledger)
            self._tick()
        self._finish(question)

    def _next(self) -> Any:
        """Return what is asked, an empty question when it is time to look, None at the end."""
        wait = min(GATHER_S, min(self._due.values()) - self._monotonic())
        try:
            return self._questions.get(timeout=max(0.0, wait))
        except queue.Empty:
            return ()

    def _take_all(self) -> bool:
        """Take the batches that are there; False when a stop leaves no time for it."""
        for _ in range(len(self._batches)):
            if self._is_out_of_time():
                return False
            self._take(*self._batches.popleft())
            self._tick()
        return not self._is_out_of_time()

    def _is_out_of_time(self) -> bool:
        return self._stop_by is not None and self._monotonic() > self._stop_by

    def _take(self, offset: Offset, batch: LogBatch, payload: Payload | None) -> None:
        self.backlog_events = max(0, self.backlog_events - (len(payload.events) if payload else 1))
        self._apply_guarded(offset, batch, payload)

    def _apply_guarded(self, offset: Offset, batch: LogBatch, payload: Payload | None) -> None:
        """Apply a batch; one that makes the ledger fail must not stop all others, now or ever."""
        try:
            self._apply(offset, batch, payload if payload is not None else decode(batch.payload))
        except Exception:  # noqa: BLE001 - see above
            self._applied = offset
            said = {"offset": offset, "source": batch.source}
            _log.exception("a batch of the log cannot be applied, going on without it", extra=said)

    def _apply(self, offset: Offset, batch: LogBatch, payload: Payload) -> None:
        self.ledger.apply(batch.source, payload.events, batch.received_at)
        if payload.workers:
            self.ledger.heartbeat(batch.source, payload.workers, batch.received_at)
        self._applied = offset
        self._lost.applied(batch)

    def _tick(self) -> None:
        at = self._monotonic()
        if at >= self._due["judge"]:
            now = self._now()
            self._guarded("judging", lambda: self._look(now))
            took = self._monotonic() - at
            # A thirtieth of the time, so that many lanes never slow what arrives; of very many
            # a tenth, so that none is looked at too late.
            pause = max(1.0, min(29 * took, 3.0), 9 * took)
            self._due["judge"] = self._monotonic() + pause
        if at >= self._due["commit"]:
            self._guarded("committing", self._commit_soon)
            self._due["commit"] = self._monotonic() + COMMIT_EVERY_S
        if at >= self._due["checkpoint"]:
            self._guarded("saving a checkpoint", self._checkpoint)
            self._due["checkpoint"] = self._monotonic() + CHECKPOINT_EVERY_S

    def _look(self, now: float) -> None:
        self._lost.derive(self.ledger, now, self._listening_since)
        self._judge(self.ledger, now)

    def _commit_soon(self) -> None:
        self.keep_ended()
        self._counts.commit(self.ledger, self._applied)

    def _commit_all(self) -> None:
        self._counts.settle()
        self._commit_soon()
        self._counts.settle()

    def _checkpoint(self) -> None:
        if self._saver is not None and self._saver.is_alive():
            return
        self._commit_all()
        if self._counts.waiting and self._applied > self._counts.upto:
            return  # the store refuses: try at the next time
        if self._applied <= self._saved:
            return
        self.keep_ended()
        upto, blob = self._applied, self.ledger.checkpoint()
        self._saved = upto
        self._saver = threading.Thread(
            target=self._save, args=(upto, blob, self._now()), name="tailback-checkpoint"
        )
        self._saver.start()

    def _save(self, upto: Offset, blob: bytes, now: float) -> None:
        try:
            self._archive.flush()
            self._store.checkpoints.save(upto, blob, now=now)
        except (StoreError, ValueError) as error:
            _log.warning("checkpoint could not be saved", extra={"why": str(error)})

    def _finish(self, question: Any) -> None:
        """Tell whoever asked that there will be no answer, and save what there is time for.

        The checkpoint of a large ledger takes seconds; without a new one the next start replays
        what came after the last, at most a minute of the log.
        """
        while True:
            if question:
                question[1].cancel()
            try:
                question = self._questions.get_nowait()
            except queue.Empty:
                break
        last = self._commit_all if self._is_out_of_time() else self._checkpoint
        self._guarded("saving at the end", last)
        if self._saver is not None:
            self._saver.join()

    @staticmethod
    def _guarded(doing: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # noqa: BLE001 - the engine must outlive any fault of one step
            _log.exception("%s failed, going on", doing)


def _answer(question: Callable[[Ledger], Any], answer: Future[Any], ledger: Ledger) -> None:
    if not answer.set_running_or_notify_cancel():
        return
    try:
        answer.set_result(question(ledger))
    except Exception as error:  # noqa: BLE001 - belongs to whoever asked
        answer.set_exception(error)
