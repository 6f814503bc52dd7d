"""Edits the text of `tailback.toml` as a person would: one line changes, every comment stays."""

import tomllib
from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from tailback.server.config.values import slug

Value = str | bool | None
"""What a key is set to; None removes it."""


class EditError(Exception):
    """The file cannot be changed as asked; the text says why and what to do."""


def with_lane(text: str, index: int | None, values: Mapping[str, Value]) -> str:
    """Return `text` with keys of the lane at `index` (from 0) set, or with one more lane (None).

    A lane that gets another name keeps its key, so that its links and its past stay its own.
    Raises EditError where the file writes its lanes in a form that cannot be edited key by key.
    """
    document = tomlkit.parse(text)
    lanes = document.get("lane")
    if lanes is None:
        document["lane"] = tomlkit.aot()
        lanes = document["lane"]
    if not isinstance(lanes, AoT):
        raise EditError("Its lanes are not written as [[lane]] tables: edit the file by hand.")
    if index is None:
        _append(lanes, values)
    else:
        _change(lanes[index], values)
    written = tomlkit.dumps(document)
    _check(text, written, index, values)
    return written


def _change(lane: Table, values: Mapping[str, Value]) -> None:
    name = str(lane.get("name", ""))
    if "key" not in lane and slug(str(values.get("name", name))) != slug(name):
        _put(lane, "key", slug(name))
    for key, value in values.items():
        if value is None:
            lane.pop(key, None)
        elif lane.get(key) != value:
            _put(lane, key, value)


def _put(table: Table, key: str, value: str | bool) -> None:
    """Set a key; a new one goes after the last, before comments that belong to what follows."""
    tail = [] if key in table else _cut_tail(table)
    table[key] = value
    table.value.body.extend(tail)


def _append(lanes: AoT, values: Mapping[str, Value]) -> None:
    tail = _cut_tail(lanes[-1]) if len(lanes) else []
    if len(lanes):
        lanes[-1].add(tomlkit.nl())
    lane = tomlkit.table()
    for key, value in values.items():
        if value is not None:
            lane[key] = value
    lanes.append(lane)
    lane.value.body.extend(tail)


def _cut_tail(table: Table) -> list[Any]:
    """Take the blank lines and comments at the end of a table off, and return them."""
    body = table.value.body
    start = len(body)
    while start and body[start - 1][0] is None:
        start -= 1
    tail = body[start:]
    del body[start:]
    return tail


def _check(before: str, after: str, index: int | None, values: Mapping[str, Value]) -> None:
    """Refuse a text that says anything else than was asked for."""
    wanted = tomllib.loads(before)
    lanes = wanted.setdefault("lane", [])
    if index is None:
        lanes.append({})
    lane = lanes[-1 if index is None else index]
    lane |= values
    for key in [key for key, value in values.items() if value is None]:
        del lane[key]
    got = tomllib.loads(after)
    if "key" not in lane:
        got["lane"][-1 if index is None else index].pop("key", None)
    if got != wanted:
        raise EditError("It is written in a form that cannot be edited here: edit it by hand.")
