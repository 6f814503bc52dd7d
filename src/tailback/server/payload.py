"""The fast shapes of the wire, built from the tables of `core.fields`; the log keeps them too."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from tailback.core import fields
from tailback.core.events import Event, WorkerBeat
from tailback.core.fields import Field


def _type_of(field: Field, least_chars: int) -> Any:
    kind = field.type
    if kind == "choice":
        return Literal[field.choices]
    if kind in ("name", "text"):
        return Annotated[str, msgspec.Meta(min_length=least_chars, max_length=field.limit)]
    if kind in ("time", "number"):
        return Annotated[float, msgspec.Meta(ge=field.low, le=field.high)]
    if kind == "integer":
        return Annotated[int, msgspec.Meta(ge=_whole(field.low), le=_whole(field.high))]
    if kind == "names":
        item = Annotated[str, msgspec.Meta(max_length=fields.NAME_CHARS)]
        return Annotated[tuple[item, ...], msgspec.Meta(max_length=field.limit)]
    return {"error": dict[str, Any], "drill": str | bool}[kind]


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _struct(name: str, table: Sequence[Field], least_chars: int = 0) -> type[msgspec.Struct]:
    columns: list[Any] = []
    for field in table:
        kind = _type_of(field, least_chars)
        columns.append((field.name, kind) if field.required else (field.name, kind | None, None))
    return msgspec.defstruct(
        name, columns, omit_defaults=True, gc=False, frozen=False, module=__name__
    )


WireEvent: Any = _struct("WireEvent", fields.EVENT)
TidyEvent: Any = _struct("TidyEvent", fields.EVENT, least_chars=1)
"""As `WireEvent`, of an event in which no text is empty."""
WireWorker: Any = _struct("WireWorker", fields.WORKER)


class Envelope(msgspec.Struct, gc=False):
    """A batch whose every event is as agreed; any other batch is read event by event."""

    v: Annotated[int, msgspec.Meta(ge=fields.VERSION, le=fields.VERSION)] = fields.VERSION
    source: str | None = None
    system: str | None = None
    agent: str | None = None
    producer: str | None = None
    seq: Annotated[int, msgspec.Meta(ge=0, le=fields.MAX_COUNT)] | None = None
    sent_at: float | None = None
    dropped: Annotated[int, msgspec.Meta(ge=0, le=fields.MAX_COUNT)] = 0
    events: list[WireEvent] = []
    workers: list[WireWorker] = []


class TidyEnvelope(Envelope, gc=False):
    """As `Envelope`, of a batch in which no text of an event is empty."""

    events: list[TidyEvent] = []


class Payload(msgspec.Struct, omit_defaults=True, gc=False):
    """What the log keeps of a batch."""

    events: list[WireEvent] = []
    workers: list[WireWorker] = []
    system: str | None = None
    agent: str | None = None
    dropped: int = 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Payload)


def encode(payload: Payload) -> bytes:
    """Return the payload of a log batch."""
    return _encoder.encode(payload)


def decode(blob: bytes) -> Payload:
    """Return what `encode` was given."""
    return _decoder.decode(blob)


def event_struct(event: Event) -> Any:
    """Return the fast shape of a plain event."""
    return WireEvent(**event.as_dict())


def worker_struct(beat: WorkerBeat) -> Any:
    """Return the fast shape of a plain beat."""
    said: Mapping[str, Any] = {
        "id": beat.id,
        "queues": tuple(beat.queues),
        "slots": beat.slots,
        "every_s": beat.every_s,
        "running": None if beat.running is None else tuple(beat.running),
    }
    return WireWorker(**said)
