"""The way of one batch from its bytes to the answer after the commit."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from litestar.exceptions import PermissionDeniedException

from tailback.core.rollups import SliceKey
from tailback.server.access import Principal
from tailback.server.engine import MAX_BACKLOG_EVENTS, Engine
from tailback.server.intake.decode import Taken, decode_json, decode_lines
from tailback.server.intake.limits import refuse
from tailback.server.payload import Payload, encode
from tailback.server.readings import MAX_QUEUES_PER_SOURCE, Readings
from tailback.store.base import LogBatch
from tailback.store.errors import StoreError
from tailback.store.store import Store

MAX_KINDS_PER_SOURCE = 10_000
MAX_OUTCOMES = 1_000
MAX_AT_ONCE = 64
MAX_LOST = 1_000
LOST_LATELY_S = 600.0
_TOO_MANY = (
    f"queue: this source has {MAX_QUEUES_PER_SOURCE:,} queues or {MAX_KINDS_PER_SOURCE:,} pairs "
    "of queue and job type already; names must not contain ids"
)
# Decoding this much takes about as long as handing it to another thread and back.
_SMALL_BYTES = 512 * 1024
_NOT_YET = "application/cloudevents"
_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")

_log = logging.getLogger(__name__)


class Intake:
    """Accepts batches of events; one per server, used from the event loop only."""

    def __init__(self, store: Store, engine: Engine, readings: Readings) -> None:
        """Append to `store`'s log what passes."""
        self._store = store
        self._engine = engine
        self._readings = readings
        self._known: dict[str, tuple[set[str], set[tuple[str, str]]]] = {}
        self._busy: dict[str, int] = {}
        self._outcomes: set[str] = set()
        self._lost: deque[tuple[float, int]] = deque(maxlen=MAX_LOST)

    def lost(self, now: float) -> int:
        """Return how many events senders had to drop, as told lately; safe from any thread."""
        return sum(number for at, number in list(self._lost) if now - at <= LOST_LATELY_S)

    @contextmanager
    def admitted(self, source: str) -> Iterator[None]:
        """Hold one of the places of a source; refuse at once what could only be refused later."""
        if self._engine.backlog_events > MAX_BACKLOG_EVENTS:
            raise refuse(503, "The server is catching up; repeat the batch in a moment.", 2)
        if self._busy.get(source, 0) >= MAX_AT_ONCE:
            detail = f"More than {MAX_AT_ONCE} batches of source {source} at once; repeat later."
            raise refuse(429, detail, 1)
        self._busy[source] = self._busy.get(source, 0) + 1
        try:
            yield
        finally:
            self._busy[source] -= 1
            if not self._busy[source]:
                del self._busy[source]

    async def take(
        self, body: bytes, content_type: str, principal: Principal, now: float
    ) -> dict[str, Any]:
        """Decode, check, append; return the answer once the batch is durable."""
        kind = content_type.strip().lower()
        if kind.startswith(_NOT_YET):
            # As JSON it would be a batch without events, and be accepted with all of it lost.
            raise refuse(
                415, "CloudEvents are not understood yet; send the events of the wire format."
            )
        decode = decode_lines if kind.startswith(_LINES) else decode_json
        if len(body) <= _SMALL_BYTES:
            taken = decode(body)
        else:
            taken = await asyncio.to_thread(decode, body)
        source = source_for(principal, taken.source)
        self._bound_names(source, taken)
        self._readings.declare(source, taken.system, probed=False)
        if taken.dropped:
            self._lost.append((now, taken.dropped))
        if taken.events or taken.workers or taken.dropped:
            await self._append(source, taken, now)
        self._readings.pushed(source, now)
        return {"accepted": len(taken.events), "rejected": taken.rejected}

    def bound_outcome(self, name: str) -> None:
        """Refuse a counter that is new when there are too many: a name must not hold an id."""
        if name in self._outcomes:
            return
        if len(self._outcomes) < MAX_OUTCOMES:
            self._outcomes.update(self._store.outcomes.names())
        if name not in self._outcomes and len(self._outcomes) >= MAX_OUTCOMES:
            detail = f"There are {MAX_OUTCOMES:,} counters already; a name must not hold an id."
            raise refuse(400, detail)
        self._outcomes.add(name)

    async def append_own(self, source: str, events: list[Any], now: float) -> None:
        """Append events that the server makes itself; durable on return."""
        self._readings.declare(source, None, probed=False)
        await self._append(source, Taken(events=events), now)
        self._readings.pushed(source, now)

    async def _append(self, source: str, taken: Taken, now: float) -> None:
        decoded = Payload(
            events=taken.events,
            workers=taken.workers,
            system=taken.system,
            agent=taken.agent,
            dropped=taken.dropped,
        )
        payload = encode(decoded)
        named = taken.producer is not None and taken.seq is not None
        batch = LogBatch(
            producer=taken.producer if named else None,
            seq=taken.seq if named and taken.seq is not None else 0,
            source=source,
            received_at=now,
            payload=payload,
        )
        self._engine.expect(payload, decoded)
        try:
            # shielded: a client that goes away must not cancel what may be half committed
            await asyncio.shield(asyncio.wrap_future(self._store.log.submit(batch)))
        except StoreError as error:
            _log.error("batch could not be stored", extra={"source": source, "why": str(error)})
            raise refuse(503, str(error), error.retry_after_s or 30) from error
        finally:
            self._engine.forget(payload)

    def _bound_names(self, source: str, taken: Taken) -> None:
        """Reject events that would make a source have more queues or kinds than anyone has."""
        queues, kinds = self._known.setdefault(source, (set(), set()))
        over = False
        for position, event in enumerate(taken.events):
            kind = (event.queue, event.job or event.queue)
            if kind in kinds:
                continue
            full = event.queue not in queues and len(queues) >= MAX_QUEUES_PER_SOURCE
            if full or len(kinds) >= MAX_KINDS_PER_SOURCE:
                taken.reject(taken.indices[position], _TOO_MANY)
                taken.events[position] = None
                over = True
                continue
            queues.add(event.queue)
            kinds.add(kind)
        if over:
            taken.events = [event for event in taken.events if event is not None]

    def seed_names(self, slices: Iterable[SliceKey]) -> None:
        """Start from the slices the ledger knows already, so that a restart forgets no name."""
        for source, queue, job in slices:
            queues, kinds = self._known.setdefault(source, (set(), set()))
            queues.add(queue)
            kinds.add((queue, job))


def source_for(principal: Principal, said: str | None) -> str:
    """Return the source of a request: the token's; another name than the token's is refused."""
    if principal.source is None:
        if said is None:
            raise refuse(400, "This token has no source of its own, so the batch must name one.")
        return said
    if said is not None and said != principal.source:
        raise PermissionDeniedException(f"This token is for source {principal.source} only.")
    return principal.source
