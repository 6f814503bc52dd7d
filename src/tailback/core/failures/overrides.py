"""What people correct in reasons: merge, split, rename and re-bucket, kept as rules, undone by id.

Rules are applied in the order they were made, each once, so no two can chase each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from tailback.core.failures.kinds import BUCKETS, Bucket
from tailback.core.failures.reason import Reason, key_of

Action = Literal["merge", "split", "rename", "rebucket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One correction of the reason `key`.

    merge: `to` is the key it becomes part of. split: failures of it whose first error contains
    `containing` (letter case ignored) become the reason `to`. rename: `to` is the new sentence.
    rebucket: `to` is a bucket. `by` is who did it, `at` Unix seconds.
    """

    id: str
    action: Action
    key: str
    to: str
    containing: str = ""
    by: str | None = None
    at: float | None = None

    def __post_init__(self) -> None:
        if self.action not in get_args(Action):
            raise ValueError(f"action {self.action!r}: use one of {', '.join(get_args(Action))}")
        if not self.id or not self.key or not self.to:
            raise ValueError("id, key and to must not be empty")
        if self.action == "rebucket" and self.to not in BUCKETS:
            raise ValueError(f"bucket {self.to!r}: use one of {', '.join(BUCKETS)}")
        if self.action == "split" and not self.containing:
            raise ValueError("a split needs the text that tells the failures apart (containing)")
        if self.action in {"merge", "split"} and self.to == self.key:
            raise ValueError(f"{self.action} of {self.key!r} into itself: name another reason")


@dataclass(frozen=True, slots=True)
class Overrides:
    """All corrections in force; a value: every change returns a new one."""

    rules: tuple[Override, ...] = ()

    def with_rule(self, rule: Override) -> "Overrides":
        """Return these corrections and one more; raises ValueError for an id that is taken."""
        if any(one.id == rule.id for one in self.rules):
            raise ValueError(f"a correction with id {rule.id!r} exists already")
        return Overrides((*self.rules, rule))

    def without(self, rule_id: str) -> "Overrides":
        """Return these corrections with one undone; raises KeyError when there is none."""
        kept = tuple(one for one in self.rules if one.id != rule_id)
        if len(kept) == len(self.rules):
            raise KeyError(rule_id)
        return Overrides(kept)

    def apply(self, reason: Reason) -> Reason:
        """Return the reason as people want it, with the corrections named in `decided_by`."""
        for rule in self.rules:
            if rule.key == reason.key:
                reason = _APPLY[rule.action](rule, reason)
        return reason

    def only(self, action: Action) -> "Overrides":
        """Return the corrections of one kind."""
        return Overrides(tuple(one for one in self.rules if one.action == action))

    def without_action(self, action: Action) -> "Overrides":
        """Return the corrections of every other kind."""
        return Overrides(tuple(one for one in self.rules if one.action != action))

    @classmethod
    def from_list(cls, rules: list[Mapping[str, Any]]) -> "Overrides":
        """Read what `to_list` wrote."""
        found = cls()
        for rule in rules:
            found = found.with_rule(Override(**rule))
        return found

    def to_list(self) -> list[dict[str, Any]]:
        """Return plain values, for keeping."""
        return [{name: getattr(one, name) for name in Override.__slots__} for one in self.rules]


def _merged(rule: Override, reason: Reason) -> Reason:
    return replace(reason, key=rule.to, decided_by=f"{reason.decided_by}, merged ({rule.id})")


def _split(rule: Override, reason: Reason) -> Reason:
    text = f"{reason.first_error_type}: {reason.first_error_message}".lower()
    if rule.containing.lower() not in text:
        return reason
    key = key_of(rule.to, None)
    return replace(reason, key=key, decided_by=f"{reason.decided_by}, split ({rule.id})")


def _renamed(rule: Override, reason: Reason) -> Reason:
    return replace(
        reason, sentence=rule.to, decided_by=f"{reason.decided_by}, renamed ({rule.id})"
    )


def _rebucketed(rule: Override, reason: Reason) -> Reason:
    bucket: Bucket = next(one for one in BUCKETS if one == rule.to)
    return replace(reason, bucket=bucket, decided_by=f"{reason.decided_by}, moved ({rule.id})")


_APPLY = {"merge": _merged, "split": _split, "rename": _renamed, "rebucket": _rebucketed}
