"""Tells a watcher outside, again and again, that Tailback works; when that stops, it alarms."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from tailback.core.alive import Vitals, failing
from tailback.notify.channel import TIMEOUT_S
from tailback.notify.http import Target, post
from tailback.server.hub import Hub
from tailback.store.errors import StoreError
from tailback.store.store import Store

EVERY_S = 60.0
WRITTEN = "alive_at"

_log = logging.getLogger(__name__)


class DeadManLoop:
    """Pings `url` while every part is proven to work, and `url`/fail with the parts otherwise."""

    def __init__(
        self, url: str, store: Store, hub: Hub, engine_runs: Callable[[], bool], channels: int
    ) -> None:
        """Ping `url`; `channels` is how many are configured."""
        self._url = url
        self._store = store
        self._hub = hub
        self._engine_runs = engine_runs
        self._channels = channels

    def once(self, now: float) -> bool:
        """Look at every part and ping; return whether all of them work."""
        parts = failing(self._vitals(now))
        if parts:
            _log.error("parts of tailback do not work", extra={"parts": parts})
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

    def _vitals(self, now: float) -> Vitals:
        board = self._hub.board
        try:
            self._store.meta.set(WRITTEN, str(now))
            oldest = self._store.outbox.oldest_ready_at(now)
            states = self._store.outbox.channels()
            written = True
        except StoreError:
            oldest, states, written = None, [], False
        return Vitals(
            now=now,
            engine_runs=self._engine_runs(),
            judged_at=board.as_of if board.version else None,
            written=written,
            oldest_ready_at=oldest,
            broken_channels=tuple(s.name for s in states if s.broken_since is not None),
            channels=self._channels,
        )


def _fail_url(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/fail"))
