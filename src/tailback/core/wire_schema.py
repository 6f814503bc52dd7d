"""The wire format as a JSON schema (draft 2020-12), generated from the field tables."""

from collections.abc import Callable, Sequence
from typing import Any

from tailback.core import fields
from tailback.core.fields import Field

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """Return the schema of a batch; snapshots (`readings`) and their parts are among its `$defs`.

    It says what is taken as it stands. Longer texts are taken too, and cut.
    """
    return {
        "$schema": DRAFT,
        "title": "Tailback events, version 1",
        "description": "A batch of job events and worker beats: POST /api/v1/events.",
        **_object(fields.ENVELOPE),
        "$defs": {
            "event": _object(fields.EVENT),
            "worker": _object(fields.WORKER),
            "error": _object(fields.ERROR),
            "chain_link": _object(fields.CHAIN_LINK),
            "reading": _object(fields.READING),
            "readings": _object(fields.READINGS),
        },
    }


def _object(table: Sequence[Field]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {field.name: _property(field) for field in table},
        "required": [field.name for field in table if field.required],
    }


def _property(field: Field) -> dict[str, Any]:
    said = _TYPES[field.type](field)
    if not field.required and isinstance(said.get("type"), str):
        said["type"] = [said["type"], "null"]
    return {"description": field.says, **said}


def _text(field: Field) -> dict[str, Any]:
    return {"type": "string", "minLength": int(field.required)}


def _choice(field: Field) -> dict[str, Any]:
    return {"enum": [*field.choices, *([] if field.required else [None])]}


def _range(kind: str) -> Callable[[Field], dict[str, Any]]:
    def said(field: Field) -> dict[str, Any]:
        return {"type": kind, "minimum": field.low, "maximum": field.high}

    return said


def _items(of: dict[str, Any]) -> Callable[[Field], dict[str, Any]]:
    def said(field: Field) -> dict[str, Any]:
        return {"type": "array", "items": of, "maxItems": field.limit}

    return said


def _cut_items(of: dict[str, Any]) -> Callable[[Field], dict[str, Any]]:
    return lambda _: {"type": "array", "items": of}


def _same(said: dict[str, Any]) -> Callable[[Field], dict[str, Any]]:
    return lambda _: dict(said)


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


_TIME = {"type": "number", "minimum": fields.YEAR_2000, "maximum": fields.YEAR_2100}
_FACT = {"type": ["string", "number", "boolean", "null", "array", "object"]}

_TYPES: dict[str, Callable[[Field], dict[str, Any]]] = {
    "choice": _choice,
    "name": _text,
    "text": _text,
    "trace": _text,
    "time": _range("number"),
    "number": _range("number"),
    "integer": _range("integer"),
    "flag": _same({"type": "boolean"}),
    "drill": _same({"type": ["string", "boolean", "null"]}),
    "names": _items({"type": "string"}),
    "texts": _cut_items({"type": "string"}),
    "error": _same({"anyOf": [_ref("error"), {"type": "null"}]}),
    "chain": _cut_items(_ref("chain_link")),
    "facts": _same({"type": "object", "additionalProperties": _FACT}),
    "events": _items(_ref("event")),
    "workers": _items(_ref("worker")),
    "readings": _items(_ref("reading")),
    "times_by_name": _same({"type": "object", "additionalProperties": _TIME}),
}
