"""A real server for tests: store, engine, loops and HTTP on a free port, in this process."""

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tailback import clock
from tailback.server.app import Running, assemble
from tailback.server.config import Config
from tailback.server.serve import bind, web_server
from tailback.store.access import Scope
from tailback.store.sqlite.store import SqliteStore

T = TypeVar("T")
# Who is told in the configuration files of tests; nobody listens there.
OWNER = """
[[person]]
name = "ana"
channels = ["hook"]

[[channel]]
name = "hook"
kind = "webhook"
url = "http://127.0.0.1:9/"
secret = "s"
"""


class Live:
    """What a test does with a running server."""

    def __init__(self, running: Running, url: str) -> None:
        self.running = running
        self.url = url
        self.store = running.services.store
        self._tokens: dict[tuple[str, str | None], str] = {}
        self._seq = 0
        self._producer = uuid.uuid4().hex

    def token(self, scope: Scope, source: str | None = None) -> str:
        key = (scope, source)
        if key not in self._tokens:
            now = clock.now()
            self._tokens[key] = self.store.tokens.create(scope, now=now, source=source)[0]
        return self._tokens[key]

    def client(self, scope: Scope | None = "read", source: str | None = None) -> httpx.Client:
        headers = {}
        if scope is not None:
            headers["Authorization"] = f"Bearer {self.token(scope, source)}"
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)

    def get(self, path: str, **options: Any) -> httpx.Response:
        with self.client() as client:
            return client.get(path, **options)

    def post(self, path: str, body: Any, source: str = "shop", **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        said = {"Content-Type": "application/json", **headers}
        with self.client("ingest", source) as client:
            return client.post(path, content=content, headers=said)

    def send(
        self, *events: dict[str, Any], source: str = "shop", **envelope: Any
    ) -> dict[str, Any]:
        """Send events that must be taken, each under a new seq; return the answer."""
        self._seq += 1
        batch = {
            "v": 1,
            "producer": self._producer,
            "seq": self._seq,
            "events": list(events),
            **envelope,
        }
        answer = self.post("/api/v1/events", batch, source)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def lanes(self) -> dict[str, dict[str, Any]]:
        return {lane["lane"]: lane for lane in self.get("/api/v1/lanes").json()["lanes"]}

    def lane(self, key: str, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Return a lane once it is as wanted."""

        def look() -> dict[str, Any] | None:
            found = self.lanes().get(key)
            return found if found is not None and wanted(found) else None

        return until(look)


def until(look: Callable[[], T | None], timeout_s: float = 30.0) -> T:
    """Return what `look` returns as soon as that is true; polls, because machines are slow."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextlib.contextmanager
def live_server(
    database: Path, config: Config | None = None, listen: str = "127.0.0.1:0", **options: Any
) -> Iterator[Live]:
    """Run a server on `database` until the block ends, then stop it gracefully."""
    listener = bind(listen)
    address = f"127.0.0.1:{listener.getsockname()[1]}"
    store = SqliteStore(database, synchronous="NORMAL", **options)
    running = assemble(config or Config(), store, address)
    server = web_server(running)
    running.start()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started)
        yield Live(running, f"http://{address}")
    finally:
        running.services.hub.close()
        server.should_exit = True
        thread.join()
        running.stop()
        listener.close()


def job(kind: str, at: float, id: str = "j1", **fields: Any) -> dict[str, Any]:  # noqa: A002
    """Return an event of a receipt mail."""
    said = {"kind": kind, "at": at, "id": id, "queue": "emails", "job": "shop.send_receipt"}
    return {**said, **fields}
