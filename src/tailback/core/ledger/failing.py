"""Errors that jobs share, and what is known of each failure reason in a slice."""

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

MAX_ERRORS = 50_000
MAX_TEXT = 64 * 1024 * 1024
MAX_REASONS = 500
TRACES_PER_REASON = 3
OTHER_REASON = "other"
RECOVERED_MINUTES = 30
_NUMBERS = re.compile(r"0x[0-9a-fA-F]+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|\d+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")

Classify = Callable[[Mapping[str, Any]], str]


def masked_reason(error: Mapping[str, Any]) -> str:
    """Return type and message with numbers and quoted parts masked; the reason of last resort."""
    message = str(error.get("message") or "").split("\n", 1)[0][:200]
    masked = _NUMBERS.sub("#", _QUOTED.sub("'…'", message))
    return (
        f"{error.get('type') or 'Error'}: {masked}"
        if masked
        else str(error.get("type") or "Error")
    )


def mark_of(error: Mapping[str, Any]) -> str:
    """Return what only errors have in common that say the same in all that decides the reason.

    The same wrapper around another cause is another error, and so is the same message from
    another place or about another host. A short digest, because traces are long and many.
    """
    parts = [error.get("type"), error.get("message"), error.get("trace")]
    parts += [error.get("status"), error.get("facts")]
    for link in error.get("chain") or ():
        parts += [link.get("type"), link.get("message"), link.get("status"), link.get("facts")]
    said = "\x1f".join(map(str, parts))
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


class Errors:
    """Every distinct error once, with its reason; full text is kept for a few of each reason.

    When the table is full, an error is represented by the first one of its reason.
    """

    def __init__(self, classify: Classify) -> None:
        self.classify = classify
        self.errors: list[Mapping[str, Any]] = [{}]
        self.reasons: list[str] = [""]
        self._numbers: dict[str, int] = {}
        self._first: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._text = 0

    def number(self, error: Mapping[str, Any] | None) -> int:
        """Return the number of an error, from 1; 0 is no error."""
        if not error:
            return 0
        mark = mark_of(error)
        number = self._numbers.get(mark)
        return self._add(mark, error) if number is None else number

    def _add(self, mark: str, error: Mapping[str, Any]) -> int:
        reason = self.classify(error)
        if len(self.errors) > MAX_ERRORS:
            if reason not in self._first and OTHER_REASON not in self._first:
                self.put(OTHER_REASON, {"type": OTHER_REASON}, OTHER_REASON)
            return self._first.get(reason) or self._first[OTHER_REASON]
        self._seen[reason] = self._seen.get(reason, 0) + 1
        if self._seen[reason] > TRACES_PER_REASON or self._text > MAX_TEXT:
            error = {name: value for name, value in error.items() if name != "trace"}
        return self.put(mark, error, reason)

    def put(self, mark: str, error: Mapping[str, Any], reason: str) -> int:
        """Store an error whose reason is known."""
        self._text += len(error.get("trace") or "") + len(error.get("message") or "")
        number = len(self.errors)
        self.errors.append(error)
        self.reasons.append(reason)
        self._numbers[mark] = number
        self._first.setdefault(reason, number)
        return number

    def example(self, reason: str) -> Mapping[str, Any] | None:
        """Return the first error of a reason, with all its text; None when there was none."""
        number = self._first.get(reason)
        return None if number is None else self.errors[number]

    def classify_anew(self, classify: Classify) -> bool:
        """Find the reason of every known error again; return whether any is another one now."""
        self.classify = classify
        before = list(self.reasons)
        for number in self._numbers.values():
            if self.errors[number].get("type") != OTHER_REASON:
                self.reasons[number] = classify(self.errors[number])
                self._first.setdefault(self.reasons[number], number)
        return self.reasons != before

    def state(self) -> list[Any]:
        """Return what `restore` needs, as plain data."""
        return [
            [dict(self.errors[number]), self.reasons[number], mark]
            for mark, number in self._numbers.items()
        ]

    def restore(self, state: list[Any]) -> None:
        """Take back what `state` returned."""
        for error, reason, mark in state:
            self._seen[reason] = self._seen.get(reason, 0) + 1
            self.put(mark, error, reason)


class ReasonStat:
    """What is known of one reason in one slice; times are Unix seconds."""

    __slots__ = (
        "first_error",
        "first_error_at",
        "last_at",
        "last_error",
        "last_retry_at",
        "minutes",
        "recovered",
    )

    def __init__(self) -> None:
        self.minutes: dict[int, int] = {}
        self.recovered: dict[int, int] = {}
        self.first_error = self.last_error = 0
        self.first_error_at = float("inf")
        self.last_at = 0.0
        self.last_retry_at: float | None = None

    def count(self, minute: int, weight: int, keep_minutes: int) -> None:
        """Count failed attempts of a minute; only the latest minutes are kept."""
        self.minutes[minute] = self.minutes.get(minute, 0) + weight
        if len(self.minutes) > keep_minutes:
            del self.minutes[min(self.minutes)]

    def recover(self, minute: int, weight: int) -> None:
        """Count jobs that had failed for this reason and then succeeded, for the last minutes."""
        self.recovered[minute] = self.recovered.get(minute, 0) + weight
        if len(self.recovered) > RECOVERED_MINUTES:
            del self.recovered[min(self.recovered)]
