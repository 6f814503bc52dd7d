"""One request to the server from a shell command that has only the bare agent."""

import argparse
import json
import os
import sys
from urllib.parse import quote

from tailback.agent.settings import Dsn, DsnError, parse_dsn
from tailback.agent.transport import Transport
from tailback.core import wording_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

USAGE_ERROR = 64
FAILED = 1
_ACCEPTED = range(200, 300)


class Parser(argparse.ArgumentParser):
    """Ends with the exit code that all our commands have for wrong usage."""

    def error(self, message: str) -> "NoReturn":
        """Say what is wrong and leave."""
        self.print_usage(sys.stderr)
        self.exit(USAGE_ERROR, f"{self.prog}: {message}\n")


def post(path: str, body: "Mapping[str, object]") -> int:
    """Send `body` and say what came of it; returns 0, 1 (not taken) or 64 (no server)."""
    try:
        server = find_server(os.environ)
    except DsnError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE_ERROR
    transport = Transport(server)
    answer = transport.post(path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    transport.close()
    if answer.status in _ACCEPTED:
        return 0
    text = answer.detail or answer.body[:300].decode("utf-8", "replace")
    sys.stderr.write(f"{wording_agent.not_taken(server.shown, answer.status, text)}\n")
    return FAILED


def find_server(env: "Mapping[str, str]") -> Dsn:
    """Return where to send: TAILBACK_DSN, else TAILBACK_URL with TAILBACK_TOKEN.

    Raises `DsnError` whose text is the whole sentence for a person.
    """
    dsn, url = env.get("TAILBACK_DSN", ""), env.get("TAILBACK_URL", "")
    if dsn:
        return _parsed(dsn, wording_agent.dsn_wrong)
    token = env.get("TAILBACK_TOKEN", "")
    if not url or not token:
        raise DsnError(wording_agent.no_server())
    scheme, _, rest = url.partition("://")
    # A DSN also names a source, which these two requests do not need.
    made = f"{scheme}://{quote(token, safe='')}@{rest.rstrip('/')}/-"
    return _parsed(made, wording_agent.url_wrong)


def _parsed(text: str, say: "Callable[[str], str]") -> Dsn:
    try:
        return parse_dsn(text)
    except DsnError as error:
        raise DsnError(say(str(error))) from None
