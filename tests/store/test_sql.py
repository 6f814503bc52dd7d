import re
from pathlib import Path

import pytest

from tailback.store.sql import parse, queries, statements, topics


def test_a_file_is_split_into_named_statements_with_their_purpose() -> None:
    found = parse(
        "-- a file\n\n-- name: one\n-- Does one\n-- thing.\nselect 1;\n\n-- name: two\n-- Other.\nselect\n 2;\n",
        "x",
    )

    assert [(q.name, q.purpose, q.sql) for q in found.values()] == [
        ("one", "Does one thing.", "select 1;"),
        ("two", "Other.", "select\n 2;"),
    ]


def test_a_repeated_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"queries/x\.sql names one twice"):
        parse("-- name: one\n-- A.\nselect 1;\n-- name: one\n-- B.\nselect 2;", "x")


@pytest.mark.parametrize("text", ["-- name: one\nselect 1;", "-- name: one\n-- Nothing.\n"])
def test_a_statement_needs_a_purpose_and_sql(text: str) -> None:
    with pytest.raises(
        ValueError, match="one needs a comment that says what it is for, and a statement"
    ):
        parse(text, "x")


def test_every_statement_is_used_and_every_used_one_exists(repo_root: Path) -> None:
    code = "\n".join(path.read_text() for path in (repo_root / "src/tailback/store").rglob("*.py"))
    quoted = set(re.findall(r'"([a-z][a-z0-9_]*)"', code))
    named = {name for topic in topics() for name in queries(topic)}

    assert named - quoted == set()
    assert set(re.findall(r'_SQL\["([a-z0-9_]+)"\]', code)) - named == set()


# Job systems read the databases of others, and the demo's shop has books of its own.
DATABASES_OF_OTHERS = {"systems", "testing", "_demo"}


def test_no_statement_stands_outside_the_queries(repo_root: Path) -> None:
    sql = re.compile(
        r"""(?<!["'])["'](select\s|insert into|update \w+ set|delete from|create (table|index)|alter table|drop table)""",
        re.IGNORECASE,
    )
    guilty = [
        f"{path.name}: {line.strip()}"
        for path in (repo_root / "src/tailback").rglob("*.py")
        if not DATABASES_OF_OTHERS & set(path.parts)
        for line in path.read_text().splitlines()
        if sql.search(line)
    ]

    assert guilty == []


def test_statements_returns_the_sql_alone() -> None:
    assert statements("log")["next_offset"] == queries("log")["next_offset"].sql
