"""Edits the text of `tailback.toml` as a person would: one line changes, every comment stays."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array, Table

from tailback.server.config.positions import lines_of
from tailback.server.config.values import slug

Value = str | bool | list[str] | None
"""What a key is set to; None removes it."""
_BY_HAND = "It is written in a form that cannot be edited here: edit it by hand."


class EditError(Exception):
    """The file cannot be changed as asked; the text says why and what to do."""


def with_item(text: str, table: str, index: int | None, values: Mapping[str, Value]) -> str:
    """Return `text` with keys of the `[[table]]` at `index` (from 0) set, or with one more (None).

    A lane that gets another name keeps its key, so that its links and its past stay its own.
    Raises EditError where the file writes them in a form that cannot be edited key by key.
    """
    document = tomlkit.parse(text)
    items = document.get(table)
    if items is None:
        document[table] = tomlkit.aot()
        items = document[table]
    if not isinstance(items, AoT) or (index is not None and index >= len(items)):
        raise EditError(f"It is not written as a [[{table}]] table: edit the file by hand.")
    if index is None:
        _append(items, values)
    else:
        values = {key: _in_order(items[index].get(key), value) for key, value in values.items()}
        if table == "lane":
            _keep_key(items[index], values)
        _change(items[index], values)
    written = tomlkit.dumps(document)
    _check(text, written, table, index, values)
    return written


def without_item(text: str, table: str, index: int) -> str:
    """Return `text` without one `[[table]]`; comments before and after it stay.

    Raises EditError where it is not written as a table of its own.
    """
    lines = text.splitlines(keepends=True)
    line = lines_of(text).get((table, index))
    if line is None:
        raise EditError(_BY_HAND)
    start = line - 1
    own = re.compile(rf"\s*\[+{table}\.")
    end = start + 1
    while end < len(lines) and (lines[end].lstrip()[:1] != "[" or own.match(lines[end])):
        end += 1
    while end > start + 1 and lines[end - 1].strip()[:1] in ("", "#"):
        end -= 1
    if start > 0 and not lines[start - 1].strip():
        start -= 1
    written = "".join(lines[:start] + lines[end:])
    wanted = tomllib.loads(text)
    del wanted[table][index]
    if not wanted[table]:
        del wanted[table]
    if _loads(written) != wanted:
        raise EditError(_BY_HAND)
    return written


def _keep_key(lane: Table, values: Mapping[str, Value]) -> None:
    name = str(lane.get("name", ""))
    if "key" not in lane and slug(str(values.get("name", name))) != slug(name):
        _put(lane, "key", slug(name))


def _change(item: Table, values: Mapping[str, Value]) -> None:
    for key, value in values.items():
        if value is None:
            item.pop(key, None)
        elif item.get(key) != value:
            _put(item, key, value)


def _put(table: Table, key: str, value: str | bool | list[str]) -> None:
    """Set a key; a new one goes after the last, before comments that belong to what follows."""
    tail = [] if key in table else _cut_tail(table)
    known = table.get(key)
    if isinstance(known, Array) and isinstance(value, list):
        _put_each(known, value)
    else:
        table[key] = value
    table.value.body.extend(tail)


def _in_order(known: object, wanted: Value) -> Value:
    """Return a list in the order that the file has, new elements last."""
    if not isinstance(known, Array) or not isinstance(wanted, list):
        return wanted
    return sorted(wanted, key=lambda one: known.index(one) if one in known else len(known))


def _put_each(known: Array, wanted: list[str]) -> None:
    """Take out and add single elements, so that comments between the others stay."""
    for element in [element for element in known if element not in wanted]:
        known.remove(element)
    for element in wanted:
        if element not in known:
            known.append(element)


def _append(items: AoT, values: Mapping[str, Value]) -> None:
    tail = _cut_tail(items[-1]) if len(items) else []
    if len(items):
        items[-1].add(tomlkit.nl())
    item = tomlkit.table()
    for key, value in values.items():
        if value is not None:
            item[key] = value
    items.append(item)
    item.value.body.extend(tail)


def _cut_tail(table: Table) -> list[Any]:
    """Take the blank lines and comments at the end of a table off, and return them."""
    body = table.value.body
    start = len(body)
    while start and body[start - 1][0] is None:
        start -= 1
    tail = body[start:]
    del body[start:]
    return tail


def _check(
    before: str, after: str, table: str, index: int | None, values: Mapping[str, Value]
) -> None:
    """Refuse a text that says anything else than was asked for."""
    wanted = tomllib.loads(before)
    items = wanted.setdefault(table, [])
    if index is None:
        items.append({})
    item = items[-1 if index is None else index]
    item |= values
    for key in [key for key, value in values.items() if value is None]:
        del item[key]
    got = _loads(after)
    if got is not None and "key" not in item:
        got[table][-1 if index is None else index].pop("key", None)
    if got != wanted:
        raise EditError(_BY_HAND)


def _loads(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
