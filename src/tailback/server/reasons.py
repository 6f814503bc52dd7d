"""Why a job failed, as the ledger keys it and the view says it; each error is judged once."""

from collections.abc import Mapping
from typing import Any

from tailback.core.failures import Reason, reason_of

MAX_REMEMBERED = 10_000

_remembered: dict[tuple[Any, ...], Reason] = {}


def reason_key(error: Mapping[str, Any]) -> str:
    """Return the key under which the ledger groups an error."""
    return explained(error).key


def explained(error: Mapping[str, Any]) -> Reason:
    """Return bucket, sentence and first useful error."""
    about = _content(error)
    reason = _remembered.get(about)
    if reason is None:
        if len(_remembered) >= MAX_REMEMBERED:
            _remembered.clear()
        reason = _remembered[about] = reason_of(error)
    return reason


def _content(error: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return all that decides: the same wrapper around another cause is another reason."""
    chain = error.get("chain") or ()
    return (
        error.get("type"),
        error.get("message"),
        error.get("status"),
        error.get("trace"),
        repr(error.get("facts")),
        *((link.get("type"), link.get("message"), link.get("status")) for link in chain),
    )
