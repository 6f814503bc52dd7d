"""A small picture of how one lane, or all of them, is: for a README or a wiki."""

from typing import Any

from litestar import Request, Router, get
from litestar.exceptions import NotFoundException
from litestar.response import Response
from markupsafe import Markup

from tailback.core import wording_pages
from tailback.core.text import clean_name
from tailback.server.page_model import STALE_AFTER_S
from tailback.server.services import services_of
from tailback.server.view import Board

NAME_CHARS = 40
_KEYED = {"scope": "read", "keyed": True}
_CHAR_PX = 7
_PAD_PX = 20
_COLOURS = {
    "healthy": "#2a7349",
    "slow": "#96590a",
    "stuck": "#b42b23",
    "missing": "#7b3f9e",
    "unknown": "#5d6576",
}
_SVG = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="22" role="img" '
    'aria-label="{name}: {said}"><title>{name}: {said}</title>'
    '<rect width="{width}" height="22" rx="4" fill="#1c1f26"/>'
    '<path d="M{left} 0h{right_flat}a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4h-{right_flat}z" '
    'fill="{colour}"/>'
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
    '<text x="10" y="15" textLength="{name_px}">{name}</text>'
    '<text x="{said_x}" y="15" textLength="{said_px}">{said}</text></g></svg>'
)
_HEADERS = {
    "Cache-Control": "no-cache, max-age=0",  # those who proxy pictures keep them for hours
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@get("/badge.svg", opt=_KEYED, include_in_schema=False)
async def badge(request: Request[Any, Any, Any]) -> Response[str]:
    """Show a verdict to whoever has a read-only board link, or may read anyway."""
    services = services_of(request)
    lane = request.query_params.get("lane")
    svg = badge_svg(services.hub.board, lane, services.now())
    return Response(svg, media_type="image/svg+xml", headers=_HEADERS)


def badge_svg(board: Board, lane: str | None, now: float) -> str:
    """Return the picture of a lane, or of all; a board that is behind knows nothing."""
    row = board.row(lane) if lane is not None else None
    if lane is not None and row is None:
        raise NotFoundException(
            f"No lane is called {lane!r}; the board and /api/v1/lanes list them."
        )
    rows = board.rows if row is None else [row]
    verdict = rows[0].view.verdict if rows and now - board.as_of <= STALE_AFTER_S else "unknown"
    same = sum(1 for other in rows if other.view.verdict == verdict)
    name = clean_name(row.name if row is not None else wording_pages.BADGE_OF_ALL, NAME_CHARS)
    said = verdict if row is not None else wording_pages.badge_of_all(verdict, same)
    left, right = (len(text) * _CHAR_PX + _PAD_PX for text in (name, said))
    return _SVG.format(
        width=left + right,
        left=left,
        right_flat=right - 4,
        colour=_COLOURS[verdict],
        name=name,
        name_px=left - _PAD_PX,
        said=said,
        said_x=left + 10,
        said_px=right - _PAD_PX,
    )


badge_router = Router("/", route_handlers=[badge])
