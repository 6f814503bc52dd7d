"""Whom a late lane concerns: how many accounts, and when customers notice."""

from dataclasses import dataclass

from tailback.core.facts import LaneFacts
from tailback.core.model import Lane


@dataclass(frozen=True, slots=True)
class Impact:
    """How many accounts wait too long or fail, and in how many seconds customers notice.

    `accounts` None: not known. `exact` is False for an estimate or a configured number, None when
    nothing is known. `notice_in_s` is negative once customers have been noticing; None: the age
    is not known, or nothing is late.
    """

    accounts: int | None
    exact: bool | None
    notice_in_s: float | None


def impact_of(lane: Lane, facts: LaneFacts) -> Impact:
    """Return the impact of a lane as it is now."""
    accounts, exact = _accounts(lane, facts)
    return Impact(accounts, exact, notice_in_s(lane, facts))


def notice_in_s(lane: Lane, facts: LaneFacts) -> float | None:
    """Return in how many seconds customers notice the oldest job; negative: for how long."""
    if facts.oldest_due_at is None:
        return None
    return lane.promise_s - max(0.0, facts.now - facts.oldest_due_at)


def _accounts(lane: Lane, facts: LaneFacts) -> tuple[int | None, bool | None]:
    # Failing jobs are mostly late as well: the greater of the two counts none of them twice.
    known = [number for number in (facts.overdue, facts.failing) if number is not None]
    if lane.accounts == "tenant":
        return facts.affected, None if facts.affected is None else facts.affected_exact
    if lane.accounts == "job":
        return max(known, default=None), True if known else None
    if not known:
        late = facts.oldest_due_at is not None
        return (lane.accounts, False) if late and _overdue(lane, facts) else (None, None)
    return (lane.accounts if any(known) else 0), False


def _overdue(lane: Lane, facts: LaneFacts) -> bool:
    left = notice_in_s(lane, facts)
    return left is not None and left < 0.5 * lane.promise_s
