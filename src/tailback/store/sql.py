"""Named SQL statements, read from the files beside this module.

A file in `queries/` holds blocks like

    -- name: add_token
    -- Keeps the hash of a new token.
    insert into …

The name is how the code calls it, the comment lines say what it is for.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: *([a-z][a-z0-9_]*)\s*$")


@dataclass(frozen=True, slots=True)
class Query:
    """One named statement and what it is for."""

    name: str
    purpose: str
    sql: str


@cache
def queries(topic: str) -> dict[str, Query]:
    """Return the statements of `queries/<topic>.sql` by name."""
    source = files("tailback.store").joinpath("queries", f"{topic}.sql")
    return parse(source.read_text(encoding="utf-8"), topic)


def statements(topic: str) -> dict[str, str]:
    """Return only the SQL of `queries/<topic>.sql` by name."""
    return {name: query.sql for name, query in queries(topic).items()}


def topics() -> list[str]:
    """Return the names of all files of statements."""
    folder = files("tailback.store").joinpath("queries")
    return sorted(
        entry.name.removesuffix(".sql")
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    )


def parse(text: str, topic: str) -> dict[str, Query]:
    """Split the text of one file; refuse a repeated name and a statement without a purpose."""
    found: dict[str, Query] = {}
    blocks = _blocks(text)
    for name, lines in blocks:
        purpose = " ".join(line[2:].strip() for line in lines if line.startswith("--"))
        sql = "\n".join(line for line in lines if not line.startswith("--")).strip()
        if name in found:
            raise ValueError(
                f"queries/{topic}.sql names {name} twice; give one of them another name"
            )
        if not purpose or not sql:
            raise ValueError(
                f"queries/{topic}.sql: {name} needs a comment that says what it is for, "
                "and a statement"
            )
        found[name] = Query(name, purpose, sql)
    return found


def _blocks(text: str) -> list[tuple[str, list[str]]]:
    blocks: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        match = _NAME.match(line)
        if match:
            blocks.append((match.group(1), []))
        elif blocks:
            blocks[-1][1].append(line)
    return blocks
