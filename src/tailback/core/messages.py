"""What is told to a person, before any channel gives it its form."""

from dataclasses import dataclass
from typing import Literal

MessageKind = Literal[
    "opened",
    "escalated",
    "reminder",
    "reopened",
    "acknowledged",
    "resolved",
    "attached",
    "drill",
    "test",
    "digest",
    "review",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A lane that suffers from what a message is about; ages in seconds, None: not known."""

    lane: str
    name: str
    oldest_age_s: float | None
    promise_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of one episode.

    `subject` stays the same in all messages of an episode, so that they make one thread; `title`
    and `text` say what is true now. `at` and `opened_at` are Unix seconds. The addresses are None
    where nothing can be acknowledged or the server does not know its own. `children` are the lanes
    that suffer from a shared cause, those that are latest by their promise first.
    """

    kind: MessageKind
    episode: str
    lane: str
    subject: str
    title: str
    text: str
    at: float
    opened_at: float
    page: bool = False
    rule: str = ""
    cause: str = ""
    owner: str | None = None
    person: str | None = None
    ack_url: str | None = None
    board_url: str | None = None
    children: tuple[Child, ...] = ()
