"""Sends a test message by one channel, now, outside of the outbox: for people who set it up."""

import secrets

from tailback.core import wording_setup
from tailback.core.delivery import Receipt
from tailback.core.messages import Message
from tailback.notify.channel import ChannelError, Envelope
from tailback.server.config import Channel
from tailback.server.ways import open_way


def try_channel(
    channel: Channel, by: str, now: float, board_url: str | None = None, text: str | None = None
) -> Receipt:
    """Send and return what came of it; a channel that cannot be used refuses for good.

    `text` None: it says that somebody tests the channel.
    """
    way = open_way(channel)
    if isinstance(way, ChannelError):
        return Receipt(ok=False, permanent=True, reason=str(way))
    key = f"test:{secrets.token_hex(8)}"
    message = Message(
        kind="test",
        episode=key,
        lane="",
        subject=wording_setup.TEST_TITLE,
        title=wording_setup.TEST_TITLE,
        text=text or wording_setup.test_text(channel.name, by),
        at=now,
        opened_at=now,
        person=by,
        board_url=board_url,
    )
    return way.send(message, Envelope(key=key, thread=key, now=now))
