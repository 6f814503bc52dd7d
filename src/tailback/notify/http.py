"""One POST to the outside: no redirects, no proxies, and only to the address that was checked."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

from tailback.core import wording_alerts
from tailback.core.addresses import is_public
from tailback.core.delivery import Receipt, from_status
from tailback.core.text import clean_name
from tailback.notify.deadline import deadline

MAX_ANSWER = 64 * 1024
SAID_CHARS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to send; `allow_private` permits addresses of the inside of a network."""

    url: str
    allow_private: bool
    timeout_s: float


def post(target: Target, body: bytes, headers: Mapping[str, str], now: float) -> Receipt:
    """Send once and return what came of it; `now` is for a Retry-After that is a date."""
    try:
        parts = urlsplit(target.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return _never(wording_alerts.bad_address())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return _never(wording_alerts.bad_address())
    host = parts.hostname
    try:
        address = _resolve(host, port)
    except (OSError, UnicodeError) as error:
        return _later(wording_alerts.not_resolved(host, _words(error)))
    if not target.allow_private and not is_public(address):
        return _never(wording_alerts.private_address(host))
    connection = _Pinned(
        host, port, address, secure=parts.scheme == "https", wait=target.timeout_s
    )
    try:
        with deadline(target.timeout_s, lambda: connection.sock):
            connection.request("POST", _path(parts), body, dict(headers))
            answer = connection.getresponse()
            said = answer.read(MAX_ANSWER)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _later(wording_alerts.not_reached(host, _words(error)))
    finally:
        connection.close()
    return from_status(
        answer.status,
        said=clean_name(said[:4_000].decode("utf-8", "replace"), SAID_CHARS),
        retry_after_s=_retry_after(answer.headers.get("Retry-After"), now),
    )


class _Pinned(http.client.HTTPConnection):
    """Connects to an address that was resolved and checked before, not to a name."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool, wait: float) -> None:
        self.default_port = 443 if secure else 80
        super().__init__(host, port, timeout=wait)
        self._address = address
        self._secure = secure

    def connect(self) -> None:
        """Open the connection; the certificate must be of the name."""
        sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            try:
                context = ssl.create_default_context()
                self.sock = context.wrap_socket(sock, server_hostname=self.host)
            except BaseException:
                sock.close()
                raise
        else:
            self.sock = sock


def _resolve(host: str, port: int) -> str:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return str(found[0][4][0])


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _retry_after(text: str | None, now: float) -> float | None:
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except ValueError:
        return None


def _words(error: BaseException) -> str:
    reason = getattr(error, "verify_message", None) or getattr(error, "strerror", None)
    return clean_name(str(reason or str(error) or type(error).__name__), SAID_CHARS)


def _never(reason: str) -> Receipt:
    return Receipt(ok=False, permanent=True, reason=reason)


def _later(reason: str) -> Receipt:
    return Receipt(ok=False, reason=reason)
