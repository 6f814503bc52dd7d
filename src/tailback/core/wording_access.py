"""What is said about signing in, accounts and what they may do."""

from collections.abc import Sequence

from tailback.core.wording import count, duration

WRONG_PASSWORD = "Name and password do not fit together."  # noqa: S105 - a sentence
WRONG_PRESENT_PASSWORD = "That is not your present password."  # noqa: S105 - a sentence
PASSWORD_CHANGED = "Your password is changed. All other sessions of yours are ended."  # noqa: S105
SESSIONS_ENDED = "All other sessions of yours are ended."
LINK_USED_UP = (
    "This link is used up",
    "It works once and for one day. Ask an admin for a new one, or start `tailback up` again.",
)
BOARD_LINK_ENDED = (
    "This link has ended",
    "It showed the board until its end date. Ask whoever gave it to you for a new one.",
)
_MAY = {
    "viewer": "see the board and everything behind it",
    "operator": "see everything, acknowledge, silence, drill and act on jobs",
    "admin": "see and change everything",
}


def too_many_tries(wait_s: float) -> str:
    """Say that somebody guessed too often."""
    return f"Too many tries. Wait {duration(max(1.0, wait_s))} and try again."


def may(role: str, *, details: bool) -> str:
    """Return what an account may do."""
    text = _MAY.get(role, "see the board")
    return text if details else f"{text}, without job arguments and traces"


def board_link(link: str, days: str) -> str:
    """Return what is printed for a new read-only link."""
    return f"Shows the board to whoever opens it, until {days}: {link}"


def no_account(name: str, known: Sequence[str]) -> str:
    """Say that nobody has this name."""
    if not known:
        return f'There is no account called "{name}", and none at all yet.'
    return f'There is no account called "{name}". Accounts: {", ".join(known[:20])}.'


def account_changed(name: str, what: str, ended: int) -> str:
    """Say what was done to an account."""
    text = f"{name}: {what}."
    return f"{text} {count(ended, 'session')} ended." if ended else text
