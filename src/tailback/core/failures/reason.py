"""What Tailback says of one failure."""

import re
from dataclasses import dataclass
from hashlib import sha256

from tailback.core.failures.kinds import Bucket

_KEY_CHARS = 100
_HASH_CHARS = 12
_NOT_IN_KEYS = re.compile(r"[^a-z0-9.]+")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a job failed: `key` is equal for failures of one cause, wherever they were seen.

    `entity` is what is concerned (a service, a table, a field …), `first_error_*` the raw first
    useful error of the chain, `decided_by` the rule that decided.
    """

    bucket: Bucket
    kind: str
    entity: str | None
    key: str
    sentence: str
    first_error_type: str
    first_error_message: str
    decided_by: str


def key_of(kind: str, entity: str | None) -> str:
    """Return a readable, stable key of at most 100 characters, safe in a URL path."""
    if not entity:
        return kind
    if kind == "unknown":
        return f"{kind}-{sha256(entity.encode()).hexdigest()[:_HASH_CHARS]}"
    slug = _NOT_IN_KEYS.sub("-", entity.lower()).strip("-.")
    key = f"{kind}-{slug}"
    if slug and len(key) <= _KEY_CHARS:
        return key
    mark = sha256(entity.encode()).hexdigest()[:_HASH_CHARS]
    return f"{key[: _KEY_CHARS - _HASH_CHARS - 1].rstrip('-.')}-{mark}"
