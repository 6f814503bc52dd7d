"""Tells everyone at once and not by the outbox, for when that is what does not work."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tailback.core.episodes import Episode
from tailback.core.messages import Message
from tailback.core.policy.people import IsHoliday, Person, people_now, works
from tailback.notify.channel import Channel, ChannelError, Envelope

AGAIN_S = 3_600.0

_log = logging.getLogger(__name__)


class Text(Protocol):
    """What there is to tell."""

    def title(self) -> str: ...
    def text(self, owner: str | None) -> str: ...
    def recovered(self, episode: Episode, now: float) -> str: ...


@dataclass(frozen=True, slots=True)
class _Told:
    episode: str
    rules: int
    at: float


class Direct:
    """Remembers whom it told, in memory: whom a server before this one told may hear it again."""

    def __init__(
        self,
        people: Callable[[], Sequence[Person]],
        is_holiday: IsHoliday,
        channel: Callable[[str], Channel | ChannelError | None],
        board_url: str,
    ) -> None:
        """Reach `people` by the channels of these names."""
        self._people = people
        self._is_holiday = is_holiday
        self._channel = channel
        self._board_url = board_url
        self._told: dict[str, _Told] = {}

    def tell(self, episode: Episode, topic: Text, now: float) -> None:
        """Tell whoever does not know it yet, each channel once an hour and for every new part.

        Who is not at work is not told, unless it pages. Of the end only those hear who were told.
        """
        over = episode.state == "resolved"
        for person in people_now(self._people(), now):
            if not (over or episode.paged or works(person, now, self._is_holiday)):
                continue
            for name in person.channels:
                if self._is_due(name, episode, now) and self._send(
                    name, _message(episode, topic, person.name, now, self._board_url)
                ):
                    self._told[name] = _Told(episode.id, len(episode.evidence), now)
        if over:
            self._told.clear()

    def _is_due(self, channel: str, episode: Episode, now: float) -> bool:
        told = self._told.get(channel)
        known = told is not None and told.episode == episode.id
        if episode.state == "resolved":
            return known
        if told is None or not known:
            return True
        return told.rules < len(episode.evidence) or now - told.at >= AGAIN_S

    def _send(self, name: str, message: Message) -> bool:
        way = self._channel(name)
        if way is None or isinstance(way, ChannelError):
            return False
        thread = f"{message.episode}:direct:{name}"
        key = f"{thread}:{int(message.at)}"
        receipt = way.send(message, Envelope(key=key, thread=thread, now=message.at))
        if not receipt.ok:
            _log.error("nobody told directly", extra={"channel": name, "why": receipt.reason})
        return receipt.ok


def _message(episode: Episode, topic: Text, person: str, now: float, board_url: str) -> Message:
    over = episode.state == "resolved"
    text = topic.recovered(episode, now) if over else topic.text(None)
    return Message(
        kind="resolved" if over else "opened",
        episode=episode.id,
        lane=episode.lane,
        subject=topic.title(),
        title=text if over else topic.title(),
        text=text,
        at=now,
        opened_at=episode.opened_at,
        page=episode.paged,
        rule=episode.rule,
        cause=episode.cause,
        person=person,
        board_url=board_url,
    )
