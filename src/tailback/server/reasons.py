"""Why a job failed, as the ledger keys it and the view says it; each error is judged once."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tailback.core.failures import Overrides, Reason, reason_of
from tailback.core.ledger.failing import mark_of

MAX_REMEMBERED = 10_000

_remembered: dict[str, Reason] = {}


def reason_key(error: Mapping[str, Any]) -> str:
    """Return the key under which the ledger groups an error."""
    return explained(error).key


def explained(error: Mapping[str, Any]) -> Reason:
    """Return bucket, sentence and first useful error."""
    about = mark_of(error)
    reason = _remembered.get(about)
    if reason is None:
        if len(_remembered) >= MAX_REMEMBERED:
            _remembered.clear()
        reason = _remembered[about] = reason_of(error)
    return reason


@dataclass(frozen=True, slots=True)
class ReasonBook:
    """The reasons as people corrected them; a value, replaced at every correction."""

    corrections: Overrides = field(default_factory=Overrides)

    def key(self, error: Mapping[str, Any]) -> str:
        """Return the key under which the ledger groups an error: only splits count here.

        The other corrections change what is shown, so that they can be undone.
        """
        return self.corrections.only("split").apply(explained(error)).key

    def explain(
        self, error: Mapping[str, Any], key: str, example: Mapping[str, Any] | None = None
    ) -> Reason:
        """Return what people want to read of an error that the ledger grouped under `key`.

        An error that was kept without its causes or its trace may not lead there by itself; then
        an `example` of that reason says it.
        """
        reason = explained(error)
        if reason.key != key:
            reason = replace(explained(example or error), key=key)
        return self.corrections.without_action("split").apply(reason)

    def sources(self, key: str) -> set[str]:
        """Return the keys that are shown as `key`, and itself."""
        merged = {rule.key for rule in self.corrections.rules if rule.action == "merge"}
        return {key} | {one for one in merged if self.alias(one) == key}

    def alias(self, key: str) -> str:
        """Return the key of the reason that `key` was merged into, itself when into none."""
        for rule in self.corrections.rules:
            if rule.action == "merge" and rule.key == key:
                key = rule.to
        return key
