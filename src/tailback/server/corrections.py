"""What people corrected in the reasons: kept, audited, undone; the newest book is a value."""

import json
import secrets
import threading
from collections.abc import Mapping
from typing import Any

from tailback.core.failures.overrides import Action, Override, Overrides
from tailback.server.reasons import ReasonBook
from tailback.store.access import AuditStore, MetaStore

META_NAME = "reason_rules"
MAX_RULES = 1_000
MAX_TO_CHARS = 200


class Corrections:
    """The corrections in force; safe from any thread."""

    def __init__(self, meta: MetaStore, audit: AuditStore) -> None:
        """Go on with what `meta` keeps."""
        self._meta = meta
        self._audit = audit
        self._lock = threading.Lock()
        self._book = ReasonBook(Overrides.from_list(json.loads(meta.get(META_NAME) or "[]")))

    def book(self) -> ReasonBook:
        """Return the reasons as they are corrected now."""
        return self._book

    def key(self, error: Mapping[str, Any]) -> str:
        """Return the key under which the ledger groups an error."""
        return self._book.key(error)

    def add(
        self, *, action: Action, key: str, to: str, containing: str, by: str, now: float
    ) -> Override:
        """Make a correction; raises ValueError, with what to do, when it cannot be made."""
        if len(to) > MAX_TO_CHARS or len(containing) > MAX_TO_CHARS:
            raise ValueError(f"to and containing hold at most {MAX_TO_CHARS} characters")
        rule = Override(
            id=secrets.token_hex(4), action=action, key=key, to=to, containing=containing,
            by=by, at=now,
        )  # fmt: skip
        with self._lock:
            rules = self._book.corrections
            if len(rules.rules) >= MAX_RULES:
                raise ValueError(f"there are {MAX_RULES} corrections already: undo some first")
            said = {"action": action, "to": to, "containing": containing, "rule": rule.id}
            self._audit.add(by, f"{action} reason", key, now=now, detail=said)
            self._keep(rules.with_rule(rule))
        return rule

    def undo(self, rule_id: str, *, by: str, now: float) -> Override:
        """Take a correction back; raises KeyError when there is none of this id."""
        with self._lock:
            rules = self._book.corrections
            kept = rules.without(rule_id)
            rule = next(one for one in rules.rules if one.id == rule_id)
            said = {"action": rule.action, "to": rule.to, "rule": rule.id}
            self._audit.add(by, f"undo {rule.action} of reason", rule.key, now=now, detail=said)
            self._keep(kept)
        return rule

    def _keep(self, rules: Overrides) -> None:
        self._meta.set(META_NAME, json.dumps(rules.to_list()))
        self._book = ReasonBook(rules)
