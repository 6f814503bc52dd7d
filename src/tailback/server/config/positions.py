"""Finds the line of every table and key of a TOML text that tomllib has already accepted."""

import re

from tailback.server.config.problem import Path

_HEADER = re.compile(r"^\s*(\[\[|\[)(.+?)(\]\]|\])\s*(#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')
    (?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""",
    re.VERBOSE,
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')


def lines_of(text: str) -> dict[Path, int]:
    """Return path -> line (from 1); elements of arrays of tables carry their index."""
    found: dict[Path, int] = {}
    counts: dict[str, int] = {}
    table: Path = ()
    inside = _Continuation()
    for number, line in enumerate(text.splitlines(), 1):
        if inside.goes_on(line):
            continue
        header = _HEADER.match(line)
        if header:
            table = _table_path(_parts(header[2]), header[1] == "[[", counts)
            found.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            path = table
            for part in _parts(key[1]):
                path = (*path, part)
                found.setdefault(path, number)
            inside.start(line[key.end() :])
    return found


def _table_path(parts: list[str], is_array: bool, counts: dict[str, int]) -> Path:
    first = parts[0]
    if is_array and len(parts) == 1:
        counts[first] = counts.get(first, -1) + 1
    if first in counts:
        return (first, counts[first], *parts[1:])
    return tuple(parts)


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


class _Continuation:
    """Follows values over several lines: arrays, inline tables and triple-quoted strings."""

    def __init__(self) -> None:
        self._quote: str | None = None
        self._depth = 0

    def goes_on(self, line: str) -> bool:
        """Take one more line when the value before it is still open."""
        if self._quote is None and self._depth == 0:
            return False
        if self._quote is not None:
            end = line.find(self._quote)
            if end < 0:
                return True
            line = line[end + 3 :]
            self._quote = None
        self.start(line)
        return True

    def start(self, value: str) -> None:
        """Look at the rest of a line that follows `=` or the end of a long string."""
        for quote in ('"""', "'''"):
            if value.count(quote) % 2 == 1:
                self._quote = quote
                value = value[: value.find(quote)]
        plain = _STRINGS.sub("", value).split("#", 1)[0]
        self._depth += plain.count("[") + plain.count("{") - plain.count("]") - plain.count("}")
