"""Signing in through an identity provider: there, and back."""

import asyncio
from typing import Any

from litestar import Request, Router, get
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from tailback.core import wording_access
from tailback.server.access import OPEN, SESSION_S
from tailback.server.api import NO_STORE
from tailback.server.oidc import TRY_S, OidcError, Provider, opened, sealed
from tailback.server.render import message_page
from tailback.server.services import Services, services_of
from tailback.server.sign_in import local, origin_of, with_cookie

COOKIE = "tailback_oidc"


@get("/sign-in/oidc", opt=OPEN, include_in_schema=False)
async def leave(request: Request[Any, Any, Any]) -> Response[Any]:
    """Send somebody to the identity provider."""
    services = services_of(request)
    try:
        address, begun = await _provider(services).begin(
            local(request.query_params.get("next", "/"))
        )
    except OidcError as error:
        return _refused(str(error), 502)
    answer = Redirect(address, status_code=303, headers=NO_STORE)
    answer.set_cookie(
        COOKIE,
        sealed(services.store.meta.signing_secret(), begun),
        path="/sign-in/oidc",
        max_age=int(TRY_S),
        httponly=True,
        samesite="lax",  # the way back is a link of another site
        secure=services.secure,
    )
    return answer


@get("/sign-in/oidc/callback", opt=OPEN, include_in_schema=False)
async def come_back(request: Request[Any, Any, Any]) -> Response[Any]:
    """Sign in whom the identity provider has sent back, if this browser was sent there."""
    services = services_of(request)
    provider = _provider(services)
    state = request.query_params.get("state", "")
    key = services.store.meta.signing_secret()
    begun = opened(key, request.cookies.get(COOKIE, ""), state, services.now())
    if begun is None:
        return _refused(wording_access.OIDC_NOT_BEGUN)
    code = request.query_params.get("code")
    if not code:
        return _refused(wording_access.OIDC_CANCELLED)
    origin = origin_of(request)
    try:
        identity = await provider.identify(code, begun)
    except OidcError as error:
        await asyncio.to_thread(
            services.store.audit.add,
            "stranger",
            "sign in refused",
            "oidc",
            now=services.now(),
            origin=origin,
        )
        return _refused(str(error))
    cookie = await asyncio.to_thread(services.gate.admit, identity, origin)
    if cookie is None:
        return _refused(wording_access.oidc_taken(identity.name))
    answer = with_cookie(services, cookie, begun.target, SESSION_S)
    answer.delete_cookie(COOKIE, path="/sign-in/oidc")
    return answer


def _provider(services: Services) -> Provider:
    if services.provider is None:
        raise NotFoundException("This server has no identity provider.")
    return services.provider


def _refused(text: str, status: int = 403) -> Response[str]:
    html = message_page(wording_access.OIDC_REFUSED, text)
    return Response(html, status_code=status, media_type="text/html", headers=NO_STORE)


oidc_router = Router("/", route_handlers=[leave, come_back])
