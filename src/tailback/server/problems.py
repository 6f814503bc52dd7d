"""Answers to what goes wrong: JSON for programs, a page for people, never a trace."""

import logging
from http import HTTPStatus
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Response

from tailback.core.wording_pages import NO_PAGE
from tailback.server.render import message_page, sign_in_page
from tailback.server.services import services_of
from tailback.store.errors import StoreError

_HEADINGS = {
    403: "Not allowed",
    404: "Nothing here",
    405: "Not possible here",
}
_log = logging.getLogger(__name__)


def answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer a refusal with its own words."""
    return _answer(request, error.status_code, error.detail, dict(error.headers or {}))


def answer_store(request: Request[Any, Any, Any], error: StoreError) -> Response[Any]:
    """Answer that the store cannot be used now."""
    headers = {"Retry-After": str(round(error.retry_after_s or 30))}
    return _answer(request, 503, str(error), headers)


def answer_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Answer our own bug, and log it whole."""
    _log.error("request failed", exc_info=error, extra={"path": request.url.path})
    detail = "This is a bug of Tailback, not of what you sent. The server's log has the details."
    return _answer(request, 500, detail, {})


def _answer(
    request: Request[Any, Any, Any], status: int, detail: str, headers: dict[str, str]
) -> Response[Any]:
    wants_page = "text/html" in request.headers.get("accept", "")
    if not wants_page or request.url.path.startswith("/api/"):
        return Response(
            {"status_code": status, "detail": detail}, status_code=status, headers=headers
        )
    if status == 401:  # noqa: PLR2004 - not signed in
        query = f"?{request.url.query}" if request.url.query else ""
        # What a button sent is not sent again after signing in.
        target = f"{request.url.path}{query}" if request.method == "GET" else "/"
        oidc = services_of(request).provider is not None
        html = sign_in_page(target=target, oidc=oidc)
    else:
        said = NO_PAGE if detail == HTTPStatus.NOT_FOUND.phrase else detail
        html = message_page(_HEADINGS.get(status, "That did not work"), said)
    return Response(html, status_code=status, headers=headers, media_type="text/html")
