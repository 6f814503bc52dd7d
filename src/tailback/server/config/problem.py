"""What is wrong with a configuration file, where, and what to write instead."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "refused", "warning"]
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding. `refused` stops `tailback check`, not a server; `error` stops both."""

    where: str
    key: str
    wrong: str
    remedy: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """Return one line: place, key, what is wrong, what to do."""
        return f"{self.where}: {self.key}: {self.wrong}. {self.remedy}"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` lists everything found, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the findings; the text of the exception is one line for each."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(slots=True)
class Report:
    """Collects findings while the reader goes on, so that one run shows all of them."""

    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    found: list[tuple[int, Problem]] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """Return the line (from 1) of `path`, or of the nearest table that contains it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 1

    def add(self, path: Path, wrong: str, remedy: str, severity: Severity = "error") -> None:
        """Record one finding at `path`."""
        line = self.line_of(path)
        problem = Problem(
            where=f"{self.file}:{line}",
            key=spell(path),
            wrong=wrong,
            remedy=remedy,
            severity=severity,
        )
        self.found.append((line, problem))

    def sorted(self) -> list[Problem]:
        """Return the findings in the order of the file."""
        return [problem for _line, problem in sorted(self.found, key=lambda item: item[0])]


def spell(path: Path) -> str:
    """Return a path as a person would write it: `[[lane]] 2: noticed_after`."""
    if len(path) >= 2 and isinstance(path[1], int):  # noqa: PLR2004 - table name and index
        rest = ".".join(str(part) for part in path[2:])
        return f"[[{path[0]}]] {path[1] + 1}" + (f" {rest}" if rest else "")
    rest = ".".join(str(part) for part in path[1:])
    return f"[{path[0]}]" + (f" {rest}" if rest else "")


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return a remedy that offers the nearest known word, else `otherwise`."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'Did you mean "{near[0]}"?' if near else otherwise
