"""Tells a watcher outside, again and again, that Tailback works; when that stops, it alarms."""

import logging
from urllib.parse import urlsplit, urlunsplit

from tailback.core.alive import lacks
from tailback.notify.channel import TIMEOUT_S
from tailback.notify.http import Target, post
from tailback.server.pulse import Pulse

EVERY_S = 60.0

_log = logging.getLogger(__name__)


class DeadManLoop:
    """Pings `url` while every part is proven to work, and `url`/fail with the parts otherwise.

    Nothing is sent at the first look that finds a part unproven: a server that has just started
    has not judged yet, and no watcher alarms for one ping.
    """

    def __init__(self, url: str, pulse: Pulse) -> None:
        """Ping `url` by what `pulse` feels."""
        self._url = url
        self._pulse = pulse
        self._lacked = False

    def once(self, now: float) -> bool:
        """Look at every part and ping; return whether all of them work."""
        parts = [lack.words for lack in lacks(self._pulse.feel(now))]
        lacked, self._lacked = self._lacked, bool(parts)
        if parts:
            _log.error("parts of tailback are not proven to work", extra={"parts": parts})
            if not lacked:
                return False
        url = _fail_url(self._url) if parts else self._url
        # The address is the operator's own, written in the file, so it may lead inside.
        target = Target(url=url, allow_private=True, timeout_s=TIMEOUT_S)
        body = "; ".join(parts).encode()
        receipt = post(target, body, {"Content-Type": "text/plain; charset=utf-8"}, now)
        if not receipt.ok:
            _log.warning("the dead-man address did not answer", extra={"why": receipt.reason})
        return not parts

    def pause_s(self) -> float:
        """Return how long to wait until the next ping."""
        return EVERY_S

    def close(self) -> None:
        """Hold nothing."""


def _fail_url(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/fail"))
