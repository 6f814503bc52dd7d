"""Publishes each new board to everyone who listens; rendering happens once per board."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec

from tailback.server.view import Board

TICK_S = 5.0
MAX_LISTENERS = 1_000


class Hub:
    """Holds the newest board; `publish` may be called from any thread."""

    def __init__(self) -> None:
        """Start with an empty board of the beginning of time, so that it shows as stale."""
        self.board = Board(version=0, as_of=0.0, summary="", rows=[], sources=[])
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiters: set[asyncio.Event] = set()
        self._json: tuple[int, bytes] = (-1, b"")
        self.closing = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the loop in which the listeners live."""
        self._loop = loop

    def publish(self, board: Board) -> None:
        """Replace the board and wake the listeners."""
        self.board = board
        loop = self._loop
        if loop is not None and not loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop was closed just now
                loop.call_soon_threadsafe(self._wake)

    def close(self) -> None:
        """End every stream, so that a stopping server does not wait for its viewers."""
        self.closing = True
        self._wake()

    def json(self) -> bytes:
        """Return the newest board as the API answers it."""
        board = self.board
        if self._json[0] != board.version:
            self._json = (board.version, msgspec.json.encode(board.answer()))
        return self._json[1]

    def is_full(self) -> bool:
        """Tell whether one more listener is too many."""
        return len(self._waiters) >= MAX_LISTENERS

    async def listen(self) -> AsyncIterator[Board | None]:
        """Yield the board now and at each change, and None every few seconds without one."""
        woken = asyncio.Event()
        self._waiters.add(woken)
        try:
            yield self.board
            while not self.closing:
                try:
                    async with asyncio.timeout(TICK_S):
                        await woken.wait()
                except TimeoutError:
                    yield None
                    continue
                woken.clear()
                if not self.closing:
                    yield self.board
        finally:
            self._waiters.discard(woken)

    def _wake(self) -> None:
        for waiter in self._waiters:
            waiter.set()
