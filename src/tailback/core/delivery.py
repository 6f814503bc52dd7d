"""What becomes of a message after an attempt to deliver it."""

from dataclasses import dataclass

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 300.0
RETRY_AFTER_LONGEST_S = 3_600.0
FALL_BACK_AFTER_S = 90.0
GIVE_UP_AFTER_S = 86_400.0
# What a person can read of one channel in an hour; more of it is put together into digests.
MOST_PER_HOUR = 20
DIGEST_EVERY_S = 300.0
PERMANENT = frozenset({400, 401, 403, 404, 405, 410, 413, 422})


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How one attempt ended.

    `ok`: the other side took it. `permanent`: it will never take it, so asking again is useless.
    `retry_after_s` is what it asked for. `reason` is words for a person, without secrets.
    """

    ok: bool
    permanent: bool = False
    reason: str = ""
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of the row; `fall_back`: others are told instead."""

    state: str
    again_at: float | None = None
    fall_back: bool = False


def outcome(
    receipt: Receipt, now: float, *, attempts: int, due_at: float, page: bool, share: float
) -> Outcome:
    """Decide about a row after its attempt number `attempts`.

    `share` in [0, 1) spreads the repetitions so that many rows do not come back at one moment. A
    page that is not delivered 90 seconds after it was due goes to the fallback as well.
    """
    if receipt.ok:
        return Outcome(state="sent")
    late = now - due_at
    if receipt.permanent or late > GIVE_UP_AFTER_S:
        return Outcome(state="failed", fall_back=True)
    wait = wait_s(attempts, share)
    if receipt.retry_after_s is not None:
        wait = max(wait, min(receipt.retry_after_s, RETRY_AFTER_LONGEST_S))
    return Outcome(
        state="due", again_at=now + wait, fall_back=page and late + wait > FALL_BACK_AFTER_S
    )


def wait_s(attempts: int, share: float) -> float:
    """Return how long to wait after so many attempts: 5, 15, 45 s … 5 min, and up to half more."""
    longest: float = min(FIRST_WAIT_S * 3.0 ** min(attempts - 1, 8), LONGEST_WAIT_S)
    return longest * (1.0 + share / 2)


def from_status(status: int, *, said: str, retry_after_s: float | None = None) -> Receipt:
    """Return what an HTTP status means for a message; `said` is the beginning of the answer."""
    if 200 <= status < 300:  # noqa: PLR2004 - the good ones
        return Receipt(ok=True, status=status)
    reason = f"answered {status}" + (f": {said}" if said else "")
    # A redirect is not followed: the message would go to an address nobody wrote down.
    permanent = status in PERMANENT or 300 <= status < 400  # noqa: PLR2004
    return Receipt(
        ok=False, permanent=permanent, reason=reason, status=status, retry_after_s=retry_after_s
    )
