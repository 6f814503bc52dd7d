"""What is said of Tailback itself, when a part of it does not work or is not proven to."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tailback.core.text import clean_name
from tailback.core.wording import count, duration

if TYPE_CHECKING:
    from tailback.core.alive import Lack, Part

NAME_CHARS = 60
ENGINE = "the engine has stopped"
JUDGE = "lanes are not judged"
DATABASE = "the database cannot be written"
OUTBOX = "messages are not sent"
NAME = "Tailback itself"
TITLE = "Tailback itself needs help"
# What follows from it, and what to do.
_SO: "dict[Part, str]" = {
    "engine": "Nothing new is noticed: restart the server and read its log",
    "judge": "Nothing new is noticed: read the log of the server, restart it if it says nothing",
    "database": "New events are refused and alerts cannot be kept: look at its disk",
    "outbox": "Alerts may not arrive: read the log of the server, restart it if it says nothing",
    "sources": "No lane of theirs tells anybody: run tailback doctor",
    "intake": "Counts of that time are too low: look whether workers reach the server in time",
    "disk": "When it is full, nothing can be kept: make room",
}


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


def lost(events: int) -> str:
    """Say how many events workers had to drop, as they could not hand them over."""
    were = "was" if events == 1 else "were"
    return f"{count(events, 'event')} {were} lost within 10 min on the way from the workers"


def nearly_full(free: int) -> str:
    """Say how much room is left where the database lies; `free` in bytes."""
    return f"the disk of the database is nearly full, {free / 2**20:,.0f} MiB are left"


def alert(troubles: "Sequence[Lack]") -> str:
    """Return the alert: what does not work, what follows from it and what to do, each in turn."""
    parts = [TITLE]
    for lack in troubles:
        parts += [f"{lack.words[0].upper()}{lack.words[1:]}", _SO[lack.part]]
    return ". ".join([*parts, "Told: everyone"]) + "."


def recovered(lasted_s: float) -> str:
    """Say that everything works again."""
    return f"{NAME} works again after {duration(lasted_s)}."


def notice(words: str) -> str:
    """Say on the board what does not work, or is not proven to."""
    return f"{NAME}: {words}"


def unverified(names: Iterable[str]) -> str:
    """Say that nobody knows whether messages arrive by these channels."""
    return (
        f"Never used, so nobody knows whether alerts arrive by: {_listed(names)}."
        " Send a test from the setup page"
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(clean_name(name, NAME_CHARS) for name in sorted(names))
