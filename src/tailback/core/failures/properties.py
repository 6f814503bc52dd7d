"""What Node prints below the stack of an error: its own properties, as facts."""

import re
from typing import Any

_TAIL_CHARS = 2_000
_PROPERTY = re.compile(
    r"(?:^|[\n,{])\s*(code|status|statusCode|responseCode|severity|sqlState|host|hostname)"
    r": ['\"]?([\w.\-/]+)['\"]?(?=[,\s}]|$)"
)
_STATE_CHARS = 5
_STATUS = range(400, 600)


def properties_in(trace: str) -> tuple[dict[str, Any], int | None]:
    """Return the facts {code, sqlstate, smtp, host} and the HTTP status that a stack shows."""
    found = dict(_PROPERTY.findall(trace[-_TAIL_CHARS:]))
    facts: dict[str, Any] = {}
    code = found.get("code")
    if code:
        state = "severity" in found and len(code) == _STATE_CHARS
        facts["sqlstate" if state else "code"] = code
    if found.get("sqlState"):
        facts["sqlstate"] = found["sqlState"]
    reply = _number(found.get("responseCode"))
    if reply:
        facts["smtp"] = reply
    host = found.get("hostname") or found.get("host")
    if host:
        facts["host"] = host
    return facts, _number(found.get("statusCode")) or _number(found.get("status"))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and int(text) in _STATUS else None
