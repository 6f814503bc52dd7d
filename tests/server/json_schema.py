"""A small validator of the JSON schemas that the OpenAPI document uses; an unknown word fails."""

from collections.abc import Iterator
from typing import Any

TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
WORDS = {"title", "description", "default", "examples", "format", "maxLength", "minLength", "$ref"}
WORDS |= {"type", "properties", "required", "items", "prefixItems", "additionalProperties"}
WORDS |= {"oneOf", "anyOf", "enum", "const", "minimum", "maximum", "minItems", "maxItems"}


def faults(value: object, schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    """Return what of a value does not fit; an object may have no key that its schema leaves out."""
    return list(_faults(value, schema, document, "$"))


def _faults(
    value: Any, schema: dict[str, Any], document: dict[str, Any], at: str
) -> Iterator[str]:
    assert schema.keys() <= WORDS, schema.keys() - WORDS
    if "$ref" in schema:
        target = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        yield from _faults(value, target, document, at)
        return
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices and all(faults(value, choice, document) for choice in choices):
        yield f"{at}: {value!r} is none of {choices}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not in {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    if names and not any(_is(value, name) for name in names):
        yield f"{at}: {value!r} is no {names}"
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    if isinstance(value, int | float) and not low <= value <= high:
        yield f"{at}: {value!r} is out of range"
    if isinstance(value, list):
        yield from _of_list(value, schema, document, at)
    if isinstance(value, dict):
        yield from _of_object(value, schema, document, at)


def _is(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def _of_list(
    value: list[Any], schema: dict[str, Any], document: dict[str, Any], at: str
) -> Iterator[str]:
    first = schema.get("prefixItems", [])
    for number, item in enumerate(value):
        kind = first[number] if number < len(first) else schema.get("items", {})
        if kind is False:
            yield f"{at}: has more than {len(first)} items"
        else:
            yield from _faults(item, kind, document, f"{at}[{number}]")


def _of_object(
    value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], at: str
) -> Iterator[str]:
    known = schema.get("properties", {})
    yield from (
        f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value
    )
    for name, item in value.items():
        kind = known.get(name, schema.get("additionalProperties"))
        if kind is None and known:
            yield f"{at}: {name} is not described"
        elif isinstance(kind, dict):
            yield from _faults(item, kind, document, f"{at}.{name}")
