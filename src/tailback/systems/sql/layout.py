"""What the operator's file says of one table: checked names and SQL expressions, no connection."""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tailback.core.system import ProbeError
from tailback.systems.sql import TABLE_KEYS

_LITERAL = re.compile(r"'((?:[^']|'')*)'\Z")
_IS_NOT_NULL = re.compile(r'\s*([\w."]+)\s+is\s+not\s+null\s*\Z', re.IGNORECASE)
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_NAME_PARTS = 2
CONDITIONS = ("unfinished_when", "finished_when", "retrying_when", "running_when", "dead_when")
TIMES = ("created", "due", "started", "done_at")
EXPRESSIONS = (*TIMES, *CONDITIONS, "id", "queue", "job", "attempts", "error", "tenant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One table, by key of `[source.table]`; every value but `table` and the zone is SQL.

    `table` is quoted. `literal_queue` is the one queue of a table without a queue column.
    `unfinished`, `dead` and `attempted` are conditions; the last two are None when the file does
    not tell.
    """

    table: str
    expressions: Mapping[str, str]
    unfinished: str
    dead: str | None
    attempted: str | None
    literal_queue: str | None
    time_zone: str = "UTC"

    def get(self, key: str) -> str | None:
        """Return the expression of `key`, or None when the file does not give it."""
        return self.expressions.get(key)


def read_layout(options: Mapping[str, Any]) -> Layout:
    """Read the key `table` of a source; ProbeError names the first key that cannot be used."""
    table = options.get("table")
    if not isinstance(table, Mapping):
        raise ProbeError(
            "[source.table] is missing: a SQL source needs to know its table. Write at least "
            'name = "jobs", created = "created_at" and finished_when = "done_at is not null".'
        )
    for problem in _problems(table):
        raise ProbeError(problem)
    given = {key: str(table[key]).strip() for key in EXPRESSIONS if key in table}
    name = str(table["name"])
    given.setdefault("id", "id")
    given.setdefault("queue", "'" + name.replace("'", "''") + "'")
    literal = _LITERAL.match(given["queue"])
    dead = given.get("dead_when")
    return Layout(
        table=quoted(name),
        expressions=given,
        unfinished=_unfinished(given),
        dead=f"({dead})" if dead else None,
        attempted=_attempted(given),
        literal_queue=literal[1].replace("''", "'") if literal else None,
        time_zone=str(table.get("time_zone", "UTC")),
    )


def quoted(name: str) -> str:
    """Return a table's name, with or without its schema, as SQL takes it literally."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))


def closest(word: str, known: Mapping[str, str] | list[str]) -> str:
    """Return ` Did you mean "x"?` for the nearest known word, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""


def _problems(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if key not in TABLE_KEYS:
            hint = closest(key, TABLE_KEYS) or " Known keys: " + ", ".join(TABLE_KEYS) + "."
            yield f'[source.table] {key}: unknown key "{key}".{hint}'
        elif not isinstance(value, str) or not value.strip():
            yield f'[source.table] {key} is not text. Write {key} = "…": {TABLE_KEYS[key]}.'
        elif key in EXPRESSIONS and (fault := _fault(value)):
            yield f'[source.table] {key} = "{value}": {fault}. Write one SQL expression.'
    for key in ("name", "created"):
        if key not in table:
            yield f'[source.table] {key} is missing. Write {key} = "…": {TABLE_KEYS[key]}.'
    if "name" in table and len(str(table["name"]).split(".")) > _NAME_PARTS:
        yield f'[source.table] name = "{table["name"]}": write "table" or "schema.table".'
    if "unfinished_when" not in table and "finished_when" not in table:
        yield (
            "[source.table] finished_when is missing, so finished and late jobs look alike. "
            'Write finished_when = "done_at is not null", or unfinished_when = "true" when '
            "finished rows are deleted."
        )
    if "due" in table and "attempts" not in table and "retrying_when" not in table:
        yield (
            "[source.table] due needs attempts or retrying_when: without them a job that waits "
            "for its next attempt looks like one scheduled for later, and its age disappears. "
            'Write attempts = "0" when nothing is ever retried.'
        )


def _fault(expression: str) -> str | None:
    bare = _QUOTED.sub("''", expression)
    if ";" in bare or "--" in bare or "/*" in bare:
        return "a semicolon or a comment is not part of an expression"
    depth = 0
    for letter in bare:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            break
    if depth or "'" in bare.replace("''", "") or '"' in bare:
        return "a bracket or a quote is not closed"
    return None


def _unfinished(given: Mapping[str, str]) -> str:
    """Return the condition in the form that a partial index can serve, and that is never null."""
    base = given.get("unfinished_when") or _not(given["finished_when"])
    return f"({base}) and {_not(given['dead_when'])}" if "dead_when" in given else f"({base})"


def _not(condition: str) -> str:
    column = _IS_NOT_NULL.match(condition)
    return f"({column[1]} is null)" if column else f"(({condition}) is not true)"


def _attempted(given: Mapping[str, str]) -> str | None:
    if "retrying_when" in given:
        return f"({given['retrying_when']}) is true"
    if "attempts" in given:
        return f"coalesce(({given['attempts']}), 0) > 0"
    return None
