"""Passwords: argon2id hashes, and patience with those who guess."""

from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARS = 12
MAX_CHARS = 512
FREE_TRIES = 5
FREE_TRIES_OF_AN_ADDRESS = 50
"""More, because a whole office may share one address."""
FORGET_AFTER_S = 15 * 60.0
MAX_WAIT_S = 60.0
"""Not more, so that nobody can lock another one out for long."""
MAX_REMEMBERED = 10_000

_hasher = PasswordHasher()
# Checked when there is no account of that name, so that an answer takes as long as ever.
_NOBODY = _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return _hasher.hash(password)


def is_password(stored: str | None, password: str) -> bool:
    """Tell whether a password is the one stored; takes as long when nothing is stored."""
    try:
        matches = _hasher.verify(stored or _NOBODY, password[:MAX_CHARS])
    except (VerificationError, InvalidHashError):
        return False
    return matches and stored is not None


def weakness(password: str, name: str) -> str | None:
    """Return why a password is not good enough, None when it is."""
    if len(password) < MIN_CHARS:
        return f"A password needs at least {MIN_CHARS} characters; a few words are easiest."
    if len(password) > MAX_CHARS:
        return f"A password has at most {MAX_CHARS} characters."
    if len(set(password)) < MIN_CHARS // 3 or password.lower() in name.lower() * 4:
        return "This password is too easy to guess."
    return None


class Patience:
    """Makes those wait who failed often: per account and address, longer with every failure."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Use `now` as the clock."""
        self._now = now
        self._failed: dict[str, tuple[int, float]] = {}

    def wait_s(self, *whom: str) -> float:
        """Return for how long the next try is refused; 0 when it is welcome."""
        return max(self._wait_s(one) for one in whom)

    def failed(self, *whom: str) -> None:
        """Note a failure."""
        now = self._now()
        if len(self._failed) > MAX_REMEMBERED:
            self._failed = {
                one: (count, at)
                for one, (count, at) in self._failed.items()
                if now - at < FORGET_AFTER_S
            }
        for one in whom:
            count, at = self._failed.get(one, (0, now))
            fresh = now - at < FORGET_AFTER_S
            self._failed[one] = (count + 1 if fresh else 1, now)

    def succeeded(self, *whom: str) -> None:
        """Forget the failures of somebody who has proven to be the right one."""
        for one in whom:
            self._failed.pop(one, None)

    def _wait_s(self, one: str) -> float:
        count, at = self._failed.get(one, (0, 0.0))
        free = FREE_TRIES_OF_AN_ADDRESS if one.startswith("from:") else FREE_TRIES
        if count < free:
            return 0.0
        wait = min(MAX_WAIT_S, 2.0 ** min(count - free + 2, 8))
        return max(0.0, at + wait - self._now())
