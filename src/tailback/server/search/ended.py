"""Searches the archive: block by block, the newest first, opening only those that can match."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from tailback.server.archive import Archive
from tailback.server.archive.archive import NEWEST
from tailback.server.archive.block import (
    STATES,
    Body,
    Keys,
    Terms,
    mark,
    read_body,
    read_keys,
    read_terms,
)
from tailback.server.search.query import Query

T = TypeVar("T")
ALL_ROWS = 2**31
"""Below this row lies all of a block."""


class Found(NamedTuple):
    """One ended job: its block, opened, and its row in it."""

    number: int
    row: int
    terms: Terms
    keys: Keys
    body: Body


class Searched(NamedTuple):
    """What one look at the archive found; `stopped_at` is the block that was not looked at."""

    found: list[Found]
    stopped_at: int | None


def can_have(query: Query) -> bool:
    """Return whether an ended job can match at all."""
    state = query.exact.get("state")
    return state is None or state in STATES


def find_ended(
    archive: Archive,
    query: Query,
    start: tuple[int, int] | None,
    limit: int,
    out_of_time: Callable[[], bool],
) -> Searched:
    """Return matching jobs that stand below `start` (block, row), the last to end first."""
    found: list[Found] = []
    top, row_top = start if start is not None else (None, ALL_ROWS)
    plain = _plain_words(query)
    before = NEWEST if top is None else top + 1
    for number, raw_terms, raw_keys, raw_body in archive.blocks(marks_of(query), before):
        if out_of_time() and found_or_moved(found, number, top):
            return Searched(found, number)
        raw = raw_terms.lower() if plain else b""
        if not all(word in raw for word in plain):
            continue
        terms = read_terms(raw_terms)
        wanted = _wanted(query, terms)
        if wanted is None:
            continue
        keys = read_keys(raw_keys)
        rows = _rows(query, keys, wanted)
        if number == top:
            rows = [row for row in rows if row < row_top]
        if rows:
            body = raw_body if raw_body is not None else _body(archive, number)
            found += _opened(query, number, rows, terms, keys, body)[: limit - len(found)]
        if len(found) >= limit:
            break
    return Searched(found, None)


def marks_of(query: Query) -> list[list[str]]:
    """Return the marks that a block must have, one of each group."""
    exact, lane = query.exact, query.lane
    tenant, state = exact.get("tenant"), exact.get("state")
    groups = [
        [mark(**{name: exact[name]})]
        for name in ("id", "tenant", "worker", "queue", "job", "state")
        if name in exact
    ]
    if lane is not None:
        groups.append([mark(queue=lane.queue)])
        groups += [[mark(job=job) for job in lane.jobs]] if lane.jobs else []
    if query.reasons:
        groups.append([mark(reason=key) for key in query.reasons])
    if tenant is not None and state not in (None, STATES[0]):
        groups.append([mark(tenant=tenant, state=str(state))])
    if tenant is not None and query.reasons:
        groups.append([mark(tenant=tenant, reason=key) for key in query.reasons])
    return groups


def _plain_words(query: Query) -> list[bytes]:
    """Return words that must stand in the bytes of a block's names, decoded or not.

    One with a blank may lie across two names; other alphabets have small letters of their own.
    """
    if "id" in query.exact:
        return []
    words = [*query.words, query.exact.get("error", "").lower()]
    return [word.encode() for word in words if word.isascii() and not re.search(r"\s", word)]


def _body(archive: Archive, number: int) -> bytes | None:
    block = archive.block(number)
    return None if block is None else block[2]


def found_or_moved(found: list[Found], number: int, top: int | None) -> bool:
    """Return whether stopping here makes progress, so that a search never stands still."""
    return bool(found) or top is None or number < top


class _Wanted(NamedTuple):
    """The numbers of a block that match, per column; `words` are three sets per free word."""

    columns: list[tuple[str, frozenset[int]]]
    errors: frozenset[int] | None
    words: list[tuple[frozenset[int], frozenset[int], frozenset[int], str]]


def _wanted(query: Query, terms: Terms) -> _Wanted | None:
    """Return which numbers match, None when no job of the block can."""
    exact = query.exact
    columns: list[tuple[str, frozenset[int]]] = []
    if query.lane is not None or "queue" in exact or "job" in exact:
        columns.append(("slice", _numbers(terms.slices, lambda key: query.takes(*key))))
    for name, values in (("tenant", terms.tenants), ("worker", terms.workers)):
        if name in exact:
            columns.append((name, _number_of(values, exact[name])))
    if "state" in exact:
        state = STATES.index(exact["state"])
        columns.append(("state", frozenset({state} & set(terms.states))))
    if query.reasons:
        columns.append(("first_error", _numbers(terms.reasons, query.reasons.__contains__)))
    errors = None
    if "error" in exact:
        text = exact["error"].lower()
        errors = frozenset(n for n in range(1, len(terms.errors)) if text in _text(terms, n))
    if any(not allowed for _, allowed in columns) or (errors is not None and not errors):
        return None
    words = [_word(terms, word) for word in query.words]
    if not all(any(sets[:3]) for sets in words) and "id" not in exact:
        return None
    return _Wanted(columns, errors, words)


def _numbers(values: Sequence[T], test: Callable[[T], bool]) -> frozenset[int]:
    return frozenset(number for number, value in enumerate(values) if test(value))


def _number_of(values: Sequence[str | None], wanted: str) -> frozenset[int]:
    return frozenset({values.index(wanted)}) if wanted in values else frozenset()


def _word(terms: Terms, word: str) -> tuple[frozenset[int], frozenset[int], frozenset[int], str]:
    tenants: frozenset[int] = frozenset()
    # Most blocks do not have the word at all: one look at all names together tells.
    if word in "\n".join(filter(None, terms.tenants)).lower():
        tenants = _numbers(terms.tenants, lambda name: name is not None and word in name.lower())
    return (
        _numbers(terms.slices, lambda key: word in key[2].lower()),
        tenants,
        frozenset(n for n in range(1, len(terms.errors)) if word in _text(terms, n)),
        word,
    )


def _text(terms: Terms, number: int) -> str:
    type_, message, _ = terms.errors[number]
    return f"{type_} {message} {terms.reasons[number] or ''}".lower()


def _rows(query: Query, keys: Keys, wanted: _Wanted) -> list[int]:
    rows = list(range(len(keys.state)))
    for name, allowed in sorted(wanted.columns, key=lambda one: len(one[1])):
        column = getattr(keys, name)
        rows = [row for row in rows if column[row] in allowed]
    if wanted.errors is not None:
        first, last, those = keys.first_error, keys.last_error, wanted.errors
        rows = [row for row in rows if first[row] in those or last[row] in those]
    for slices, tenants, errors, _ in wanted.words if "id" not in query.exact else ():
        rows = [
            row
            for row in rows
            if keys.slice[row] in slices
            or keys.tenant[row] in tenants
            or keys.first_error[row] in errors
            or keys.last_error[row] in errors
        ]
    return rows


def _opened(
    query: Query, number: int, rows: list[int], terms: Terms, keys: Keys, raw_body: bytes | None
) -> list[Found]:
    """Open a block for its matching rows; the last row first."""
    if raw_body is None:
        return []
    body = read_body(raw_body)
    job_id = query.exact.get("id")
    if job_id is not None:
        rows = [row for row in rows if body.ids[row] == job_id]
    return [Found(number, row, terms, keys, body) for row in reversed(rows)]
