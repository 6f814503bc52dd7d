"""Reading plain decoded JSON into events, beats and readings; errors say where and why.

One bad event never spoils its batch. Keys that are not in the tables are ignored, so that an
older server understands a newer agent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeVar

from tailback.core import fields
from tailback.core.events import Event, WorkerBeat
from tailback.core.fields import EVENT_KINDS, Field
from tailback.core.model import QueueReading
from tailback.core.text import clean_name, clean_text, clean_trace
from tailback.core.wire_schema import schema

T = TypeVar("T")

__all__ = [
    "EVENT_KINDS",
    "Batch",
    "WireError",
    "read_batch",
    "read_event",
    "read_reading",
    "read_worker",
    "schema",
]


class WireError(ValueError):
    """Something on the wire is not as agreed: `field` names it, `why` says it to a person."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


@dataclass(frozen=True, slots=True)
class Rejected:
    """One item of a batch that was not accepted."""

    index: int
    field: str
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Return what the sender is answered."""
        return {"index": self.index, "why": f"{self.field}: {self.why}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one request carried, already sanitised; `rejected` names the items left out.

    `indices` says where each of `events` stood.
    """

    source: str | None
    system: str | None
    agent: str | None
    producer: str | None
    seq: int | None
    sent_at: float | None
    dropped: int
    events: tuple[Event, ...]
    indices: tuple[int, ...]
    workers: tuple[WorkerBeat, ...]
    rejected: tuple[Rejected, ...]


def read_event(raw: object) -> Event:
    """Return the event that `raw` describes; raises `WireError` naming the field."""
    return Event(**read_fields(fields.EVENT, raw, "an event"))


def read_worker(raw: object) -> WorkerBeat:
    """Return the worker's beat that `raw` describes; raises `WireError` naming the field."""
    return WorkerBeat(**read_fields(fields.WORKER, raw, "a worker"))


def read_reading(source: str, raw: object) -> QueueReading:
    """Return the reading of a queue of `source`; raises `WireError` naming the field."""
    return QueueReading(source=source, **read_fields(fields.READING, raw, "a reading"))


def read_batch(raw: object) -> Batch:
    """Return the batch; raises `WireError` only when its envelope cannot be understood."""
    said = read_fields(fields.ENVELOPE, raw, "a batch")
    rejected: list[Rejected] = []
    events = _each(said.pop("events", ()), read_event, "events", rejected)
    workers = _each(said.pop("workers", ()), read_worker, "workers", rejected)
    names = ("source", "system", "agent", "producer", "seq", "sent_at")
    return Batch(
        **{name: said.get(name) for name in names},
        dropped=said.get("dropped", 0),
        events=tuple(event for _index, event in events),
        indices=tuple(index for index, _event in events),
        workers=tuple(worker for _index, worker in workers),
        rejected=tuple(rejected),
    )


def _each(
    items: Sequence[object], read: Callable[[object], T], of: str, rejected: list[Rejected]
) -> list[tuple[int, T]]:
    accepted: list[tuple[int, T]] = []
    for index, item in enumerate(items):
        try:
            accepted.append((index, read(item)))
        except WireError as error:
            where = error.field if of == "events" else f"{of}[{index}].{error.field}"
            rejected.append(Rejected(index, where, error.why))
    return accepted


def read_fields(table: Sequence[Field], raw: object, what: str) -> dict[str, Any]:
    """Return the fields of `table` that `raw` sets, checked and sanitised; null is not set."""
    if not isinstance(raw, Mapping):
        raise WireError("body", f"{what} must be an object, not {_kind_of(raw)}")
    said: dict[str, Any] = {}
    for field in table:
        value = raw.get(field.name)
        if value is not None:
            value = _READERS[field.type](field, value)
        if value is None:
            if field.required:
                raise WireError(field.name, "is required")
            continue
        said[field.name] = value
    return said


def _kind_of(value: object) -> str:
    names = {type(None): "null", bool: "a boolean", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def _text_in(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise WireError(field.name, f"must be text, not {_kind_of(value)}")
    return value


def _limit(field: Field) -> int:
    return field.limit or fields.NAME_CHARS


def _read_choice(field: Field, value: object) -> str:
    text = _text_in(field, value)
    if text not in field.choices:
        known = ", ".join(field.choices)
        raise WireError(field.name, f"{clean_name(text, 40)!r} is not known; known are {known}")
    return text


def _read_name(field: Field, value: object) -> str | None:
    name = clean_name(_text_in(field, value), _limit(field))
    if not name and field.required:
        raise WireError(field.name, "must not be empty")
    return name or None


def _read_text(field: Field, value: object) -> str:
    return clean_text(_text_in(field, value), _limit(field))


def _read_trace(field: Field, value: object) -> str:
    return clean_trace(_text_in(field, value), _limit(field))


def _read_number(field: Field, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WireError(field.name, f"must be a number, not {_kind_of(value)}")
    # Beyond 2**53 a float may overflow, and no honest number is there.
    if isinstance(value, int) and abs(value) > fields.MAX_COUNT:
        raise WireError(field.name, "is beyond every sensible number")
    if not isfinite(value):
        raise WireError(field.name, "must be a finite number")
    low, high = field.low, field.high
    if (low is not None and value < low) or (high is not None and value > high):
        raise WireError(field.name, f"must lie between {low:.15g} and {high:.15g}")
    return float(value)


def _read_time(field: Field, value: object) -> float:
    try:
        return _read_number(field, value)
    except WireError as error:
        if "between" not in error.why:
            raise
        why = "must be Unix seconds between the years 2000 and 2100"
        raise WireError(field.name, why) from None


def _read_integer(field: Field, value: object) -> int:
    number = _read_number(field, value)
    if number != int(number):
        raise WireError(field.name, "must be a whole number")
    return int(number)


def _read_flag(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise WireError(field.name, f"must be true or false, not {_kind_of(value)}")
    return value


def _read_drill(field: Field, value: object) -> str | bool | None:
    if isinstance(value, bool):
        return value or None
    return _read_name(field, value)


def _list_in(field: Field, value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise WireError(field.name, f"must be a list, not {_kind_of(value)}")
    return list(value)


def _full_list(field: Field, value: object) -> list[object]:
    items = _list_in(field, value)
    if len(items) > _limit(field):
        raise WireError(field.name, f"has {len(items)} items; at most {field.limit} are taken")
    return items


def _read_names(field: Field, value: object) -> tuple[str, ...]:
    names = (
        clean_name(_text_in(field, item), fields.NAME_CHARS) for item in _full_list(field, value)
    )
    return tuple(name for name in names if name)


def _read_texts(field: Field, value: object) -> tuple[str, ...]:
    kept = _list_in(field, value)[: field.limit]
    return tuple(clean_text(_text_in(field, item), fields.NAME_CHARS) for item in kept)


def _read_times_by_name(field: Field, value: object) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise WireError(field.name, f"must be an object, not {_kind_of(value)}")
    time = Field(field.name, "time", "", low=fields.YEAR_2000, high=fields.YEAR_2100)
    kept = list(value.items())[: field.limit]
    return {clean_name(str(name), fields.NAME_CHARS): _read_time(time, at) for name, at in kept}


def _read_error(field: Field, value: object) -> dict[str, Any]:
    return _nested(fields.ERROR, field, value)


def _read_chain(field: Field, value: object) -> list[dict[str, Any]]:
    links = _list_in(field, value)[: field.limit]
    return [_nested(fields.CHAIN_LINK, field, link) for link in links]


def _nested(table: Sequence[Field], field: Field, value: object) -> dict[str, Any]:
    try:
        return read_fields(table, value, f"`{field.name}`")
    except WireError as error:
        where = field.name if error.field == "body" else f"{field.name}.{error.field}"
        raise WireError(where, error.why) from None


def _read_facts(field: Field, value: object) -> dict[str, str | int | float | bool]:
    if not isinstance(value, Mapping):
        raise WireError(field.name, f"must be an object, not {_kind_of(value)}")
    facts: dict[str, str | int | float | bool] = {}
    for name, fact in list(value.items())[: field.limit]:
        if isinstance(fact, str):
            facts[clean_name(str(name), 40)] = clean_text(fact, fields.NAME_CHARS)
        elif (
            isinstance(fact, bool)
            or (isinstance(fact, int) and abs(fact) <= fields.MAX_COUNT)
            or (isinstance(fact, float) and isfinite(fact))
        ):
            facts[clean_name(str(name), 40)] = fact
    return facts


_READERS: dict[str, Callable[[Field, object], Any]] = {
    "choice": _read_choice,
    "name": _read_name,
    "text": _read_text,
    "trace": _read_trace,
    "time": _read_time,
    "number": _read_number,
    "integer": _read_integer,
    "flag": _read_flag,
    "drill": _read_drill,
    "names": _read_names,
    "texts": _read_texts,
    "times_by_name": _read_times_by_name,
    "error": _read_error,
    "chain": _read_chain,
    "facts": _read_facts,
    "events": _full_list,
    "workers": _full_list,
    "readings": _full_list,
}
