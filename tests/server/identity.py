"""A small identity provider on the wire: discovery, keys, codes with PKCE, signed tokens."""

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "tailback", "a word: agreed"


class Identities:
    """Answers as a provider does; `claims` and `key` say who comes and who signs."""

    def __init__(self) -> None:
        self.published = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
        self.key = self.published
        self.claims: dict[str, Any] = {}
        self.described: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.jwks_asked = 0
        self.challenge = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        } | self.described

    def keys(self) -> dict[str, Any]:
        self.jwks_asked += 1
        return {"keys": [self.published.as_dict(private=False)]}

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        wanted = base64.b64encode(
            f"{CLIENT}:{SECRET.replace(':', '%3A').replace(' ', '%20')}".encode()
        )
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if authorization != f"Basic {wanted.decode()}" or challenge != self.challenge:
            return None
        header = {"alg": self.algorithm, "kid": self.key.kid}
        return {"id_token": jwt.encode(header, self.claims, self.key, algorithms=[self.algorithm])}


def _handler(provider: Identities) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths = {
                "/.well-known/openid-configuration": provider.description,
                "/keys": provider.keys,
            }
            self._say(200, paths[urlsplit(self.path).path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            said = provider.token(form, self.headers.get("Authorization", ""))
            self._say(200 if said else 401, said or {"error": "invalid_client"})

        def _say(self, status: int, said: Any) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    return Handler
