"""Links in messages: signed, so that only who got one can answer, and never acting when opened."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

LIFE_S = 86_400.0
_PURPOSE = b"acknowledge:"


@dataclass(frozen=True, slots=True)
class AckLink:
    """Who may acknowledge which episode by a link."""

    episode: str
    person: str


def sign_ack(key: bytes, link: AckLink, now: float) -> str:
    """Return the last part of the address, valid for a day."""
    said = json.dumps([link.episode, link.person, int(now + LIFE_S)], separators=(",", ":"))
    body = base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")
    return f"{body}.{_mac(key, body)}"


def read_ack(key: bytes, text: str, now: float) -> AckLink | None:
    """Return what a link says; None when it is not ours, was changed, or is too old."""
    body, _, mac = text.partition(".")
    if not hmac.compare_digest(_mac(key, body).encode(), mac.encode()):
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        episode, person, until = said
    except (ValueError, binascii.Error, TypeError):
        return None
    return AckLink(episode, person) if now < until else None


def _mac(key: bytes, body: str) -> str:
    made = hmac.digest(key, _PURPOSE + body.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made[:18]).decode()
