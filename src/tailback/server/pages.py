"""The pages people see, and the live stream that keeps the board fresh."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Router, get
from litestar.exceptions import NotFoundException, ServiceUnavailableException
from litestar.params import FromPath
from litestar.response import Response, Stream

from tailback.server.access import OPEN
from tailback.server.api import NO_STORE, STREAM_HEADERS
from tailback.server.render import UI, BoardHtml, board_page
from tailback.server.services import principal_of, services_of
from tailback.server.sse import GZIP_BEGIN

_READ = {"scope": "read"}
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@get("/", opt=_READ, include_in_schema=False)
async def board(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the board."""
    services = services_of(request)
    html = board_page(
        services.screen.of(services.hub.board),
        who=principal_of(request),
        wall="wall" in request.query_params,
    )
    return Response(html, media_type="text/html", headers=NO_STORE)


@get("/board/stream", opt=_READ, include_in_schema=False)
async def board_stream(request: Request[Any, Any, Any]) -> Stream:
    """Send the board's `<main>` at every change, and ticks in between."""
    services = services_of(request)
    if services.hub.is_full():
        raise ServiceUnavailableException("Too many viewers; try again later.")

    pack = "gzip" in request.headers.get("accept-encoding", "")
    headers = {**STREAM_HEADERS, "Vary": "Accept-Encoding"}
    if pack:
        headers["Content-Encoding"] = "gzip"

    async def events() -> AsyncIterator[bytes]:
        seen: BoardHtml | None = None
        if pack:
            yield GZIP_BEGIN
        async for current in services.hub.listen():
            if current is None:
                yield services.screen.tick(services.hub.board, pack=pack)
                continue
            fresh = services.screen.of(current)
            if fresh is not seen:
                yield services.screen.event(seen, pack=pack)
                seen = fresh

    return Stream(events(), media_type="text/event-stream", headers=headers)


@get("/static/{name:str}", opt=OPEN, include_in_schema=False)
async def static(name: FromPath[str]) -> Response[bytes]:
    """Send one of our own files; only names that lie in its folders exist."""
    folders = (UI / "static", UI / "static" / "vendor")
    files = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
    known = {path.name: path for path in files if path.suffix in _KINDS}
    path = known.get(name)
    if path is None:
        raise NotFoundException("There is no such file.")
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(path.read_bytes(), media_type=_KINDS[path.suffix], headers=headers)


@get("/favicon.ico", opt=OPEN, include_in_schema=False)
async def favicon() -> Response[bytes]:
    """Send the mark to browsers that ask without being told."""
    mark = (UI / "static" / "mark.svg").read_bytes()
    return Response(mark, media_type="image/svg+xml")


pages_router = Router("/", route_handlers=[board, board_stream, static, favicon])
