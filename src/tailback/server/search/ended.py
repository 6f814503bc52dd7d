"""Searches the archive: block by block, the newest first, opening only those that can match."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from operator import eq
from typing import NamedTuple, TypeVar

from tailback.server.archive import Archive
from tailback.server.archive.block import (
    STATES,
    Body,
    Keys,
    Terms,
    read_body,
    read_keys,
    read_terms,
)
from tailback.server.search.live import Alias
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
    alias: Alias,
    start: tuple[int, int] | None,
    limit: int,
    out_of_time: Callable[[], bool],
) -> Searched:
    """Return matching jobs that stand below `start` (block, row), the last to end first."""
    found: list[Found] = []
    top, row_top = start if start is not None else (None, None)
    for number, raw_terms, raw_keys in _blocks(archive, query, top):
        if out_of_time() and found_or_moved(found, number, top):
            return Searched(found, number)
        terms = read_terms(raw_terms)
        wanted = _wanted(query, terms, alias)
        if wanted is None:
            continue
        keys = read_keys(raw_keys)
        rows = _rows(query, keys, wanted)
        if number == top and row_top is not None:
            rows = [row for row in rows if row < row_top]
        found += _opened(archive, query, number, rows, limit - len(found))
        if len(found) >= limit:
            break
    return Searched(found, None)


def found_or_moved(found: list[Found], number: int, top: int | None) -> bool:
    """Return whether stopping here makes progress, so that a search never stands still."""
    return bool(found) or top is None or number < top


def _blocks(archive: Archive, query: Query, top: int | None) -> Iterator[tuple[int, bytes, bytes]]:
    job_id = query.exact.get("id")
    if job_id is None:
        yield from archive.blocks() if top is None else archive.blocks(top + 1)
        return
    for number in archive.blocks_with(job_id):
        block = archive.block(number)
        if block is not None and (top is None or number <= top):
            yield number, block[0], block[1]


class _Wanted(NamedTuple):
    """The numbers of a block that match, per column; `words` are three sets per free word."""

    columns: list[tuple[str, frozenset[int]]]
    errors: frozenset[int] | None
    words: list[tuple[frozenset[int], frozenset[int], frozenset[int], str]]


def _wanted(query: Query, terms: Terms, alias: Alias) -> _Wanted | None:
    """Return which numbers match, None when no job of the block can."""
    exact = query.exact
    columns: list[tuple[str, frozenset[int]]] = []
    if query.lane is not None or "queue" in exact or "job" in exact:
        columns.append(("slice", _numbers(terms.slices, lambda key: query.takes(*key))))
    for name, values in (("tenant", terms.tenants), ("worker", terms.workers)):
        if name in exact:
            columns.append((name, _numbers(values, partial(eq, exact[name]))))
    if "state" in exact:
        state = STATES.index(exact["state"])
        columns.append(("state", frozenset({state} & set(terms.states))))
    if "reason" in exact:
        reason = exact["reason"]
        columns.append(
            (
                "first_error",
                _numbers(terms.reasons, lambda r: r is not None and reason in (r, alias(r))),
            )
        )
    errors = None
    if "error" in exact:
        text = exact["error"].lower()
        errors = frozenset(n for n in range(1, len(terms.errors)) if text in _text(terms, n))
    if any(not allowed for _, allowed in columns) or (errors is not None and not errors):
        return None
    return _Wanted(columns, errors, [_word(terms, word) for word in query.words])


def _numbers(values: Sequence[T], test: Callable[[T], bool]) -> frozenset[int]:
    return frozenset(number for number, value in enumerate(values) if test(value))


def _word(terms: Terms, word: str) -> tuple[frozenset[int], frozenset[int], frozenset[int], str]:
    return (
        _numbers(terms.slices, lambda key: word in key[2].lower()),
        _numbers(terms.tenants, lambda tenant: tenant is not None and word in tenant.lower()),
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
    archive: Archive, query: Query, number: int, rows: list[int], limit: int
) -> list[Found]:
    """Open a block for its matching rows; the last row first."""
    block = archive.block(number) if rows else None
    if block is None:
        return []
    terms, keys, body = read_terms(block[0]), read_keys(block[1]), read_body(block[2])
    job_id = query.exact.get("id")
    if job_id is not None:
        rows = [row for row in rows if body.ids[row] == job_id]
    return [Found(number, row, terms, keys, body) for row in reversed(rows)][:limit]
