"""What is said of Tailback itself, when a part of it does not work or is not proven to."""

from collections.abc import Iterable

from tailback.core.text import clean_name
from tailback.core.wording import duration

NAME_CHARS = 60
ENGINE = "the engine has stopped"
JUDGE = "lanes are not judged"
DATABASE = "the database cannot be written"
OUTBOX = "messages are not sent"


def no_channel(names: Iterable[str]) -> str:
    """Say that every channel refuses."""
    return f"no channel works: {_listed(names)}"


def unread(names: Iterable[str]) -> str:
    """Say which sources cannot be read."""
    return f"sources cannot be read: {_listed(names)}"


def jumped(by_s: float) -> str:
    """Say how far the clock of the server jumped; ages measured across it are wrong by that."""
    where = "forward" if by_s > 0 else "back"
    return f"the server's clock jumped {where} by {duration(abs(by_s))}"


def unconfirmed(at: float | None, now: float) -> str:
    """Say that no channel has shown of late that it takes messages."""
    if at is None:
        return "no channel has ever taken a message"
    return f"no channel has shown for {duration(now - at)} that it takes messages"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(clean_name(name, NAME_CHARS) for name in sorted(names))
