"""Jobs that died with their worker: derived from silence, and told like any other event."""

import logging
import uuid
from concurrent.futures import Future
from functools import partial
from typing import Any

from tailback.core.ledger import Ledger
from tailback.server.payload import Payload, encode, event_struct
from tailback.store.base import EventLog, LogBatch, Offset
from tailback.store.errors import StoreError

_log = logging.getLogger(__name__)


class LostJobs:
    """Appends what is derived to the log, so that a replay makes the same decisions."""

    def __init__(self, log: EventLog) -> None:
        """Append to `log`, under a name of this start's own."""
        self._log = log
        self._producer = f"tailback:{uuid.uuid4().hex}"
        self._seq = 0
        # Seqs of what was derived and is not applied yet: until then it would be derived again.
        self._on_their_way: set[int] = set()

    def derive(self, ledger: Ledger, now: float, listening_since: float) -> None:
        """Append the jobs that are lost now, unless some that were derived are on their way."""
        if self._on_their_way:
            return
        by_source: dict[str, list[Any]] = {}
        for source, event in ledger.derive_lost(now, listening_since):
            by_source.setdefault(source, []).append(event_struct(event))
        for source, events in by_source.items():
            self._seq += 1
            payload = encode(Payload(events=events))
            try:
                stored = self._log.submit(
                    LogBatch(self._producer, self._seq, source, now, payload)
                )
            except StoreError as error:
                _log.warning("lost jobs cannot be noted yet", extra={"why": str(error)})
                return
            self._on_their_way.add(self._seq)
            stored.add_done_callback(partial(self._stored, self._seq))

    def applied(self, batch: LogBatch) -> None:
        """Note that a batch reached the ledger."""
        if batch.producer == self._producer:
            self._on_their_way.discard(batch.seq)

    def _stored(self, seq: int, done: Future[Offset]) -> None:
        if done.exception() is not None:
            self._on_their_way.discard(seq)  # the next look derives them again
