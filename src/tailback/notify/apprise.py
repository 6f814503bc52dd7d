"""Everything else, by the Apprise library: it knows over a hundred services.

It tells no more than whether it worked: no reason, no Retry-After, no thread; and it connects by
itself, so its address is not checked. Use a channel of our own where there is one.
"""

from collections.abc import Mapping

from tailback.core import wording_alerts
from tailback.core.delivery import Receipt
from tailback.core.messages import Message
from tailback.notify.channel import ChannelError, Envelope

_TYPES = {
    "resolved": "success",
    "acknowledged": "info",
    "attached": "info",
    "test": "info",
    "drill": "info",
}


class Apprise:
    """Sends to one Apprise address."""

    def __init__(self, url: str) -> None:
        """Read the address; ChannelError when no service of Apprise knows it."""
        import apprise  # noqa: PLC0415 - takes a tenth of a second, and is rarely used

        self._apprise = apprise.Apprise(asset=apprise.AppriseAsset(http_redirects=False))
        if not self._apprise.add(url):
            raise ChannelError("No service of Apprise knows this address.")

        # A text message of 160 characters has no room for a title; what is longer comes in pieces.
        self._short = self._apprise[0].body_maxlen <= wording_alerts.SMS_CHARS

    def send(self, message: Message, envelope: Envelope) -> Receipt:
        """Send once; at most 160 characters where the service sends text messages."""
        del envelope
        try:
            taken = self._apprise.notify(
                title="" if self._short else message.title,
                body=wording_alerts.sms(message.text)
                if self._short
                else wording_alerts.plain(message, wording_alerts.below_title(message)),
                notify_type=_TYPES.get(message.kind, "failure" if message.page else "warning"),
            )
        except Exception as error:  # noqa: BLE001 - a service of the library may raise anything
            return Receipt(ok=False, reason=wording_alerts.not_taken(type(error).__name__))
        return Receipt(ok=True) if taken else Receipt(ok=False, reason=wording_alerts.not_taken())


def open_channel(settings: Mapping[str, str], timeout_s: float) -> Apprise:
    """Return the channel of `url`."""
    del timeout_s
    return Apprise(settings["url"])
