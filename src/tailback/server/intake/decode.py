"""From the bytes of one request to clean events; one bad event never rejects its batch.

The fast path decodes the whole batch at once into structs. What it refuses is read again event
by event by the plain reader of `core.wire`, which says for each bad one why.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import msgspec

from tailback.core import fields, wire
from tailback.core.redact import redact
from tailback.core.text import clean_name, clean_text
from tailback.core.wire import WireError
from tailback.server.intake.lenient import NotJsonError, load, load_body
from tailback.server.intake.limits import refuse
from tailback.server.payload import (
    Envelope,
    TidyEnvelope,
    TidyEvent,
    WireEvent,
    event_struct,
    worker_struct,
)

# The first of each refuses empty texts, so that nobody has to look for them in what it took.
_read_envelope = [msgspec.json.Decoder(kind).decode for kind in (TidyEnvelope, Envelope)]
_read_lines = [msgspec.json.Decoder(kind).decode_lines for kind in (TidyEvent, WireEvent)]
_encode = msgspec.json.Encoder().encode
_NAMES = ("id", "queue", "job", "tenant", "worker", "release", "root", "parent", "drill")
_names_of = attrgetter(*_NAMES)
_HIDDEN_IN = ("message", "trace")


@dataclass(slots=True, kw_only=True)
class Taken:
    """One decoded request: what is accepted and, by index, what is not and why."""

    source: str | None = None
    system: str | None = None
    agent: str | None = None
    producer: str | None = None
    seq: int | None = None
    dropped: int = 0
    events: list[Any] = field(default_factory=list)
    workers: list[Any] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    """Where each of `events` stood in the request."""

    def reject(self, index: int, why: str) -> None:
        """Leave out what stood at `index`."""
        self.rejected.append({"index": index, "why": why})

    def keep(self, index: int, event: Any) -> None:
        """Accept what stood at `index`."""
        self.events.append(event)
        self.indices.append(index)


def decode_json(body: bytes) -> Taken:
    """Read a batch; HTTPException 400 or 413 when its envelope cannot be understood."""
    envelope, tidy = _read_fast(_read_envelope, body)
    if envelope is None:
        return _slow_batch(load_body(body))
    _check_size(len(envelope.events))
    taken = Taken(
        source=envelope.source,
        system=_clean_optional(envelope.system),
        agent=_clean_optional(envelope.agent),
        producer=_clean_optional(envelope.producer),
        seq=envelope.seq,
        dropped=envelope.dropped,
    )
    _keep(envelope.events, taken, body, tidy)
    for worker in envelope.workers:
        _keep_worker(worker, taken)
    return taken


def decode_lines(body: bytes) -> Taken:
    """Read bare events, one per line; blank lines are passed over but keep their index."""
    taken = Taken()
    if _has_blank_lines(body):
        return _slow_lines(body)  # the fast decoder would not count them
    events, tidy = _read_fast(_read_lines, body)
    if events is None:
        return _slow_lines(body)
    _check_size(len(events))
    _keep(events, taken, body, tidy)
    return taken


def _read_fast(reads: Sequence[Callable[[bytes], Any]], body: bytes) -> tuple[Any, bool]:
    """Return what the first reader made of it that could, and whether that was the very first."""
    for read in reads:
        with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return read(body), read is reads[0]
    return None, False


def hide(error: dict[str, Any]) -> dict[str, Any]:
    """Return the error with secrets and personal data taken out of its texts."""
    for name in _HIDDEN_IN:
        if error.get(name):
            error[name] = redact(error[name])
    for link in error.get("chain", ()):
        if link.get("message"):
            link["message"] = redact(link["message"])
    for holder in (error, *error.get("chain", ())):
        facts = holder.get("facts", {})
        for name, fact in facts.items():
            if isinstance(fact, str):
                facts[name] = redact(fact)
    return error


def _slow_batch(raw: object) -> Taken:
    events = raw.get("events") if isinstance(raw, dict) else None
    _check_size(len(events) if isinstance(events, list) else 0)
    try:
        batch = wire.read_batch(raw)
    except WireError as error:
        raise refuse(400, f"The batch cannot be read: {error}.") from error
    taken = Taken(
        source=batch.source,
        system=batch.system,
        agent=batch.agent,
        producer=batch.producer,
        seq=batch.seq,
        dropped=batch.dropped,
        rejected=[item.as_dict() for item in batch.rejected],
    )
    for index, event in zip(batch.indices, batch.events, strict=True):
        struct = event_struct(event)
        _hide_texts(struct)
        taken.keep(index, struct)
    taken.workers.extend(worker_struct(worker) for worker in batch.workers)
    return taken


def _slow_lines(body: bytes) -> Taken:
    lines = body.split(b"\n")
    _check_size(sum(1 for line in lines if line.strip()))
    taken = Taken()
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            struct = event_struct(wire.read_event(load(line, "it")))
        except (WireError, NotJsonError) as error:
            taken.reject(index, str(error))
        else:
            _hide_texts(struct)
            taken.keep(index, struct)
    return taken


def _keep(events: list[Any], taken: Taken, body: bytes, tidy: bool) -> None:
    suspicious = _is_suspicious(body)
    untidy = suspicious or not tidy or _may_need_trimming(body, events)
    bad = set()
    for index, event in enumerate(events):
        if not untidy and event.error is event.why is None:
            continue
        try:
            if suspicious or not _is_tidy(event):
                _clean_names(event)
            if event.error is not None:
                event.error = wire.read_fields(fields.ERROR, event.error, "`error`")
            _hide_texts(event)
        except WireError as error:
            where = "error" if error.field == "body" else error.field
            prefix = "" if where in _NAMES or where == "error" else "error."
            taken.reject(index, f"{prefix}{where}: {error.why}")
            bad.add(index)
    taken.indices = [index for index in range(len(events)) if index not in bad]
    taken.events = [events[index] for index in taken.indices] if bad else events


def _is_tidy(event: Any) -> bool:
    """Tell whether the names of an event of plain ASCII need no trimming and are not empty."""
    return all(
        not isinstance(name, str) or (name and name.strip() is name) for name in _names_of(event)
    )


def _clean_names(event: Any) -> None:
    for name in _NAMES:
        value = getattr(event, name)
        if not isinstance(value, str):
            continue
        clean = clean_name(value, fields.NAME_CHARS)
        if not clean and name in ("id", "queue"):
            raise WireError(name, "must not be empty")
        setattr(event, name, clean or None)


def _hide_texts(event: Any) -> None:
    if event.error is not None:
        event.error = hide(event.error)
    if event.why is not None:
        event.why = redact(clean_text(event.why, fields.MESSAGE_CHARS))


def _keep_worker(worker: Any, taken: Taken) -> None:
    worker.id = clean_name(worker.id, fields.NAME_CHARS)
    if not worker.id:
        return
    worker.queues = _clean_all(worker.queues or ())
    if worker.running is not None:
        worker.running = _clean_all(worker.running)
    taken.workers.append(worker)


def _clean_all(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in (clean_name(item, fields.NAME_CHARS) for item in names) if name)


def _clean_optional(name: str | None) -> str | None:
    return (clean_name(name, fields.NAME_CHARS) or None) if name is not None else None


def _is_suspicious(body: bytes) -> bool:
    """Tell whether a text of the body may hold a character that has to be taken out."""
    return not body.isascii() or b"\\" in body or b"\x7f" in body


def _may_need_trimming(body: bytes, events: Sequence[Any]) -> bool:
    """Tell whether a name may have a space at an end; in compact JSON only errors have spaces."""
    return b" " in body and body.count(b" ") != sum(
        _encode((event.error, event.why)).count(b" ")
        for event in events
        if event.error is not event.why
    )


def _has_blank_lines(body: bytes) -> bool:
    return any(not line.strip() for line in body.rstrip().split(b"\n"))


def _check_size(events: int) -> None:
    if events > fields.MAX_EVENTS:
        detail = f"{events:,} events in one batch; at most {fields.MAX_EVENTS:,} are taken."
        raise refuse(413, detail)
