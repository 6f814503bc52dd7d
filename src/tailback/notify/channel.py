"""What every channel can do, and how one is made from its settings."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tailback.core.delivery import Receipt
from tailback.core.messages import Message

TIMEOUT_S = 10.0
KINDS = ("email", "slack", "webhook", "pagerduty", "apprise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What names a message to its receiver.

    `key` is the same at every attempt, so that a receiver can drop a repetition; `thread` is the
    key of the first message of the episode in this channel; `now` is Unix seconds.
    """

    key: str
    thread: str
    now: float


class Channel(Protocol):
    """Delivers messages; safe from several threads at once."""

    def send(self, message: Message, envelope: Envelope) -> Receipt:
        """Try once, in bounded time; never raises for what the other side or the network does."""
        ...


@runtime_checkable
class Askable(Protocol):
    """A channel that shows without a message whether it would take one."""

    def ask(self, now: float) -> Receipt:
        """Ask once, in bounded time; nobody sees anything of it, and nothing is raised."""
        ...


class ChannelError(Exception):
    """The settings of a channel cannot be used; the text says what to write."""


def make(kind: str, settings: Mapping[str, str], *, timeout_s: float = TIMEOUT_S) -> Channel:
    """Return a channel of a kind; ChannelError when its settings cannot be used."""
    module = importlib.import_module(f"tailback.notify.{kind}")
    channel: Channel = module.open_channel(settings, timeout_s)
    return channel
