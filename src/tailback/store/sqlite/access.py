"""Tokens, accounts, one-time links, the audit and the server's own facts on SQLite."""

import json
import secrets
import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tailback.store.access import NEWEST, TOKEN_PREFIX, AuditLine, Role, Scope, Token, User
from tailback.store.secret import hashed, new_secret, visible
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.writer import Writer
from tailback.store.text import storable

USED_EVERY_S = 60.0

_SQL = statements("access")


class SqliteMeta:
    """The server's own facts: who it is and what it signs with."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def get(self, name: str) -> str | None:
        with self._readers.reading() as connection:
            row = connection.execute(_SQL["meta_get"], {"name": name}).fetchone()
        return None if row is None else str(row[0])

    def set(self, name: str, value: str) -> None:
        self._writer.execute(_SQL["meta_set"], {"name": name, "value": storable(value)}).result()

    def instance_id(self) -> str:
        """Return the name of this database, made at its first use and never changed."""
        return self._once("instance_id", uuid.uuid4().hex)

    def signing_secret(self) -> bytes:
        """Return the 32 secret bytes that sign cookies and links, made at their first use."""
        return bytes.fromhex(self._once("signing_secret", secrets.token_hex(32)))

    def _once(self, name: str, fresh: str) -> str:
        known = self.get(name)
        if known is not None:
            return known

        def set_once(connection: sqlite3.Connection) -> str:
            connection.execute(_SQL["meta_set_once"], {"name": name, "value": fresh})
            return str(connection.execute(_SQL["meta_get"], {"name": name}).fetchone()[0])

        return self._writer.call(set_once).result()


class SqliteTokens:
    """Bearer tokens, kept as hashes."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def create(
        self,
        scope: Scope,
        *,
        now: float,
        source: str | None = None,
        note: str | None = None,
        created_by: str | None = None,
    ) -> tuple[str, Token]:
        """Make a token; its secret (first in the pair) is shown now or never."""
        secret = new_secret(TOKEN_PREFIX[scope])
        row = {
            "sha256": hashed(secret),
            "prefix": visible(secret),
            "scope": scope,
            "source": source,
            "note": note,
            "created_at": now,
            "created_by": created_by,
        }

        def insert(connection: sqlite3.Connection) -> Token:
            connection.execute(_SQL["add_token"], row)
            return Token(*connection.execute(_SQL["token_by_hash"], row).fetchone())

        return secret, self._writer.call(insert).result()

    def find(self, secret: str) -> Token | None:
        """Return the token of a secret; None when it is unknown or was revoked."""
        with self._readers.reading() as connection:
            row = connection.execute(_SQL["token_by_hash"], {"sha256": hashed(secret)}).fetchone()
        return None if row is None else Token(*row)

    def used(self, token: Token, *, now: float) -> None:
        """Note the use of a token without waiting, at most once a minute."""
        if token.last_used_at is None or now - token.last_used_at >= USED_EVERY_S:
            self._writer.execute(_SQL["use_token"], {"id": token.id, "at": now})

    def revoke(self, token_id: int, *, now: float) -> bool:
        """End a token; False when there is none of this number or it was revoked before."""
        revoked = self._writer.execute(_SQL["revoke_token"], {"id": token_id, "at": now})
        return revoked.result() == 1

    def all(self) -> list[Token]:
        """Return every token, newest first, revoked ones too."""
        with self._readers.reading() as connection:
            return [Token(*row) for row in connection.execute(_SQL["list_tokens"])]


class SqliteUsers:
    """Accounts and the one-time links that make or open them."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def create(
        self,
        name: str,
        role: Role,
        *,
        now: float,
        password_hash: str | None = None,
        see_details: bool = False,
    ) -> User | None:
        """Create an account; None when the name is taken."""
        row = {
            "name": storable(name),
            "role": role,
            "see_details": see_details,
            "password_hash": password_hash,
            "created_at": now,
        }

        def insert(connection: sqlite3.Connection) -> User | None:
            if connection.execute(_SQL["user_by_name"], row).fetchone():
                return None
            connection.execute(_SQL["add_user"], row)
            return _user(connection.execute(_SQL["user_by_name"], row).fetchone())

        return self._writer.call(insert).result()

    def by_name(self, name: str) -> User | None:
        with self._readers.reading() as connection:
            row = connection.execute(_SQL["user_by_name"], {"name": storable(name)}).fetchone()
        return None if row is None else _user(row)

    def by_id(self, user_id: int) -> User | None:
        with self._readers.reading() as connection:
            row = connection.execute(_SQL["user_by_id"], {"id": user_id}).fetchone()
        return None if row is None else _user(row)

    def all(self) -> list[User]:
        with self._readers.reading() as connection:
            return [_user(row) for row in connection.execute(_SQL["list_users"])]

    def change(self, user_id: int, **changes: Any) -> User | None:
        """Change role, see_details, password_hash or disabled_at; None: no such account."""

        def update(connection: sqlite3.Connection) -> User | None:
            row = connection.execute(_SQL["user_by_id"], {"id": user_id}).fetchone()
            if row is None:
                return None
            user = replace(_user(row), **changes)
            connection.execute(
                _SQL["change_user"],
                {
                    "id": user_id,
                    "role": user.role,
                    "see_details": user.see_details,
                    "password_hash": user.password_hash,
                    "disabled_at": user.disabled_at,
                },
            )
            return user

        return self._writer.call(update).result()

    def seen(self, user: User, *, now: float) -> None:
        """Note that somebody was here without waiting, at most once a minute."""
        if user.last_seen_at is None or now - user.last_seen_at >= USED_EVERY_S:
            self._writer.execute(_SQL["see_user"], {"id": user.id, "at": now})


class SqliteLinks:
    """Links that work once."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def create(self, purpose: str, *, now: float, ttl_s: float, subject: str = "") -> str:
        """Return the secret of a new link for `purpose`, valid for `ttl_s` seconds."""
        secret = new_secret("tbl_")
        row = {
            "sha256": hashed(secret),
            "purpose": purpose,
            "subject": storable(subject),
            "created_at": now,
            "expires_at": now + ttl_s,
        }
        self._writer.execute(_SQL["add_link"], row).result()
        return secret

    def peek(self, secret: str, purpose: str, *, now: float) -> str | None:
        """Return the subject of a link that would work, else None; it still works afterwards."""
        with self._readers.reading() as connection:
            row = connection.execute(
                _SQL["peek_link"], {"sha256": hashed(secret), "purpose": purpose, "at": now}
            ).fetchone()
        return None if row is None else str(row[0])

    def use(self, secret: str, purpose: str, *, now: float) -> str | None:
        """Use a link up and return its subject; None: unknown, used, expired, other purpose."""
        wanted = {"sha256": hashed(secret), "purpose": purpose, "at": now}
        row = self._writer.call(lambda c: c.execute(_SQL["use_link"], wanted).fetchone()).result()
        return None if row is None else str(row[0])


class SqliteAudit:
    """Who did what; lines are only ever added, the database itself refuses anything else."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def add(
        self,
        actor: str,
        action: str,
        subject: str,
        *,
        now: float,
        origin: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a line and return when it is durable: before the effect it tells of."""
        row = {
            "at": now,
            "actor": storable(actor),
            "action": action,
            "subject": storable(subject),
            "origin": origin,
            "detail": json.dumps(detail or {}),
        }
        self._writer.execute(_SQL["add_audit"], row).result()

    def newest(
        self, limit: int, *, before: int = NEWEST, subject: str | None = None
    ) -> list[AuditLine]:
        """Return lines, newest first; `before` is the id to go on from."""
        name = "audit_newest" if subject is None else "audit_of"
        with self._readers.reading() as connection:
            rows = connection.execute(
                _SQL[name], {"before": before, "limit": limit, "subject": subject}
            )
            return [AuditLine(*row) for row in rows]


def _user(row: tuple[Any, ...]) -> User:
    user = User(*row)
    return replace(user, see_details=bool(user.see_details))
