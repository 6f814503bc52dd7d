"""A Redis that has reached its memory limit: it refuses new jobs, or throws away what waits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# A Redis that throws keys away stays just below its limit.
FULL_SHARE = 0.99
_EVICTS = re.compile(r"redis-evicts=(allkeys-[a-z-]{1,24})", re.ASCII)
_NOTE = re.compile(r"redis-full=(\d{1,18})/(\d{1,18}),([a-z-]{1,32})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Full:
    """A Redis at its limit: `used` and `limit` in bytes, `policy` as in `maxmemory-policy`."""

    used: int
    limit: int
    policy: str

    @property
    def evicts(self) -> bool:
        """Tell whether queues may be thrown away; `volatile-…` spares them, they never expire."""
        return self.policy.startswith("allkeys-")

    @property
    def refuses(self) -> bool:
        """Tell whether nothing can be added now."""
        return self.used >= self.limit and not self.evicts


def full_notes(info: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the note of a reading about `INFO memory`: it is full, or will throw keys away then.

    None when nothing is known, or there is room left and a policy that spares queues.
    """
    info = info or {}
    used, limit = info.get("used_memory"), info.get("maxmemory")
    policy = str(info.get("maxmemory_policy", "noeviction"))
    if not used or not limit:
        return ()
    if used >= FULL_SHARE * limit:
        return (f"redis-full={used}/{limit},{policy}",)
    return (f"redis-evicts={policy}",) if Full(used, limit, policy).evicts else ()


def noted(notes: Sequence[str]) -> Full | None:
    """Return what such a note among those of a reading says."""
    for note in notes:
        match = _NOTE.fullmatch(note)
        if match is not None:
            return Full(int(match[1]), int(match[2]), match[3])
    return None


def evicts_by(notes: Sequence[str]) -> str | None:
    """Return the policy by which a full Redis throws jobs away; None when it does not."""
    full = noted(notes)
    if full is not None:
        return full.policy if full.evicts else None
    found = [match[1] for note in notes if (match := _EVICTS.fullmatch(note)) is not None]
    return found[0] if found else None
