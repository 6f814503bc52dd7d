"""Who may do what, and who did what: the rows, and the stores that keep them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Scope = Literal["read", "ingest", "operate", "actions"]
Role = Literal["viewer", "operator", "admin"]

NEWEST = 2**63 - 1
"""An audit id after all others."""
TOKEN_PREFIX: dict[Scope, str] = {
    "read": "tbr_",
    "ingest": "tbi_",
    "operate": "tbo_",
    "actions": "tba_",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token without its secret; `source` limits an ingest token to one source."""

    id: int
    prefix: str
    scope: Scope
    source: str | None
    note: str | None
    created_at: float
    created_by: str | None
    last_used_at: float | None
    revoked_at: float | None


@dataclass(frozen=True, slots=True)
class User:
    """An account; `see_details` allows job arguments and traces."""

    id: int
    name: str
    role: Role
    see_details: bool
    password_hash: str | None
    created_at: float
    last_seen_at: float | None
    disabled_at: float | None


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of a person who signed in; `origin` is the address it came from."""

    id: int
    user_id: int
    created_at: float
    expires_at: float
    origin: str | None


@dataclass(frozen=True, slots=True)
class BoardLink:
    """A link that shows the board without an account until `expires_at`."""

    id: int
    prefix: str
    note: str | None
    created_at: float
    created_by: str | None
    expires_at: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing somebody did; `detail` is JSON text, `origin` the address it came from."""

    id: int
    at: float
    actor: str
    action: str
    subject: str
    origin: str | None
    detail: str


class MetaStore(Protocol):
    """The server's own facts."""

    def get(self, name: str) -> str | None: ...
    def set(self, name: str, value: str) -> None: ...
    def instance_id(self) -> str: ...
    def signing_secret(self) -> bytes: ...


class TokenStore(Protocol):
    """Bearer tokens; only a hash of each is kept."""

    def create(
        self,
        scope: Scope,
        *,
        now: float,
        source: str | None = None,
        note: str | None = None,
        created_by: str | None = None,
    ) -> tuple[str, Token]: ...
    def find(self, secret: str) -> Token | None: ...
    def used(self, token: Token, *, now: float) -> None: ...
    def revoke(self, token_id: int, *, now: float) -> bool: ...
    def all(self) -> list[Token]: ...


class UserStore(Protocol):
    """Accounts."""

    def create(
        self,
        name: str,
        role: Role,
        *,
        now: float,
        password_hash: str | None = None,
        see_details: bool = False,
    ) -> User | None: ...
    def by_name(self, name: str) -> User | None: ...
    def by_id(self, user_id: int) -> User | None: ...
    def all(self) -> list[User]: ...
    def change(self, user_id: int, **changes: Any) -> User | None: ...
    def seen(self, user: User, *, now: float) -> None: ...


class LinkStore(Protocol):
    """Links that work once, for one purpose, for some time."""

    def create(self, purpose: str, *, now: float, ttl_s: float, subject: str = "") -> str: ...
    def peek(self, secret: str, purpose: str, *, now: float) -> str | None: ...
    def use(self, secret: str, purpose: str, *, now: float) -> str | None: ...


class SessionStore(Protocol):
    """Who is signed in; only a hash of each session's secret is kept."""

    def create(
        self, user_id: int, *, now: float, ttl_s: float, origin: str | None = None
    ) -> str: ...
    def find(self, secret: str, *, now: float) -> Session | None: ...
    def of_user(self, user_id: int, *, now: float) -> list[Session]: ...
    def end(self, secret: str, *, now: float) -> bool: ...
    def end_all(self, user_id: int, *, now: float, but: str | None = None) -> int: ...


class BoardLinkStore(Protocol):
    """Links that show the board until an end date; only a hash of each is kept."""

    def create(
        self, *, now: float, ttl_s: float, note: str | None = None, created_by: str | None = None
    ) -> str: ...
    def find(self, secret: str, *, now: float) -> BoardLink | None: ...
    def all(self) -> list[BoardLink]: ...
    def end(self, link_id: int, *, now: float) -> bool: ...


class AuditStore(Protocol):
    """Lines that are only ever added."""

    def add(
        self,
        actor: str,
        action: str,
        subject: str,
        *,
        now: float,
        origin: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None: ...
    def newest(
        self, limit: int, *, before: int = NEWEST, subject: str | None = None
    ) -> list[AuditLine]: ...
