"""Reads one TOML table key by key, typed; whatever was never asked for is an unknown key."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from tailback.server.config.problem import Path, Report, did_you_mean
from tailback.server.config.values import duration_s, expand_env

_T = TypeVar("_T")
_KINDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


class Table:
    """One table; every getter returns None (or the default) after recording what is wrong."""

    def __init__(
        self, values: Mapping[str, Any], path: Path, report: Report, env: Mapping[str, str]
    ) -> None:
        """Wrap `values` found at `path`."""
        self.values = values
        self.path = path
        self._report = report
        self._env = env
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Tell whether the key is written at all."""
        return key in self.values

    def wrong(self, key: str, what: str, remedy: str, severity: Any = "error") -> None:
        """Record a finding at one key of this table."""
        self._report.add((*self.path, key), what, remedy, severity)

    def raw(self, key: str) -> Any:
        """Return the value as TOML gave it and mark the key as known."""
        self._asked.add(key)
        return self.values.get(key)

    def text(self, key: str, *, required: str | None = None) -> str | None:
        """Return a non-empty text, environment filled in; `required` is the remedy."""
        value = self.raw(key)
        if value is None:
            if required is not None:
                self._missing(key, required)
            return None
        if not isinstance(value, str):
            self._kind(key, value, "text in quotes")
            return None
        filled = self._fill(key, value)
        if filled is not None and not filled.strip():
            self.wrong(key, "is empty", "Write a value or remove the line.")
            return None
        return filled

    def choice(self, key: str, known: Collection[str], *, required: bool = False) -> str | None:
        """Return one of `known`."""
        remedy = "One of: " + ", ".join(sorted(known)) + "."
        word = self.text(key, required=remedy if required else None)
        if word is None or word in known:
            return word
        self.wrong(key, f'"{word}" is not known', did_you_mean(word, known, remedy))
        return None

    def parsed(self, key: str, parse: Callable[[str], _T], remedy: str) -> _T | None:
        """Return `parse(text)`; a ValueError of it becomes a finding with `remedy`."""
        word = self.text(key)
        if word is None:
            return None
        try:
            return parse(word)
        except (ValueError, KeyError):
            self.wrong(key, f'"{word}" cannot be read', remedy)
            return None

    def duration(self, key: str, *, required: str | None = None) -> float | None:
        """Return seconds (> 0) of a duration such as "5m"."""
        if required is not None and not self.has(key):
            self.raw(key)
            self._missing(key, required)
            return None
        seconds = self.parsed(key, duration_s, 'Write a duration such as "90s", "5m" or "1h30m".')
        if seconds is not None and seconds <= 0:
            self.wrong(key, "must be longer than zero", 'Write a duration such as "5m".')
            return None
        return seconds

    def flag(self, key: str) -> bool | None:
        """Return true or false."""
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return value
        self._kind(key, value, "true or false, without quotes")
        return None

    def number(self, key: str, *, at_least: float, whole: bool = False) -> float | None:
        """Return a number that is not below `at_least`."""
        value = self.raw(key)
        if value is None:
            return None
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            self._kind(key, value, "a whole number" if whole else "a number")
            return None
        if not value >= at_least:
            self.wrong(key, f"{value} is too small", f"Write at least {at_least:g}.")
            return None
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; a single text counts as a list of one."""
        value = self.raw(key)
        if value is None:
            return ()
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._kind(key, value, 'a list of texts such as ["a", "b"]')
            return ()
        filled = [self._fill(key, item) for item in value]
        return tuple(item for item in filled if item)

    def table(self, key: str) -> "Table | None":
        """Return a nested table."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._kind(key, value, "a table such as { a = 1 }")
            return None
        return Table(value, (*self.path, key), self._report, self._env)

    def anything(self, key: str) -> Any:
        """Return the value with the environment filled in at any depth."""
        return self._deep(key, self.raw(key))

    def refuse_unknown(self) -> None:
        """Record every key that was never asked for."""
        for key in self.values:
            if key not in self._asked:
                known = "Known keys: " + ", ".join(sorted(self._asked)) + "."
                remedy = did_you_mean(key, self._asked, known)
                self.wrong(key, f'unknown key "{key}"', remedy)

    def _deep(self, key: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._fill(key, value)
        if isinstance(value, list):
            return [self._deep(key, item) for item in value]
        if isinstance(value, dict):
            return {name: self._deep(key, item) for name, item in value.items()}
        return value

    def _fill(self, key: str, value: str) -> str | None:
        filled, missing = expand_env(value, self._env)
        for name in missing:
            what = f"the environment variable {name or '(empty name)'} is not set"
            self.wrong(key, what, f"Set {name} before starting, or write the value here.")
        return None if missing else filled

    def _missing(self, key: str, remedy: str) -> None:
        self._report.add(self.path, f'"{key}" is missing', remedy)

    def _kind(self, key: str, value: object, wanted: str) -> None:
        got = _KINDS.get(type(value), "a list" if isinstance(value, list) else "a table")
        self.wrong(key, f"is {got}", f"Write {wanted}.")
