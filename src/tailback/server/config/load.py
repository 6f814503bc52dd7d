"""The composition of the reader: text in, `Config` or every problem out."""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any, TypeVar

from tailback.server.config import checks, sections
from tailback.server.config.model import Config
from tailback.server.config.oidc import read_oidc
from tailback.server.config.positions import lines_of
from tailback.server.config.problem import ConfigError, Problem, Report, did_you_mean
from tailback.server.config.table import Table

_T = TypeVar("_T")
_SINGLE = ("server", "oidc")
_ARRAYS = ("source", "lane", "person", "channel", "silence", "outcome", "heartbeat")
_SYNTAX_LINE = re.compile(r"\(at line (\d+)")


def load(path: FilePath, env: Mapping[str, str] | None = None) -> Config:
    """Read the file at `path`; ConfigError with every problem when it cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        why = error.strerror or str(error)
        raise _single(str(path), why, "Check the path, or run `tailback init`.") from error
    except UnicodeDecodeError as error:
        raise _single(f"{path}:1", "is not UTF-8 text", "Save the file as UTF-8.") from error
    return read(text, str(path), env)


def read(text: str, file: str = "tailback.toml", env: Mapping[str, str] | None = None) -> Config:
    """Read a configuration from text; `file` is only for the messages."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _SYNTAX_LINE.search(str(error))
        at = line[1] if line else str(len(text.splitlines()) or 1)
        what = str(error).split(" (at ")[0]
        remedy = "Mend the line: texts go in double quotes, one `key = value` per line."
        raise _single(f"{file}:{at}", f"not valid TOML: {what}", remedy) from error
    report = Report(file, lines_of(text))
    config = _build(values, report, os.environ if env is None else env)
    found = report.sorted()
    if any(problem.severity == "error" for problem in found):
        raise ConfigError(found)
    return replace(config, findings=tuple(found))


def _build(values: Mapping[str, Any], report: Report, env: Mapping[str, str]) -> Config:
    for name in values:
        if name not in (*_SINGLE, *_ARRAYS):
            known = (*_SINGLE, *_ARRAYS)
            remedy = did_you_mean(name, known, "Known tables: " + ", ".join(known) + ".")
            report.add((name,), f'unknown table "{name}"', remedy)
    server = sections.read_server(_single_table(values, "server", report, env))
    oidc = None
    if "oidc" in values:
        oidc = read_oidc(_single_table(values, "oidc", report, env))

    def each(name: str, reader: Callable[[Table], _T | None]) -> tuple[_T, ...]:
        return tuple(_present(reader(table) for table in _tables(values, name, report, env)))

    config = Config(
        server=server,
        oidc=oidc,
        sources=each("source", sections.read_source),
        lanes=each("lane", sections.read_lane),
        people=each("person", sections.read_person),
        channels=each("channel", sections.read_channel),
        silences=each("silence", lambda table: sections.read_silence(table, server.time_zone)),
        outcomes=each("outcome", sections.read_outcome),
        heartbeats=each("heartbeat", sections.read_heartbeat),
    )
    return checks.cross_check(config, report)


def _single_table(
    values: Mapping[str, Any], name: str, report: Report, env: Mapping[str, str]
) -> Table:
    found = values.get(name, {})
    if not isinstance(found, dict):
        report.add((name,), "is not a table", f"Write [{name}] on a line of its own.")
        found = {}
    return Table(found, (name,), report, env)


def _present(items: Iterable[_T | None]) -> Iterable[_T]:
    return (item for item in items if item is not None)


def _tables(
    values: Mapping[str, Any], name: str, report: Report, env: Mapping[str, str]
) -> list[Table]:
    items = values.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        report.add((name,), f"[{name}] must be repeated tables", f"Write [[{name}]].")
        return []
    return [Table(item, (name, index), report, env) for index, item in enumerate(items)]


def _single(where: str, wrong: str, remedy: str) -> ConfigError:
    return ConfigError([Problem(where=where, key="file", wrong=wrong, remedy=remedy)])
