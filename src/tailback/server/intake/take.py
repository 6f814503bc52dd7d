"""The way of one batch from its bytes to the answer after the commit."""

import asyncio
import logging
from typing import Any

from litestar.exceptions import PermissionDeniedException

from tailback.server.access import Principal
from tailback.server.engine import MAX_BACKLOG_EVENTS, Engine
from tailback.server.intake.decode import Taken, decode_json, decode_lines
from tailback.server.intake.limits import refuse
from tailback.server.payload import Payload, encode
from tailback.server.readings import MAX_QUEUES_PER_SOURCE, Readings
from tailback.store.base import LogBatch
from tailback.store.errors import StoreError
from tailback.store.store import Store

MAX_JOBS_PER_SOURCE = 10_000
MAX_AT_ONCE = 64
_SMALL_BYTES = 64 * 1024
_LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")

_log = logging.getLogger(__name__)


class Intake:
    """Accepts batches of events; one per server, used from the event loop only."""

    def __init__(self, store: Store, engine: Engine, readings: Readings) -> None:
        """Append to `store`'s log what passes."""
        self._store = store
        self._engine = engine
        self._readings = readings
        self._names: dict[str, tuple[set[str], set[str]]] = {}
        self._busy: dict[str, int] = {}

    def admit(self, source: str) -> None:
        """Refuse at once what could only be refused later."""
        if self._engine.backlog_events > MAX_BACKLOG_EVENTS:
            raise refuse(503, "The server is catching up; repeat the batch in a moment.", 2)
        if self._busy.get(source, 0) >= MAX_AT_ONCE:
            detail = f"More than {MAX_AT_ONCE} batches of source {source} at once; repeat later."
            raise refuse(429, detail, 1)

    async def take(
        self, body: bytes, content_type: str, principal: Principal, now: float
    ) -> dict[str, Any]:
        """Decode, check, append; return the answer once the batch is durable."""
        decode = decode_lines if content_type.startswith(_LINES) else decode_json
        if len(body) <= _SMALL_BYTES:
            taken = decode(body)
        else:
            taken = await asyncio.to_thread(decode, body)
        source = source_for(principal, taken.source)
        self._bound_names(source, taken)
        self._readings.declare(source, taken.system, probed=False)
        if taken.events or taken.workers or taken.dropped:
            await self._append(source, taken, now)
        self._readings.pushed(source, now)
        return {"accepted": len(taken.events), "rejected": taken.rejected}

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
        self._busy[source] = self._busy.get(source, 0) + 1
        self._engine.expect(payload, decoded)
        try:
            # shielded: a client that goes away must not cancel what may be half committed
            await asyncio.shield(asyncio.wrap_future(self._store.log.submit(batch)))
        except StoreError as error:
            _log.error("batch could not be stored", extra={"source": source, "why": str(error)})
            raise refuse(503, str(error), error.retry_after_s or 30) from error
        finally:
            self._engine.forget(payload)
            self._busy[source] -= 1

    def _bound_names(self, source: str, taken: Taken) -> None:
        """Reject events that would make a source have more queues or job types than anyone has."""
        queues, jobs = self._names.setdefault(source, (set(), set()))
        over: list[int] = []
        for index, event in enumerate(taken.events):
            job = event.job or event.queue
            if event.queue in queues and job in jobs:
                continue
            if event.queue not in queues and len(queues) >= MAX_QUEUES_PER_SOURCE:
                over.append(index)
                continue
            if job not in jobs and len(jobs) >= MAX_JOBS_PER_SOURCE:
                over.append(index)
                continue
            queues.add(event.queue)
            jobs.add(job)
        if over:
            _reject_over(taken, over)

    def seed_names(self, slices: Any) -> None:
        """Start from the slices the ledger knows already, so that a restart forgets no name."""
        for source, queue, job in slices:
            queues, jobs = self._names.setdefault(source, (set(), set()))
            queues.add(queue)
            jobs.add(job)


def source_for(principal: Principal, said: str | None) -> str:
    """Return the source of a request: the token's; another name than the token's is refused."""
    if principal.source is None:
        if said is None:
            raise refuse(400, "This token has no source of its own, so the batch must name one.")
        return said
    if said is not None and said != principal.source:
        raise PermissionDeniedException(f"This token is for source {principal.source} only.")
    return principal.source


def _reject_over(taken: Taken, over: list[int]) -> None:
    left_out = {item["index"] for item in taken.rejected}
    # indices of the request: those rejected before are missing in `events`
    total = len(taken.events) + len(left_out)
    original = [index for index in range(total + len(left_out)) if index not in left_out]
    why = (
        f"queue: this source has {MAX_QUEUES_PER_SOURCE:,} queues or {MAX_JOBS_PER_SOURCE:,} "
        "job types already; names must not contain ids"
    )
    for index in over:
        taken.rejected.append({"index": original[index], "why": why})
    dropped = set(over)
    taken.events = [event for index, event in enumerate(taken.events) if index not in dropped]
