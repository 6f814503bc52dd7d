"""Signing in and out, one's own account, and the audit."""

import asyncio
import json
from typing import Any

from litestar import Request, Router, get, post
from litestar.exceptions import PermissionDeniedException
from litestar.params import FromPath
from litestar.response import Redirect, Response

from tailback.core import wording_access
from tailback.server.access import COOKIE, OPEN, SESSION_S, refuse_foreign_site
from tailback.server.api import NO_STORE
from tailback.server.passwords import hash_password, is_password, weakness
from tailback.server.render import message_page, sign_in_page
from tailback.server.services import Services, principal_of, services_of
from tailback.server.show import show
from tailback.store.access import AuditLine

AUDIT_LINES = 200
MAX_NAME_CHARS = 200
_DONE = {"password": wording_access.PASSWORD_CHANGED, "sessions": wording_access.SESSIONS_ENDED}
_PERSON = {"scope": "read", "role": ("viewer", "operator", "admin")}
_ADMIN = {"scope": "read", "role": ("admin",)}


@get("/sign-in", opt=OPEN, include_in_schema=False)
async def sign_in(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form."""
    services = services_of(request)
    html = sign_in_page(
        local(request.query_params.get("next", "/")), oidc=services.provider is not None
    )
    return Response(html, media_type="text/html", headers=NO_STORE)


@post("/sign-in", opt=OPEN, include_in_schema=False)
async def signed_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Sign in by name and password."""
    refuse_foreign_site(request)
    services = services_of(request)
    form = await request.form()
    name = str(form.get("name", "")).strip()[:MAX_NAME_CHARS]
    target = local(str(form.get("next", "/")))
    origin, oidc = origin_of(request), services.provider is not None
    wait_s = services.gate.patience.wait_s(f"name:{name}", f"from:{origin}")
    if wait_s:
        html = sign_in_page(
            target, name=name, oidc=oidc, problem=wording_access.too_many_tries(wait_s)
        )
        headers = {**NO_STORE, "Retry-After": str(int(wait_s) + 1)}
        return Response(html, status_code=429, media_type="text/html", headers=headers)
    async with services.gate.hashing:
        password = str(form.get("password", ""))
        cookie = await asyncio.to_thread(services.gate.sign_in, name, password, origin)
    if cookie is None:
        html = sign_in_page(target, name=name, oidc=oidc, problem=wording_access.WRONG_PASSWORD)
        return Response(html, status_code=403, media_type="text/html", headers=NO_STORE)
    return with_cookie(services, cookie, target, SESSION_S)


@get("/welcome/{secret:str}", opt=OPEN, include_in_schema=False)
async def welcome(request: Request[Any, Any, Any], secret: FromPath[str]) -> Response[Any]:
    """Sign in by the one-time link that `tailback up` printed."""
    services = services_of(request)
    cookie = await asyncio.to_thread(services.gate.welcome, secret, origin_of(request))
    if cookie is None:
        html = message_page(*wording_access.LINK_USED_UP)
        return Response(html, status_code=403, media_type="text/html", headers=NO_STORE)
    return with_cookie(services, cookie, "/", SESSION_S)


@get("/look/{secret:str}", opt=OPEN, include_in_schema=False)
async def look(request: Request[Any, Any, Any], secret: FromPath[str]) -> Response[Any]:
    """Open the board by a read-only link, until its end date."""
    services = services_of(request)
    now = services.now()
    link = services.store.board_links.find(secret, now=now)
    if link is None:
        html = message_page(*wording_access.BOARD_LINK_ENDED)
        return Response(html, status_code=403, media_type="text/html", headers=NO_STORE)
    return with_cookie(services, secret, "/", link.expires_at - now)


@post("/sign-out", opt=_PERSON, status_code=303, include_in_schema=False)
async def sign_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """End this session."""
    services = services_of(request)
    person = principal_of(request).person or ""
    services.gate.sign_out(request.cookies.get(COOKIE, ""), person)
    answer = Redirect("/sign-in", status_code=303, headers=NO_STORE)
    answer.delete_cookie(COOKIE)
    return answer


@get("/you", opt=_PERSON, include_in_schema=False)
async def you(request: Request[Any, Any, Any]) -> Response[str]:
    """Show one's own account."""
    return _you(request, done=_DONE.get(request.query_params.get("done", "")))


@post("/you/password", opt=_PERSON, status_code=200, include_in_schema=False)
async def new_password(request: Request[Any, Any, Any]) -> Response[Any]:
    """Set or change one's own password; ends all other sessions."""
    services = services_of(request)
    who = principal_of(request)
    user = services.store.users.by_id(who.user_id or 0)
    if user is None:
        raise PermissionDeniedException("Your account is gone.")
    form = await request.form()
    fresh = str(form.get("new", ""))
    mark = f"name:{user.name}"
    async with services.gate.hashing:
        if user.password_hash is not None and not await asyncio.to_thread(
            is_password, user.password_hash, str(form.get("present", ""))
        ):
            services.gate.patience.failed(mark)
            return _you(request, problem=wording_access.WRONG_PRESENT_PASSWORD, status=403)
        problem = weakness(fresh, user.name)
        if problem is not None:
            return _you(request, problem=problem, status=400)
        stored = await asyncio.to_thread(hash_password, fresh)
    now = services.now()
    services.store.audit.add(
        user.name, "change password", user.name, now=now, origin=origin_of(request)
    )
    services.store.users.change(user.id, password_hash=stored)
    services.store.sessions.end_all(user.id, now=now, but=request.cookies.get(COOKIE))
    services.gate.forget()
    return Redirect("/you?done=password", status_code=303, headers=NO_STORE)


@post("/you/sessions/end", opt=_PERSON, status_code=200, include_in_schema=False)
async def end_sessions(request: Request[Any, Any, Any]) -> Response[Any]:
    """Sign out everywhere else."""
    services = services_of(request)
    who = principal_of(request)
    now = services.now()
    services.store.audit.add(who.person or "", "end other sessions", who.person or "", now=now)
    services.store.sessions.end_all(who.user_id or 0, now=now, but=request.cookies.get(COOKIE))
    services.gate.forget()
    return Redirect("/you?done=sessions", status_code=303, headers=NO_STORE)


@get("/audit", opt=_ADMIN, include_in_schema=False)
async def audit(request: Request[Any, Any, Any]) -> Response[str]:
    """Show who did what, the newest first."""
    services = services_of(request)
    given = request.query_params.get("before", "")
    before = int(given[:18]) if given.isascii() and given.isdigit() else 2**63 - 1
    lines = services.store.audit.newest(AUDIT_LINES, before=before)
    return show(
        request,
        "audit.html",
        lines=[(line, action_of(line)) for line in lines],
        more=lines[-1].id if len(lines) == AUDIT_LINES else None,
    )


def _you(
    request: Request[Any, Any, Any],
    *,
    problem: str | None = None,
    done: str | None = None,
    status: int = 200,
) -> Response[str]:
    services = services_of(request)
    who = principal_of(request)
    user = services.store.users.by_id(who.user_id or 0)
    return show(
        request,
        "you.html",
        has_password=user is not None and user.password_hash is not None,
        sessions=services.store.sessions.of_user(who.user_id or 0, now=services.now()),
        may=wording_access.may(who.role or "", details=who.details),
        problem=problem,
        done=done,
        status=status,
    )


def with_cookie(services: Services, cookie: str, target: str, ttl_s: float) -> Response[Any]:
    """Return the answer that signs a browser in and leads it to `target`."""
    answer = Redirect(target, status_code=303, headers=NO_STORE)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=int(ttl_s),
        httponly=True,
        samesite="lax",
        secure=services.secure,
    )
    return answer


def action_of(line: AuditLine) -> str | None:
    """Return the action on jobs that a line of the audit is about."""
    said = json.loads(line.detail) if line.action.endswith(" jobs") else {}
    return said.get("action") if isinstance(said, dict) else None


def local(target: str) -> str:
    """Return a path of our own: nobody is sent to another site after signing in."""
    ours = target.startswith("/") and target[1:2] not in ("/", "\\")
    clean = ours and target.isprintable() and "\\" not in target
    return target if clean else "/"


def origin_of(request: Request[Any, Any, Any]) -> str:
    """Return the address a request came from."""
    return request.client.host if request.client is not None else "unknown"


sign_in_router = Router(
    "/",
    route_handlers=[
        sign_in,
        signed_in,
        welcome,
        look,
        sign_out,
        you,
        new_password,
        end_sessions,
        audit,
    ],
)
