"""Answers with one of the pages behind the board, and with what every page is given."""

from typing import Any

from litestar import Request
from litestar.response import Response

from tailback.core.causes import ITSELF, PREFIX
from tailback.core.drill import PREFIX as DRILLS
from tailback.core.wording_causes import SEVERAL
from tailback.core.wording_itself import NAME
from tailback.server.api import NO_STORE
from tailback.server.render import page
from tailback.server.services import Services, principal_of, services_of


def show(
    request: Request[Any, Any, Any], template: str, *, status: int = 200, **values: Any
) -> Response[str]:
    """Return a page; besides `values` it knows who looks when and where, and the lanes' names."""
    services = services_of(request)
    given = {
        "who": principal_of(request),
        "now": services.now(),
        "here": request.url.path,
        "names": names_of(services),
    }
    html = page(template, services.config.server.time_zone, **{**given, **values})
    return Response(html, status_code=status, media_type="text/html", headers=NO_STORE)


def names_of(services: Services) -> dict[str, str]:
    """Return the names of lanes by their keys, and that of Tailback itself."""
    return {**{row.view.lane: row.name for row in services.hub.board.rows}, ITSELF: NAME}


def name_of(services: Services, lane: str) -> str:
    """Return what a problem is about: the name of its lane, several, or Tailback itself."""
    key = lane.removeprefix(DRILLS)
    return names_of(services).get(key, SEVERAL if key.startswith(PREFIX) else key)
