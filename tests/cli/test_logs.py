"""Logs: one JSON object per line for machines, short lines for a person, harmless for both."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from tailback.cli._logs import JsonLines, Plain, set_up

NASTY = "\x1b[2Jevil\x9b1A\u202e\nfake 12:00:00 info all is well"


@pytest.fixture(autouse=True)
def usual_logging() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def record(message: str, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("tailback.x", logging.WARNING, "f.py", 1, message, (), None)
    made.__dict__.update(fields)
    return made


def test_a_line_of_json_holds_every_field() -> None:
    said = json.loads(JsonLines().format(record("source cannot be read", source="shop", n=3)))

    assert said["level"] == "warning"
    assert said["message"] == "source cannot be read"
    assert (said["source"], said["n"]) == ("shop", 3)
    assert said["at"].endswith("+00:00")


def test_a_fault_is_logged_with_its_trace() -> None:
    try:
        raise ValueError(NASTY)
    except ValueError:
        faulty = record("request failed")
        faulty.exc_info = sys.exc_info()

    assert "ValueError" in json.loads(JsonLines().format(faulty))["trace"]
    plain = Plain().format(faulty)
    assert plain.splitlines()[0].endswith("warning request failed")
    assert "ValueError" in plain
    assert "\x1b" not in plain
    assert "\u202e" not in plain


def test_no_field_commands_the_terminal_or_forges_a_line() -> None:
    plain = Plain().format(record("odd", path=NASTY))

    assert plain.count("\n") == 0
    assert "\x1b" not in plain
    assert "path=[2Jevil1A fake" in plain
    assert len(JsonLines().format(record("odd", path=NASTY)).splitlines()) == 1


@pytest.mark.parametrize(("kind", "formatter"), [("plain", Plain), ("json", JsonLines)])
def test_the_kind_of_log_can_be_chosen(kind: str, formatter: type[logging.Formatter]) -> None:
    set_up(kind, "info")

    assert type(logging.getLogger().handlers[0].formatter) is formatter
    assert logging.getLogger().level == logging.INFO


def test_without_a_terminal_logs_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    set_up("auto", "debug")
    assert isinstance(logging.getLogger().handlers[0].formatter, JsonLines)

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    set_up("auto", "debug")
    assert isinstance(logging.getLogger().handlers[0].formatter, Plain)
