"""Which keys of a channel are secret: the file refers to those as ${ENV}; nothing shows them."""

import re

_SECRET = {
    ("slack", "url"),
    ("webhook", "secret"),
    ("pagerduty", "routing_key"),
    ("apprise", "url"),
}
_KEPT_BACK = _SECRET | {("webhook", "url"), ("email", "smtp")}
_AUTHORITY = re.compile(r"//(?P<user>(?:[^/?#]*(?=@))?)[^/?#]*")
_REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def may_show(kind: str, key: str, written: str) -> bool:
    """Tell whether what the file says at a key of a channel may be seen by an admin.

    A mixture is kept back as a whole, because nothing tells which part of it is secret.
    """
    return (kind, key) not in _KEPT_BACK or _REFERENCE.fullmatch(written) is not None


def may_write(kind: str, key: str, typed: str) -> bool:
    """Tell whether a value may be written into the file: no secret stands there in plain text."""
    if (kind, key) in _SECRET:
        return _REFERENCE.search(typed) is not None
    if (kind, key) != ("email", "smtp"):
        return True
    authority = _AUTHORITY.search(_REFERENCE.sub("x", typed))
    if authority is None:
        return True
    if authority[0].count("[") != authority[0].count("]"):
        return False
    return ":" not in authority["user"] or _REFERENCE.search(typed) is not None
