"""The channels of the file, opened."""

from tailback.notify.channel import Channel as Way
from tailback.notify.channel import ChannelError, make
from tailback.server.config import Channel
from tailback.server.config.current import Current

# Programs sort what they get by themselves and must not miss the end of anything.
READ_BY_PEOPLE = frozenset({"email", "slack", "apprise"})


def open_way(channel: Channel) -> Way | ChannelError:
    """Return the channel, or why it cannot be used: one that is wrong must not stop a server."""
    try:
        return make(channel.kind, channel.settings)
    except ChannelError as error:
        return error


class Ways:
    """The channels of the file as it is now, each opened anew when it is written differently."""

    def __init__(self, config: Current) -> None:
        """Open none yet."""
        self._config = config
        self._opened: dict[str, tuple[Channel, Way | ChannelError]] = {}

    def named(self, name: str) -> Way | ChannelError | None:
        """Return a channel, None when the file has none so named; safe from several threads."""
        channel = self._channel(name)
        if channel is None:
            return None
        known = self._opened.get(name)
        if known is None or known[0] != channel:
            known = self._opened[name] = (channel, open_way(channel))
        return known[1]

    def is_read_by_people(self, name: str) -> bool:
        """Tell whether a person, not a program, gets what is sent by a channel."""
        channel = self._channel(name)
        return channel is not None and channel.kind in READ_BY_PEOPLE

    def _channel(self, name: str) -> Channel | None:
        return next((one for one in self._config().channels if one.name == name), None)
