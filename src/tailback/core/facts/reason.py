"""The failure reasons of a lane."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tailback.core.facts.series import HOUR_MINUTES
from tailback.core.facts.sight import Sight
from tailback.core.facts.unknown import latest
from tailback.core.rollups import MINUTE_S

MAX_REASONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonFacts:
    """One failure reason in a lane: how many unfinished or dead jobs have it, and its counts.

    `first_error` is the earliest error of this reason, `count_1h` failed attempts in an hour.
    """

    key: str
    jobs: int
    count_1h: int
    last_at: float | None
    last_retry_at: float | None
    status: int | None
    first_error: Mapping[str, Any] | None


def reasons_of(sight: Sight) -> tuple[ReasonFacts, ...]:
    """Return the reasons that matter most, by unfinished and dead jobs, at most 20."""
    keys = {key for part in sight.parts for key in (*part.reasons, *part.failing)}
    found = [_reason(sight, key) for key in keys]
    found = [reason for reason in found if reason.jobs or reason.count_1h]
    found.sort(key=lambda reason: (-reason.jobs, -reason.count_1h, reason.key))
    return tuple(found[:MAX_REASONS])


def _reason(sight: Sight, key: str) -> ReasonFacts:
    hour_ago = sight.last_minute - (HOUR_MINUTES - 1) * MINUTE_S
    stats = [part.reasons[key] for part in sight.parts if key in part.reasons]
    first = min(stats, key=lambda stat: stat.first_error_at, default=None)
    error = sight.ledger.error(first.first_error) if first is not None else None
    return ReasonFacts(
        key=key,
        jobs=sum(len(part.failing.get(key, ())) for part in sight.parts),
        count_1h=sum(
            count for stat in stats for minute, count in stat.minutes.items()
            if hour_ago <= minute <= sight.last_minute
        ),
        last_at=latest(stat.last_at or None for stat in stats),
        last_retry_at=latest(stat.last_retry_at for stat in stats),
        status=error.get("status") if error is not None else None,
        first_error=error or None,
    )  # fmt: skip
