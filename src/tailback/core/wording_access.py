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
OIDC_REFUSED = "You are not signed in"
OIDC_NOT_BEGUN = "This sign-in was not begun in this browser, or took too long. Begin it again."
OIDC_CANCELLED = "The identity provider sent you back without signing you in. Begin it again."
OIDC_NOT_PROVEN = (
    "What the identity provider said could not be proven: its signature, its time or whom it was "
    "said to is not right. Begin again; if that stays, ask an admin to compare `[oidc]`."
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


def oidc_unreachable(issuer: str) -> str:
    """Say that the identity provider does not answer as it should."""
    return f"The identity provider {issuer} does not answer. Try again, or use a password."


def oidc_odd(issuer: str) -> str:
    """Say that the identity provider describes itself in an unusable way."""
    return f"{issuer} does not describe itself as that provider. Ask an admin to compare `issuer`."


def oidc_no_name(claim: str) -> str:
    """Say that the identity provider did not say how to call somebody."""
    return f'The identity provider did not say who you are (claim "{claim}"). Ask an admin.'


def oidc_no_role(name: str) -> str:
    """Say that none of somebody's groups may come in."""
    return f"{name} is in no group that may see this board. Ask an admin."


def oidc_taken(name: str) -> str:
    """Say that the account of this name is switched off, or belongs to somebody else."""
    return (
        f"The account {name} is switched off, or was not made by signing in this way. "
        "Ask an admin."
    )
