"""Reading over HTTP: the JSON addresses, the live stream and the Prometheus text."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Router, get
from litestar.exceptions import NotFoundException, ServiceUnavailableException
from litestar.response import Response, Stream

from tailback.server.metrics import prometheus_text
from tailback.server.services import services_of
from tailback.server.sse import sse
from tailback.server.view import LanesAnswer

_READ = {"scope": "read"}
NO_STORE = {"Cache-Control": "no-store"}
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@get("/api/v1/lanes", opt=_READ, summary="All lanes, worst first")
async def lanes(request: Request[Any, Any, Any]) -> Response[LanesAnswer]:
    """Answer the newest view; `as_of` says when it was judged."""
    body: Any = services_of(request).hub.json()
    return Response(body, media_type="application/json", headers=NO_STORE)


@get("/api/v1/events/stream", opt=_READ, summary="The lanes at every change (SSE)")
async def events_stream(request: Request[Any, Any, Any]) -> Stream:
    """Send `lanes` events with the answer of `/api/v1/lanes`, and `tick` events in between."""
    hub = services_of(request).hub
    if hub.is_full():
        raise ServiceUnavailableException("Too many viewers; try again later.")

    async def events() -> AsyncIterator[bytes]:
        async for board in hub.listen():
            yield b"event: tick\ndata: {}\n\n" if board is None else sse("lanes", hub.json())

    return Stream(events(), media_type="text/event-stream", headers=STREAM_HEADERS)


@get("/metrics", opt=_READ, summary="Prometheus text")
async def metrics(request: Request[Any, Any, Any]) -> Response[str]:
    """Answer what the board shows as gauges; what is not known is absent."""
    services = services_of(request)
    text = prometheus_text(services.hub.board, services.now())
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def lane_or_404(request: Request[Any, Any, Any], lane: str) -> Any:
    """Return the row of a lane key."""
    row = services_of(request).hub.board.row(lane)
    if row is None:
        raise NotFoundException(
            f"No lane is called {lane!r}; the board and /api/v1/lanes list them."
        )
    return row


api_router = Router("/", route_handlers=[lanes, events_stream, metrics])
