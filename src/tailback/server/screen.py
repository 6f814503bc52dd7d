"""The board as every viewer's browser has it: rendered once, sent as what changed."""

from collections.abc import Callable

from tailback.server.page_model import STALE_AFTER_S
from tailback.server.render import BoardHtml, board_html
from tailback.server.sse import packed, sse
from tailback.server.view import Board

EVERY_S = 1.0
MANY_LANES = 50
EVERY_OF_MANY_S = 4.0


class Screen:
    """Keeps the newest rendering; used on the event loop only."""

    def __init__(self, now: Callable[[], float], zone: str, address: str) -> None:
        """Clock times are of `zone`; `address` is host:port as people reach it."""
        self._now = now
        self._zone = zone
        self._address = address
        self._html: BoardHtml | None = None
        self._rendered_at = 0.0
        self._events: dict[tuple[int, bool], bytes] = {}

    def of(self, board: Board) -> BoardHtml:
        """Return the rendering to show now: of `board`, or one that is still fresh enough.

        A board that is behind is rendered anew, because the page says by how much.
        """
        now = self._now()
        every = EVERY_OF_MANY_S if len(board.rows) > MANY_LANES else EVERY_S
        known = self._html
        if known is not None and known.lanes and 0 <= now - self._rendered_at < every:
            return known
        late = now - board.as_of > STALE_AFTER_S
        if known is None or late or known.version != board.version:
            known = self._html = board_html(board, now, self._zone, self._address)
            self._rendered_at = now
            self._events = {}
        return known

    def event(self, seen: BoardHtml | None, *, pack: bool = False) -> bytes:
        """Return the event that brings a viewer who has `seen` up to the newest rendering."""
        key = -1 if seen is None else seen.version
        event = self._events.get((key, False))
        if event is None:
            assert self._html is not None
            event = self._events[key, False] = sse("board", self._html.main(seen).encode())
        if not pack:
            return event
        small = self._events.get((key, True))
        if small is None:
            small = self._events[key, True] = packed(event)
        return small

    def tick(self, board: Board, *, pack: bool = False) -> bytes:
        """Return what is sent while nothing changes: how old the newest board is by now."""
        late_s = max(0.0, self._now() - board.as_of)
        event = sse("tick", b'{"late_s": %.1f}' % late_s)
        return packed(event) if pack else event
