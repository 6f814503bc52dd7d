"""Any address that takes JSON, signed as standardwebhooks.com describes it."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict

from tailback.core.delivery import Receipt
from tailback.core.messages import Message
from tailback.notify.channel import ChannelError, Envelope
from tailback.notify.http import Target, post

PREFIX = "whsec_"


class Webhook:
    """Posts the message as JSON; with a secret it is signed."""

    def __init__(self, target: Target, key: bytes | None) -> None:
        """Post to `target`; `key` signs."""
        self._target = target
        self._key = key

    def send(self, message: Message, envelope: Envelope) -> Receipt:
        """Post one message; a receiver knows a repetition by `webhook-id`."""
        body = json.dumps({"version": 1, "id": envelope.key, **asdict(message)}).encode()
        stamp = str(int(envelope.now))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Tailback",
            "Idempotency-Key": envelope.key,
            "webhook-id": envelope.key,
            "webhook-timestamp": stamp,
        }
        if self._key is not None:
            headers["webhook-signature"] = signature(self._key, envelope.key, stamp, body)
        return post(self._target, body, headers, envelope.now)


def signature(key: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """Return the value of `webhook-signature`."""
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def open_channel(settings: Mapping[str, str], timeout_s: float) -> Webhook:
    """Return the channel of `url` and, to sign, `secret` (plain, or "whsec_" and base64)."""
    private = settings.get("allow_private") == "true"
    target = Target(url=settings["url"], allow_private=private, timeout_s=timeout_s)
    secret = settings.get("secret")
    if secret is None:
        return Webhook(target, None)
    if not secret.startswith(PREFIX):
        return Webhook(target, secret.encode())
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ChannelError('The secret after "whsec_" must be base64.') from error
    return Webhook(target, key)
