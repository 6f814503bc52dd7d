"""Who may do what: bearer tokens with one scope each, sessions and board links for browsers.

Every route names the scope it needs in `opt`, and a role where not every person of that scope may
come in; a route that names no scope is closed to everyone. A route that is `keyed` also takes the
secret of a board link as `?key=`, for pictures that another site embeds.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from tailback.server.oidc import Identity
from tailback.server.passwords import Patience, is_password
from tailback.store.access import Scope, Token
from tailback.store.store import Store

SCOPES: tuple[Scope, ...] = ("read", "ingest", "operate", "actions")
OPEN: dict[str, Any] = {"scope": "open"}
COOKIE = "tailback_session"
SESSION_S = 30 * 86400.0
BOARD_LINK_PREFIX = "tbv_"
LINK_PURPOSE = "welcome"
LINK_TTL_S = 86400.0
HASHING_AT_ONCE = 2
"""Each takes 64 MiB and a core for some tens of milliseconds."""
_REMEMBER_S = 5.0
_MAX_REMEMBERED = 10_000
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OWN_SITE = ("same-origin", "none")
_SCOPES_OF_ROLE: dict[str, frozenset[Scope]] = {
    "viewer": frozenset({"read"}),
    "operator": frozenset({"read", "operate", "actions"}),
    "admin": frozenset({"read", "operate", "actions"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking: a token (with its source when it ingests), a person, or a board link.

    `details` allows job arguments and traces; `csrf` is what forms of a browser must carry.
    """

    scopes: frozenset[Scope]
    source: str | None = None
    person: str | None = None
    role: str | None = None
    user_id: int | None = None
    details: bool = False
    csrf: str | None = None

    @property
    def browser(self) -> bool:
        """Tell whether a browser asks, which sends its cookie with whatever another site says."""
        return self.csrf is not None


STRANGER = Principal(scopes=frozenset())


class Gate:
    """Answers who a request comes from; remembers answers for a few seconds."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        """Read tokens and accounts from `store`."""
        self._store = store
        self._now = now
        self._key = store.meta.signing_secret()
        self._tokens: dict[str, tuple[float, Token | None]] = {}
        self._cookies: dict[str, tuple[float, Principal | None]] = {}
        self.patience = Patience(now)
        self.hashing = asyncio.Semaphore(HASHING_AT_ONCE)

    def who(self, connection: ASGIConnection) -> Principal | None:  # type: ignore[type-arg]
        """Return who asks; None when neither a valid token nor a valid session was sent."""
        secret = _bearer(connection)
        if secret is not None:
            return self.of_token(secret)
        cookie = connection.cookies.get(COOKIE)
        return self.of_cookie(cookie) if cookie else None

    def of_token(self, secret: str) -> Principal | None:
        """Return what the holder of a token may do."""
        token = self._token(secret)
        if token is None:
            return None
        return Principal(scopes=frozenset({token.scope}), source=token.source, details=True)

    def of_cookie(self, cookie: str) -> Principal | None:
        """Return what a browser may do; sessions and roles are read anew every few seconds."""
        now = self._now()
        known = self._cookies.get(cookie)
        if known is not None and 0 <= now - known[0] < _REMEMBER_S:
            return known[1]
        principal = self._of_cookie(cookie, now)
        if len(self._cookies) >= _MAX_REMEMBERED:
            self._cookies.clear()
        if principal is not None:
            self._cookies[cookie] = (now, principal)
        return principal

    def of_board_link(self, secret: str) -> Principal | None:
        """Return what the holder of a board link may do; nothing else passes as one."""
        return self.of_cookie(secret) if secret.startswith(BOARD_LINK_PREFIX) else None

    def _of_cookie(self, cookie: str, now: float) -> Principal | None:
        csrf = _mac(self._key, f"csrf:{cookie}")
        if cookie.startswith(BOARD_LINK_PREFIX):
            link = self._store.board_links.find(cookie, now=now)
            return None if link is None else Principal(scopes=frozenset({"read"}), csrf=csrf)
        session = self._store.sessions.find(cookie, now=now)
        user = self._store.users.by_id(session.user_id) if session is not None else None
        if user is None or user.disabled_at is not None:
            return None
        self._store.users.seen(user, now=now)
        return Principal(
            scopes=_SCOPES_OF_ROLE[user.role],
            person=user.name,
            role=user.role,
            user_id=user.id,
            details=user.see_details or user.role != "viewer",
            csrf=csrf,
        )

    def welcome(self, secret: str, origin: str | None = None) -> str | None:
        """Use a one-time link up; return the cookie it signs in with, None if it is void."""
        now = self._now()
        name = self._store.links.use(secret, LINK_PURPOSE, now=now)
        if name is None:
            return None
        user = self._store.users.by_name(name) or self._store.users.create(name, "admin", now=now)
        if user is None or user.disabled_at is not None:
            return None
        self._store.audit.add(name, "sign in by one-time link", name, now=now, origin=origin)
        return self._store.sessions.create(user.id, now=now, ttl_s=SESSION_S, origin=origin)

    def sign_in(self, name: str, password: str, origin: str) -> str | None:
        """Return the cookie of a new session; None when name and password do not fit.

        Takes some tens of milliseconds on purpose: call it on a thread.
        """
        now = self._now()
        user = self._store.users.by_name(name)
        right = is_password(user.password_hash if user is not None else None, password)
        if user is None or not right or user.disabled_at is not None:
            self.patience.failed(f"name:{name}", f"from:{origin}")
            self._store.audit.add("stranger", "sign in refused", name, now=now, origin=origin)
            return None
        self.patience.succeeded(f"name:{name}")
        self._store.audit.add(name, "sign in by password", name, now=now, origin=origin)
        return self._store.sessions.create(user.id, now=now, ttl_s=SESSION_S, origin=origin)

    def admit(self, identity: Identity, origin: str) -> str | None:
        """Return the cookie of whom an identity provider proved; None when that is no account.

        An account belongs to the person it was made for: whoever comes under the same name later,
        or under the name of an account with a password, is somebody else.
        """
        now, mark = self._now(), f"oidc:{identity.name}"
        users = self._store.users
        user = users.by_name(identity.name)
        if user is None:
            user = users.create(identity.name, identity.role, now=now)
            self._store.meta.set(mark, identity.subject)
        if (
            user is None
            or user.disabled_at is not None
            or self._store.meta.get(mark) != identity.subject
        ):
            self._store.audit.add(
                "stranger", "sign in refused", identity.name, now=now, origin=origin
            )
            return None
        if user.role != identity.role:
            users.change(user.id, role=identity.role)
            self.forget()
        self._store.audit.add(
            user.name, "sign in by identity provider", user.name, now=now, origin=origin
        )
        return self._store.sessions.create(user.id, now=now, ttl_s=SESSION_S, origin=origin)

    def sign_out(self, cookie: str, person: str) -> None:
        """End a session at once."""
        now = self._now()
        self._cookies.pop(cookie, None)
        if self._store.sessions.end(cookie, now=now):
            self._store.audit.add(person, "sign out", person, now=now)

    def forget(self) -> None:
        """Read every session and token anew at its next request."""
        self._cookies.clear()
        self._tokens.clear()

    def _token(self, secret: str) -> Token | None:
        now = self._now()
        known = self._tokens.get(secret)
        if known is not None and now - known[0] < _REMEMBER_S:
            return known[1]
        token = self._store.tokens.find(secret)
        if token is None:
            return None
        if len(self._tokens) >= _MAX_REMEMBERED:
            self._tokens.clear()
        self._tokens[secret] = (now, token)
        self._store.tokens.used(token, now=now)
        return token


async def guard(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Let a request through when its route is open, or its token or session has the scope."""
    scope = handler.opt.get("scope")
    if scope == "open":
        return
    if scope is None:
        raise PermissionDeniedException("This address is closed.")
    gate: Gate = connection.app.state.gate
    principal = gate.who(connection)
    if principal is None and handler.opt.get("keyed"):
        principal = gate.of_board_link(connection.query_params.get("key", ""))
    if principal is None:
        detail = f"This needs a token of scope {scope}, or a session."
        raise NotAuthorizedException(detail, headers={"WWW-Authenticate": "Bearer"})
    if scope not in principal.scopes:
        raise PermissionDeniedException(f"This needs the scope {scope}.")
    role = handler.opt.get("role")
    if role is not None and principal.role not in role:
        raise PermissionDeniedException("Your account may not do this.")
    if principal.browser and connection.scope.get("method") not in _SAFE_METHODS:
        refuse_foreign_site(connection)
        await _refuse_without_token(connection, principal)
    connection.state.principal = principal


def refuse_foreign_site(connection: ASGIConnection) -> None:  # type: ignore[type-arg]
    """Refuse a change that another site made the browser send.

    Browsers say where a request comes from in `Sec-Fetch-Site`, over plain HTTP only in `Origin`.
    """
    site = connection.headers.get("sec-fetch-site")
    if site is None:
        _, _, host = connection.headers.get("origin", "").partition("://")
        if host and host == connection.headers.get("host"):
            return
    elif site in _OWN_SITE:
        return
    raise PermissionDeniedException("This must be sent from the board itself.")


async def _refuse_without_token(connection: Any, principal: Principal) -> None:
    """Refuse a change that does not carry the secret word of the session's own pages."""
    sent = connection.headers.get("x-tailback-csrf")
    kind = connection.headers.get("content-type", "").partition(";")[0]
    if sent is None and kind == "application/x-www-form-urlencoded":
        sent = (await connection.form()).get("csrf")
    if not isinstance(sent, str) or not hmac.compare_digest(
        sent.encode(), (principal.csrf or "").encode()
    ):
        raise PermissionDeniedException("This page is too old: load it again and repeat.")


def _bearer(connection: ASGIConnection) -> str | None:  # type: ignore[type-arg]
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


def _mac(key: bytes, body: str) -> str:
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()
