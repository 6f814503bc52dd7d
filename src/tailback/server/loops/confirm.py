"""Finds out, without a message where it can, whether channels would take one: proof for a day."""

import logging

from tailback.core import wording_setup
from tailback.notify.channel import Askable
from tailback.server.channel_test import try_channel
from tailback.server.config import Channel
from tailback.server.config.current import Current
from tailback.server.confirmed import Confirmations
from tailback.server.ways import open_way

EVERY_S = 600.0
AGAIN_S = 12 * 3_600.0
# Where nothing can be asked, one message a day; an hour before the proof of yesterday ends.
DAILY_S = 23 * 3_600.0
BY = "tailback"

_log = logging.getLogger(__name__)


class ConfirmLoop:
    """Asks each channel twice a day; when none answers, one of the others gets a message."""

    def __init__(self, config: Current, confirmed: Confirmations) -> None:
        """Ask the channels of `config`."""
        self._config = config
        self._confirmed = confirmed

    def once(self, now: float) -> bool:
        """Ask whoever has not shown for half a day that it works; return whether any did."""
        channels = self._config().channels
        known = self._confirmed.newest_at([channel.name for channel in channels])
        asked = [
            self._ask(channel, now)
            for channel in channels
            if now - known.get(channel.name, 0.0) >= AGAIN_S
        ]
        if any(asked):
            return True
        newest = max(known.values(), default=0.0)
        return now - newest >= DAILY_S and self._send(channels, now)

    def pause_s(self) -> float:
        """Return how long to wait until the next look."""
        return EVERY_S

    def close(self) -> None:
        """Hold nothing."""

    def _ask(self, channel: Channel, now: float) -> bool:
        way = open_way(channel)
        if not isinstance(way, Askable):
            return False
        receipt = way.ask(now)
        if receipt.ok:
            self._confirmed.asked(channel.name, now)
        else:
            facts = {"channel": channel.name, "why": receipt.reason}
            _log.warning("a channel would take no message", extra=facts)
        return receipt.ok

    def _send(self, channels: tuple[Channel, ...], now: float) -> bool:
        for channel in channels:
            if isinstance(open_way(channel), Askable):
                continue
            text = wording_setup.daily_text(channel.name)
            if try_channel(channel, BY, now, text=text).ok:
                self._confirmed.delivered(channel.name, now)
                return True
        return False
