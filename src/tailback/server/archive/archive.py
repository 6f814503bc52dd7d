"""Keeps the jobs that ended: takes them from the engine, packs them aside, writes them in blocks.

The newest block stays open: it is written again, larger, with every checkpoint. `flush` runs
before a checkpoint is saved, and a restart drops what the replay ends again up to `kept_upto`,
so every end is kept once.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence

from tailback.core.ledger import Ledger
from tailback.core.ledger.ended import EndedJob
from tailback.server.archive.block import Parts, encode, hashes_of, may_hold
from tailback.store.base import Offset
from tailback.store.ended import EndedBlock, EndedStore

BLOCK_JOBS = 4_000
READ_BLOCKS = 64
NEWEST = 2**62

Taken = Sequence[tuple[str, Sequence[tuple[str, bytes]]]]


class Archive:
    """The jobs that ended; safe from any thread."""

    def __init__(self, store: EndedStore, *, block_jobs: int = BLOCK_JOBS) -> None:
        """Go on after what `store` keeps."""
        self._store = store
        self._block_jobs = block_jobs
        self._lock = threading.Lock()
        self._pending: deque[tuple[Ledger, Taken, Offset]] = deque()
        self._ledger: Ledger | None = None
        self._open: list[EndedJob] = []
        self._open_id = store.last_id() + 1
        self._packed: tuple[int, Parts] | None = None
        self._written = 0
        self._upto = self._kept = store.kept_upto()

    def kept_upto(self) -> Offset:
        """Return the offset up to which everything that ended is kept."""
        return self._kept

    def take(self, ledger: Ledger, upto: Offset) -> None:
        """Take what ended up to an offset; on the ledger's thread."""
        taken = ledger.take_ended()
        if taken:
            self._pending.append((ledger, taken, upto))

    def settle(self) -> bool:
        """Read what was taken; write when a block is full. Returns whether there was anything."""
        with self._lock:
            before = len(self._open)
            self._read()
            if len(self._open) >= self._block_jobs:
                self._write()
            return len(self._open) != before

    def flush(self) -> None:
        """Keep everything that was taken."""
        with self._lock:
            self._read()
            if len(self._open) != self._written:
                self._write()

    def blocks(
        self, marks: Sequence[Sequence[str]] = (), before: int = NEWEST
    ) -> Iterator[tuple[int, bytes, bytes, bytes | None]]:
        """Yield (number, terms, keys, body or None) of blocks before one, the newest first.

        Of each group of marks a block must have one; without any, all blocks come, closed.
        """
        number, parts = self._fresh()
        wanted = hashes_of(marks)
        if parts is not None and number < before and may_hold(parts.ids, wanted):
            yield number, parts.terms, parts.keys, parts.body
        before = min(before, number)
        if wanted:
            yield from self._marked(wanted, before)
            return
        while found := self._store.keys_before(before, READ_BLOCKS):
            for kept, terms, keys in found:
                yield kept, terms, keys, None
            before = found[-1][0]

    def _marked(
        self, wanted: Sequence[Sequence[int]], before: int
    ) -> Iterator[tuple[int, bytes, bytes, bytes | None]]:
        while found := self._store.ids_before(before, READ_BLOCKS):
            for number, ids in found:
                block = self._store.block(number) if may_hold(ids, wanted) else None
                if block is not None:
                    yield block
            before = found[-1][0]

    def block(self, number: int) -> tuple[bytes, bytes, bytes] | None:
        """Return terms, keys and body of one block."""
        fresh, parts = self._fresh()
        if parts is not None and fresh == number:
            return parts.terms, parts.keys, parts.body
        found = self._store.block(number)
        return None if found is None else found[1:]

    def _fresh(self) -> tuple[int, Parts | None]:
        """Return the open block's number, and the block with everything that was taken."""
        with self._lock:
            self._read()
            if not self._open or self._ledger is None:
                return self._open_id, None
            if self._packed is None or self._packed[0] != len(self._open):
                self._packed = (len(self._open), _pack(self._open, self._ledger))
            return self._open_id, self._packed[1]

    def _read(self) -> None:
        while self._pending:
            ledger, taken, upto = self._pending.popleft()
            self._ledger = ledger
            jobs = [
                ledger.ended(source, id_, history)
                for source, ended in taken
                for id_, history in ended
            ]
            # Sources report each at their own pace; what came together is put in order.
            self._open += sorted(jobs, key=_ended_at)
            self._upto = upto

    def _write(self) -> None:
        """Write the open jobs; all blocks but the last are full and closed."""
        if self._ledger is None:
            return
        size = self._block_jobs
        groups = [self._open[at : at + size] for at in range(0, len(self._open), size)]
        last = len(groups) - 1
        self._store.put(
            [
                self._block(self._open_id + n, group, self._upto if n == last else self._kept)
                for n, group in enumerate(groups)
            ]
        )
        self._kept = self._upto
        full = len(groups[-1]) == size
        self._open = [] if full else groups[-1]
        self._open_id += last + full
        self._written = len(self._open)
        self._packed = None

    def _block(self, number: int, jobs: Sequence[EndedJob], upto: Offset) -> EndedBlock:
        assert self._ledger is not None
        parts = _pack(jobs, self._ledger)
        return EndedBlock(
            id=number,
            upto=upto,
            ended_to=max(job.ended_at for job in jobs),
            terms=parts.terms,
            ids=parts.ids,
            keys=parts.keys,
            body=parts.body,
        )


def _ended_at(job: EndedJob) -> float:
    return job.ended_at


def _pack(jobs: Sequence[EndedJob], ledger: Ledger) -> Parts:
    errors = ledger.shared.errors
    return encode(jobs, lambda number: (dict(errors.errors[number]), errors.reasons[number]))
