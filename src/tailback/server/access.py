"""Who may do what: bearer tokens with one scope each, and signed sessions for browsers.

Every route names the scope it needs in `opt`; a route that names none is closed to everyone.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from tailback.store.access import Scope, Token, User
from tailback.store.store import Store

SCOPES: tuple[Scope, ...] = ("read", "ingest", "operate", "actions")
OPEN: dict[str, Any] = {"scope": "open"}
COOKIE = "tailback_session"
SESSION_S = 30 * 86400.0
LINK_PURPOSE = "welcome"
LINK_TTL_S = 86400.0
_REMEMBER_S = 5.0
_MAX_REMEMBERED = 10_000
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OWN_SITE = ("same-origin", "none")
_SCOPES_OF_ROLE: dict[str, frozenset[Scope]] = {
    "viewer": frozenset({"read"}),
    "operator": frozenset({"read", "operate"}),
    "admin": frozenset({"read", "operate", "actions"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking: a token (with its source when it ingests) or a signed-in person."""

    scopes: frozenset[Scope]
    source: str | None = None
    person: str | None = None
    role: str | None = None


STRANGER = Principal(scopes=frozenset())


class Gate:
    """Answers who a request comes from; remembers answers for a few seconds."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        """Read tokens and accounts from `store`."""
        self._store = store
        self._now = now
        self._key = store.meta.signing_secret()
        self._tokens: dict[str, tuple[float, Token | None]] = {}
        self._users: dict[int, tuple[float, User | None]] = {}

    def who(self, connection: ASGIConnection) -> Principal | None:  # type: ignore[type-arg]
        """Return who asks; None when neither a valid token nor a valid session was sent."""
        secret = _bearer(connection)
        if secret is not None:
            return self.of_token(secret)
        cookie = connection.cookies.get(COOKIE)
        return self.of_session(cookie) if cookie else None

    def of_token(self, secret: str) -> Principal | None:
        """Return what the holder of a token may do."""
        token = self._token(secret)
        if token is None:
            return None
        return Principal(scopes=frozenset({token.scope}), source=token.source)

    def of_session(self, cookie: str) -> Principal | None:
        """Return what the person of a session may do; roles are read anew every few seconds."""
        user_id = read_session(self._key, cookie, self._now())
        user = self._user(user_id) if user_id is not None else None
        if user is None or user.disabled_at is not None:
            return None
        return Principal(scopes=_SCOPES_OF_ROLE[user.role], person=user.name, role=user.role)

    def welcome(self, secret: str) -> str | None:
        """Use a one-time link up; return the cookie it signs in with, None if it is void."""
        now = self._now()
        name = self._store.links.use(secret, LINK_PURPOSE, now=now)
        if name is None:
            return None
        user = self._store.users.by_name(name) or self._store.users.create(name, "admin", now=now)
        if user is None or user.disabled_at is not None:
            return None
        self._store.audit.add(name, "sign in by one-time link", name, now=now)
        return sign_session(self._key, user.id, now)

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

    def _user(self, user_id: int) -> User | None:
        now = self._now()
        known = self._users.get(user_id)
        if known is not None and now - known[0] < _REMEMBER_S:
            return known[1]
        user = self._store.users.by_id(user_id)
        self._users[user_id] = (now, user)
        return user


def sign_session(key: bytes, user_id: int, issued_at: float) -> str:
    """Return a cookie value that proves who signed in at `issued_at`."""
    body = f"{user_id}.{int(issued_at)}"
    return f"{body}.{_mac(key, body)}"


def read_session(key: bytes, cookie: str, now: float) -> int | None:
    """Return the account's number of a cookie value that is ours and at most 30 days old."""
    body, _, mac = cookie.rpartition(".")
    user_id, _, issued = body.partition(".")
    if not hmac.compare_digest(_mac(key, body).encode(), mac.encode()):
        return None
    fresh = now - int(issued) <= SESSION_S
    return int(user_id) if fresh else None


def guard(connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Let a request through when its route is open, or its token or session has the scope."""
    scope = handler.opt.get("scope")
    if scope == "open":
        return
    if scope is None:
        raise PermissionDeniedException("This address is closed.")
    principal: Principal | None = connection.app.state.gate.who(connection)
    if principal is None:
        detail = f"This needs a token of scope {scope}, or a session."
        raise NotAuthorizedException(detail, headers={"WWW-Authenticate": "Bearer"})
    if scope not in principal.scopes:
        raise PermissionDeniedException(f"This token has not the scope {scope}.")
    if principal.person is not None and connection.scope.get("method") not in _SAFE_METHODS:
        _refuse_foreign_site(connection)
    connection.state.principal = principal


def _refuse_foreign_site(connection: ASGIConnection) -> None:  # type: ignore[type-arg]
    """Refuse a change that another site made the browser send."""
    if connection.headers.get("sec-fetch-site") not in _OWN_SITE:
        raise PermissionDeniedException("This must be sent from the board itself.")


def _bearer(connection: ASGIConnection) -> str | None:  # type: ignore[type-arg]
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


def _mac(key: bytes, body: str) -> str:
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()
