"""OpenID Connect: asks an identity provider who somebody is (authorization code with PKCE)."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from tailback.core import wording_access
from tailback.server.config.model import Oidc
from tailback.store.access import Role

TIMEOUT_S = 10.0
TRY_S = 600.0
"""How long somebody may take at the identity provider."""
LEEWAY_S = 60
KEYS_AT_LEAST_S = 30.0
"""Unknown keys are asked for not more often than this, whoever sends tokens."""
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_ROLES: tuple[tuple[Role, str], ...] = (
    ("admin", "admins"),
    ("operator", "operators"),
    ("viewer", "viewers"),
)


class OidcError(Exception):
    """Signing in did not work; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Try:
    """One begun sign-in, kept in the browser: what must come back, and where it leads."""

    state: str
    nonce: str
    verifier: str
    target: str
    until: float


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is; `subject` names the person for good, `name` may change."""

    subject: str
    name: str
    role: Role


class Provider:
    """One identity provider; asks it on the event loop and remembers its keys."""

    def __init__(self, settings: Oidc, redirect_uri: str, now: Callable[[], float]) -> None:
        """Send people back to `redirect_uri`."""
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._now = now
        self._found: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None
        self._keys_at = 0.0

    async def begin(self, target: str) -> tuple[str, Try]:
        """Return the address to send somebody to, and what to remember meanwhile."""
        found = await self._discovered()
        words = [secrets.token_urlsafe(32) for _ in range(3)]
        begun = Try(words[0], words[1], words[2], target, self._now() + TRY_S)
        digest = hashlib.sha256(begun.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._settings.scope,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{found['authorization_endpoint']}?{urlencode(query)}", begun

    async def identify(self, code: str, begun: Try) -> Identity:
        """Return who came back with `code`; OidcError when that is not proven."""
        found = await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": begun.verifier,
        }
        who = (
            quote(self._settings.client_id, safe=""),
            quote(self._settings.client_secret, safe=""),
        )
        answer = await self._ask("POST", found["token_endpoint"], data=form, auth=who)
        claims = await self._proven(str(answer.get("id_token", "")), begun)
        return self._identity(claims)

    async def _proven(self, token: str, begun: Try) -> Mapping[str, Any]:
        rules = jwt.JWTClaimsRegistry(
            now=int(self._now()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            claims = await self._decoded(token)
            rules.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise OidcError(wording_access.OIDC_NOT_PROVEN) from error
        nonce = str(claims.get("nonce", ""))
        party = claims.get("azp", self._settings.client_id)
        if not hmac.compare_digest(nonce.encode(), begun.nonce.encode()) or (
            party != self._settings.client_id
        ):
            raise OidcError(wording_access.OIDC_NOT_PROVEN)
        return claims

    async def _decoded(self, token: str) -> dict[str, Any]:
        """Check the signature; a key that is not known may be new, so ask for the keys once."""
        try:
            return jwt.decode(token, await self._key_set(), ALGORITHMS).claims
        except (JoseError, ValueError):
            if self._now() - self._keys_at < KEYS_AT_LEAST_S:
                raise
        self._keys = None
        return jwt.decode(token, await self._key_set(), ALGORITHMS).claims

    async def _key_set(self) -> KeySet:
        if self._keys is None:
            found = await self._discovered()
            self._keys_at = self._now()
            answer: Any = await self._ask("GET", found["jwks_uri"])
            self._keys = KeySet.import_key_set(answer)
        return self._keys

    async def _discovered(self) -> Mapping[str, Any]:
        if self._found is None:
            issuer = self._settings.issuer
            address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self._ask("GET", address)
            needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if found.get("issuer") != issuer or not all(found.get(key) for key in needed):
                raise OidcError(wording_access.oidc_odd(issuer))
            self._found = found
        return self._found

    async def _ask(self, method: str, url: str, **options: Any) -> Mapping[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
                answer = await client.request(method, url, **options)
                answer.raise_for_status()
                said = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise OidcError(wording_access.oidc_unreachable(self._settings.issuer)) from error
        if not isinstance(said, dict):
            raise OidcError(wording_access.oidc_odd(self._settings.issuer))
        return said

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        name = str(claims.get(self._settings.name_claim, "")).strip()
        unproven = self._settings.name_claim == "email" and claims.get("email_verified") is False
        if not name or not name.isprintable() or unproven:
            raise OidcError(wording_access.oidc_no_name(self._settings.name_claim))
        role = role_of(self._settings, claims)
        if role is None:
            raise OidcError(wording_access.oidc_no_role(name))
        return Identity(f"{claims['iss']} {claims['sub']}", name[:200], role)


def role_of(settings: Oidc, claims: Mapping[str, Any]) -> Role | None:
    """Return the highest role that a person's groups give; None when none does."""
    said = claims.get(settings.groups_claim, [])
    groups = (
        {said}
        if isinstance(said, str)
        else set(map(str, said))
        if isinstance(said, list)
        else set()
    )
    for role, table in _ROLES:
        wanted = set(getattr(settings, table))
        if "*" in wanted or wanted & groups:
            return role
    return None


def sealed(key: bytes, begun: Try) -> str:
    """Return what the browser keeps of a begun sign-in."""
    said = [begun.state, begun.nonce, begun.verifier, begun.target, begun.until]
    body = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    return f"{body}.{_mac(key, body)}"


def opened(key: bytes, cookie: str, state: str, now: float) -> Try | None:
    """Return the sign-in that this browser began under `state`; None when it did not."""
    body, _, mac = cookie.partition(".")
    if not hmac.compare_digest(_mac(key, body).encode(), mac.encode()):
        return None
    try:
        begun = Try(*json.loads(base64.urlsafe_b64decode(body)))
    except (ValueError, TypeError, binascii.Error):
        return None
    right = hmac.compare_digest(begun.state.encode(), state.encode())
    return begun if right and now < begun.until else None


def _mac(key: bytes, body: str) -> str:
    return hmac.new(key, f"oidc:{body}".encode(), hashlib.sha256).hexdigest()
