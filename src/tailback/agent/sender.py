"""The way of an event out of this process: a bounded deque, one daemon thread, one connection.

Hooks only append a tuple. The thread is started by the first event of each process (a forked
child starts its own and leaves its parent's events to the parent), gathers for `flush_s`,
encodes, and sends; what cannot be sent waits in the spool.
"""

import contextlib
import encodings.idna
import json
import os
import random
import socket
import sys
import threading
import uuid
from collections import deque

from tailback import clock
from tailback.agent import beats as every
from tailback.agent import log
from tailback.agent.batch import Batch, Spool
from tailback.agent.beats import Beats
from tailback.agent.encode import chunks
from tailback.agent.errors import capture
from tailback.agent.guard import swallow
from tailback.agent.hooks import installed
from tailback.agent.line import Line, fate_of
from tailback.agent.marks import Marks
from tailback.agent.release import __version__
from tailback.agent.transport import Transport
from tailback.agent.voice import Voice
from tailback.core import wording_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from tailback.agent.encode import Entry
    from tailback.agent.marks import Mark
    from tailback.agent.settings import Settings
    from tailback.agent.transport import Answer

# Spreads the retries of a fleet; not the app's own generator, whose numbers may be expected.
_own = random.SystemRandom()
# What is kept in memory, 8 MiB together: the spool; the buffer, which has what the spool does not
# need; texts of errors that are not encoded yet; one batch on its way.
SPOOL_BYTES = 5_632 * 1024
BUFFER_BYTES = 5_632 * 1024  # shared with the spool, but for the room of the fewest events
ENTRY_BYTES = 512
BUFFER_EVENTS = range(2_000, 10_001)
ERROR_TEXT_BYTES = 1024 * 1024
BATCH_BYTES = 512 * 1024

WAKE_EVENTS = 500
BATCH_EVENTS = 500
LONGEST_REST_S = 60.0
EXIT_FLUSH_S = 2.0
PATH = "/api/v1/events"
JSON = {"Content-Type": "application/json"}
GZIP_JSON = {**JSON, "Content-Encoding": "gzip"}

# The thread must import nothing: a fork in the middle of an import leaves the child a module
# lock that nobody will ever release. This one is what `socket` would import for a host name.
_ = encodings.idna


class Sender:
    """The sending side of one process; `forked` makes a child's copy the child's own."""

    def __init__(self, settings: "Settings") -> None:
        self.settings = settings
        self._transport = Transport(settings.dsn)
        self.forked()

    def forked(self) -> None:
        """Begin anew: of another process's events, locks, sockets and numbers nothing stays."""
        self.buffer: deque[Entry] = deque()
        # More entries than this in the buffer ask for attention; 0 while the thread rests.
        self.calm = 0
        self._most = BUFFER_EVENTS[-1]
        self.beats = Beats()
        self._marks = Marks()
        self.producer = ""
        # Re-entrant, because a signal handler of the app may emit while this thread holds it.
        self._room = threading.RLock()
        self._error_bytes = 0
        self._overflow = 0
        self._thread: threading.Thread | None = None
        self._starting = False
        self._wake = threading.Lock()
        self._waiters: deque[threading.Lock] = deque()
        self._spool = Spool(SPOOL_BYTES)
        self._sending: Batch | None = None
        self._line = Line()
        self._transport.abandon()
        self._transport = Transport(self.settings.dsn)
        self._seq = 0
        self._beat_at = 0.0
        self._voice = Voice(self.settings.dsn.shown)
        self._exited = False

    # Called by the app's threads; they hold a lock for a few instructions at most.

    def attend(self) -> None:
        """Start or wake the thread; when it cannot keep up, drop the oldest events."""
        waiting = len(self.buffer)
        self.calm = WAKE_EVENTS if waiting <= WAKE_EVENTS else self._most
        if waiting > self._most:
            self._drop_oldest()
        if self._thread is None and not self._start():
            return
        self._signal()

    def keep_error(self, error: "BaseException | Mapping[str, object]") -> "dict[str, object]":
        """Return what the event keeps of an error; without trace when too many texts wait."""
        kept = capture(error) if isinstance(error, BaseException) else dict(error)
        with self._room:
            if self._error_bytes > ERROR_TEXT_BYTES:
                kept["trace"] = None
            self._error_bytes += _text_size(kept)
        return kept

    def flush(self, timeout_s: float) -> bool:
        """Send what waits and return whether everything is accepted; at most `timeout_s`.

        Gives up at the first failure: a server that is down costs one attempt.
        """
        if self._thread is None and (self._idle() or not self._start()):
            return self._idle()
        done = threading.Lock()
        done.acquire()
        self._waiters.append(done)
        self._signal()
        done.acquire(timeout=timeout_s)
        return self._idle()

    def mark(self, mark: "Mark") -> None:
        """Take a deploy mark or a counter step."""
        self._marks.add(mark)
        self.attend()

    def beat_soon(self) -> None:
        """Send a heartbeat as soon as the line is free."""
        self._beat_at = 0.0
        self.attend()

    def at_exit(self) -> None:
        """Give the last events a short chance, once."""
        if not self._exited:
            self._exited = True
            self.flush(EXIT_FLUSH_S)

    def _idle(self) -> bool:
        return not (self.buffer or self._spool or self._sending or self._marks)

    def _signal(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._wake.release()

    def _drop_oldest(self) -> None:
        with self._room, contextlib.suppress(IndexError):
            while len(self.buffer) > self._most:
                self._forget_text(self.buffer.popleft())
                self._overflow += 1

    def _forget_text(self, entry: "Entry") -> None:
        error = entry[5]
        if error is not None:
            with self._room:
                self._error_bytes = max(0, self._error_bytes - _text_size(error))

    def _start(self) -> bool:
        with self._room:
            if self._thread is not None or self._starting:
                return True  # another thread was faster, or a signal handler came in between
            self._starting = True
            try:
                self._thread = self._started()
            finally:
                self._starting = False
            return self._thread is not None

    def _started(self) -> threading.Thread | None:
        self.producer = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        # Made here, not in `forked`: gevent may have put its own locks in place since.
        self._wake = threading.Lock()
        self._wake.acquire()
        thread = threading.Thread(target=self._run, name="tailback-sender", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads, or the interpreter is going down
            self.calm = self._most
            return None
        _flush_at_exit_of_children(self)
        return thread

    # Called by the sender thread alone.

    def _run(self) -> None:
        while True:
            try:
                self._rest()
                self._turn()
            except Exception as error:  # noqa: BLE001 - it must outlive every mistake of ours
                swallow(error, "tailback.agent.sender")
                self._wake.acquire(timeout=1.0)

    def _rest(self) -> None:
        """Wait for something to do, then gather for a while."""
        self.calm = 0
        if not self.buffer and not self._waiters:
            self._wake.acquire(timeout=self._rest_s(clock.monotonic()))
        if not self._waiters and len(self.buffer) <= WAKE_EVENTS:
            self._wake.acquire(timeout=self.settings.flush_s)

    def _rest_s(self, now: float) -> float:
        until = now + LONGEST_REST_S
        if self._spool or self._spool.lost or self._marks:
            until = min(until, self._line.open_at)
        elif self.beats:
            until = min(until, self._beat_at)
        return max(0.0, until - now)

    def _turn(self) -> None:
        waiters = [self._waiters.popleft() for _ in range(len(self._waiters))]
        try:
            self.form()
            self._deliver(at_once=bool(waiters))
            if self._beat(clock.monotonic()):
                self._deliver(at_once=False)
            self._deliver_marks(at_once=bool(waiters) and not self._line.failures)
        finally:
            for waiter in waiters:
                waiter.release()

    def form(self) -> None:
        """Encode what is in the buffer into batches of the spool."""
        for _ in range(self._most // BATCH_EVENTS + 1):
            entries = self._taken()
            if not entries:
                break
            parts: list[bytes] = []
            size = count = unwritten = 0
            for text, written, left_out in chunks(entries, self.settings.release):
                if parts and size + len(text) > BATCH_BYTES:
                    self._add(parts, count, unwritten)
                    parts, size, count, unwritten = [], 0, 0, 0
                if written:
                    parts.append(text)
                size += len(text)
                count += written
                unwritten += left_out
            self._add(parts, count, unwritten)
        if (self._overflow or self._spool.lost) and not self._spool:
            self._add([], 0, 0)
        room = (BUFFER_BYTES - self._spool.bytes) // ENTRY_BYTES
        self._most = min(max(room, BUFFER_EVENTS[0]), BUFFER_EVENTS[-1])

    def _taken(self) -> "list[Entry]":
        entries: list[Entry] = []
        with contextlib.suppress(IndexError):
            while len(entries) < BATCH_EVENTS:
                entry = self.buffer.popleft()
                self._forget_text(entry)
                entries.append(entry)
        return entries

    def _add(
        self, parts: "list[bytes]", count: int, unwritten: int, workers: bytes = b"[]"
    ) -> None:
        with self._room:
            overflow, self._overflow = self._overflow, 0
        dropped = overflow + unwritten + self._spool.take_lost()
        batch = Batch(
            seq=self._next_seq(),
            events=b",".join(parts),
            count=count,
            dropped=dropped,
            workers=workers,
        )
        self._spool.add(batch)

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def _beat(self, now: float) -> bool:
        """Put a heartbeat last when one is due. None during an outage: it would arrive stale."""
        if not self.beats or now < self._beat_at or self._line.failures or self._spool:
            return False
        self._beat_at = now + every.EVERY_S
        self._add([], 0, 0, json.dumps(self.beats.wire(), default=str).encode())
        return True

    def _deliver(self, *, at_once: bool) -> None:
        """Send the spool, oldest first, until it is empty or something fails."""
        while self._spool and (at_once or self._line.is_open(clock.monotonic())):
            at_once = False
            if len(self.buffer) > WAKE_EVENTS:
                self.form()
            # Out of the spool, where `form` might drop it while the answer is awaited.
            batch = self._sending = self._spool.take()
            try:
                body = batch.body(self._head(), clock.now())
                answer = self._transport.post(PATH, body, GZIP_JSON, meanwhile=self.form)
            except Exception:
                self._spool.give_up(batch)
                raise
            finally:
                self._sending = None
            log.debug(wording_agent.batch_sent(batch.seq, batch.count, answer.status))
            self._settle(batch, answer)

    def _deliver_marks(self, *, at_once: bool) -> None:
        """Send deploy marks and counter steps, each at most once: they carry no number.

        One connection each, so that a request never meets one that the server just closed.
        """
        if not at_once and not self._line.is_open(clock.monotonic()):
            return
        marks = self._marks.take()
        while marks:
            path, body = marks[0]
            transport = Transport(self.settings.dsn)
            answer = transport.post(path, json.dumps(body).encode(), JSON, meanwhile=self.form)
            transport.close()
            if fate_of(answer.status) == "keep" and (answer.status or not answer.sent):
                self._marks.put_back(marks)
                self._note_failure(answer)
                return
            marks.pop(0)

    def _head(self) -> "dict[str, object]":
        return {
            "v": 1,
            "source": self.settings.dsn.source,
            "system": next(iter(installed)) if len(installed) == 1 else None,
            "agent": f"tailback-python/{__version__}",
            "producer": self.producer,
        }

    def _settle(self, batch: Batch, answer: "Answer") -> None:
        fate = fate_of(answer.status)
        if fate == "accepted":
            if self._line.worked():
                self._voice.outage_ended()
            self._voice.accepted(answer)
        elif fate == "split" and batch.count > 1:
            self._spool.put_back(*batch.halves((self._next_seq(), self._next_seq())))
        elif fate == "keep":
            self._spool.put_back(batch)
            self._note_failure(answer)
        else:
            self._spool.give_up(batch)
            self._back_off(answer)
            self._voice.refused(answer)

    def _back_off(self, answer: "Answer") -> None:
        chance = _own.random()
        self._line.failed(clock.monotonic(), chance, answer.status, answer.retry_after_s)

    def _note_failure(self, answer: "Answer") -> None:
        self._back_off(answer)
        self._voice.failed(answer, self._line.failures)


def _text_size(error: "Mapping[str, object]") -> int:
    chain = error.get("chain")
    texts = [error.get("trace"), error.get("message")]
    if isinstance(chain, (list, tuple)):
        texts.extend(one.get("message") for one in chain if isinstance(one, dict))
    return sum(len(text) for text in texts if isinstance(text, str))


def _flush_at_exit_of_children(sender: Sender) -> None:
    """Children of multiprocessing and billiard leave by `os._exit`, past `atexit`."""
    for name in ("multiprocessing.util", "billiard.util"):
        library = sys.modules.get(name)
        if library is not None:
            library.Finalize(None, sender.at_exit, exitpriority=-100)
