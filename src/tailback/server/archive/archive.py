"""Keeps the jobs that ended: takes them from the engine, packs them aside, writes them in blocks.

The newest block stays open: it is written again, larger, with every checkpoint. `flush` runs
before a checkpoint is saved, and a restart drops what the replay ends again up to `kept_upto`,
so every end is kept once.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter

from tailback.core.ledger import Ledger
from tailback.core.ledger.ended import ENDED_AT, Row
from tailback.server.archive.block import Parts, encode, hashes_of, may_hold
from tailback.store.base import Offset
from tailback.store.ended import EndedBlock, EndedStore

BLOCK_JOBS = 4_000
WRITE_BLOCKS = 16
READ_BLOCKS = 64
NEWEST = 2**62

_ended_at = itemgetter(ENDED_AT)
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
        # Full blocks that are not written yet, and the jobs of the one that still grows.
        self._full: list[EndedBlock] = []
        self._open: list[Row] = []
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
        """Read what was taken; write when enough is full. Returns whether there was anything."""
        with self._lock:
            came = bool(self._pending)
            self._read()
            if len(self._full) >= WRITE_BLOCKS:
                self._write()
            return came

    def flush(self) -> None:
        """Keep everything that was taken."""
        with self._lock:
            self._read()
            if self._full or len(self._open) != self._written:
                self._write()

    def blocks(
        self, marks: Sequence[Sequence[str]] = (), before: int = NEWEST
    ) -> Iterator[tuple[int, bytes, bytes, bytes | None]]:
        """Yield (number, terms, keys, body or None) of blocks before one, the newest first.

        Of each group of marks a block must have one; without any, all blocks come, closed.
        """
        number, fresh = self._fresh()
        wanted = hashes_of(marks)
        for block in fresh:
            if block.id < before and may_hold(block.ids, wanted):
                yield block.id, block.terms, block.keys, block.body
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
        for block in self._fresh()[1]:
            if block.id == number:
                return block.terms, block.keys, block.body
        found = self._store.block(number)
        return None if found is None else found[1:]

    def _fresh(self) -> tuple[int, list[EndedBlock]]:
        """Return the blocks that are not written for good, the newest first, and where they begin.

        Everything that was taken is in them or in the store.
        """
        with self._lock:
            self._read()
            fresh = self._full[::-1]
            if self._open:
                if self._packed is None or self._packed[0] != len(self._open):
                    self._packed = (len(self._open), self._pack(self._open))
                fresh.insert(0, _block(self._open_id, 0, self._open, self._packed[1]))
            return fresh[-1].id if fresh else self._open_id, fresh

    def _read(self) -> None:
        while self._pending:
            ledger, taken, upto = self._pending.popleft()
            self._ledger = ledger
            rows = [row for source, ended in taken for row in ledger.ended(source, ended)]
            # Sources report each at their own pace; what came together is put in order.
            self._open += sorted(rows, key=_ended_at)
            self._upto = upto
            while len(self._open) >= self._block_jobs:
                self._close_block()

    def _close_block(self) -> None:
        jobs, self._open = self._open[: self._block_jobs], self._open[self._block_jobs :]
        self._full.append(_block(self._open_id, self._kept, jobs, self._pack(jobs)))
        self._open_id += 1
        self._written = 0
        self._packed = None

    def _write(self) -> None:
        """Write all in one go; only the last block says that everything is kept."""
        blocks = list(self._full)
        if self._open:
            if self._packed is None or self._packed[0] != len(self._open):
                self._packed = (len(self._open), self._pack(self._open))
            blocks.append(_block(self._open_id, self._upto, self._open, self._packed[1]))
        blocks[-1] = replace(blocks[-1], upto=self._upto)
        self._store.put(blocks)
        self._kept = self._upto
        self._full = []
        self._written = len(self._open)

    def _pack(self, jobs: Sequence[Row]) -> Parts:
        assert self._ledger is not None
        errors = self._ledger.shared.errors
        return encode(jobs, lambda number: (dict(errors.errors[number]), errors.reasons[number]))


def _block(number: int, upto: Offset, jobs: Sequence[Row], parts: Parts) -> EndedBlock:
    return EndedBlock(
        id=number,
        upto=upto,
        ended_to=max(map(_ended_at, jobs)),
        terms=parts.terms,
        ids=parts.ids,
        keys=parts.keys,
        body=parts.body,
    )
