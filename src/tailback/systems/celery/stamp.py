"""The stamp: one small header that a job carries from its first publish through every retry.

Celery and its brokers keep no time of enqueueing. The hook writes the header `tailback` once and
Celery hands it on to every retry, redelivery and restore; the probe reads it where a message can
be read at all. Shared by both, pure.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

HEADER = "tailback"
# Celery's own polling for a chord without native support: an endless retry loop that is no work.
NOT_WORK = frozenset({"celery.chord_unlock"})


def stamp_in(headers: object) -> dict[str, Any]:
    """Return the stamp in these message headers; empty when there is none or it is not ours."""
    found = headers.get(HEADER) if isinstance(headers, dict) else None
    return found if isinstance(found, dict) and time_in(found, "first") else {}


def time_in(fields: Mapping[str, Any], name: str) -> float | None:
    """Return a positive Unix time of a stamp, None when it is absent or nonsense."""
    value = fields.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11:  # noqa: PLR2004 - the year 5138
        return float(value)
    return None


def first_due(stamp: Mapping[str, Any]) -> float | None:
    """Return when the stamped job was first due: its first ETA, else its chain's or its own start.

    None without a stamp.
    """
    first = time_in(stamp, "first")
    if first is None:
        return None
    due = time_in(stamp, "due")
    if due is not None and due > first:
        return due
    return time_in(stamp, "root_due") or first


def unix_of(eta: object, *, naive_zone: Any = UTC) -> float | None:
    """Return the Unix time of an ETA as Celery writes it (ISO 8601) or holds it (datetime)."""
    if isinstance(eta, str):
        try:
            eta = datetime.fromisoformat(eta)
        except ValueError:
            return None
    if not isinstance(eta, datetime):
        return None
    try:
        return (eta if eta.tzinfo else eta.replace(tzinfo=naive_zone)).timestamp()
    except (OverflowError, ValueError, OSError):
        return None
