"""A tiny Tailback server on the wire: keeps what the agents send, for tests to look at.

It speaks the event format of version 1 over `http.server` and understands as little as possible,
so that a test sees the very bytes that left the application.
"""

import gzip
import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tailback.core.ledger.ledger import Ledger
from tailback.core.wire import read_batch
from tailback.testing.waiting import eventually

Event = Mapping[str, Any]


class Collector:
    """Listens on a free port until `close`; `refuse` is a status to answer instead of 202."""

    def __init__(self, source: str = "test") -> None:
        self.source = source
        self.refuse: int | None = None
        self.batches: list[tuple[float, dict[str, Any]]] = []
        self.bodies: list[bytes] = []
        self._seen: set[tuple[str, int]] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def dsn(self) -> str:
        """The `TAILBACK_DSN` of this collector."""
        return f"http://ingest-token@127.0.0.1:{self._server.server_address[1]}/{self.source}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def events(self, kind: str | None = None, **wanted: Any) -> list[Event]:
        """Return the events received so far, in order of arrival, with exactly these fields."""
        with self._lock:
            batches = list(self.batches)
        if kind is not None:
            wanted["kind"] = kind
        return [
            event
            for _, batch in batches
            for event in batch.get("events", ())
            if all(event.get(name) == value for name, value in wanted.items())
        ]

    def wait(self, kind: str, count: int = 1, **wanted: Any) -> list[Event]:
        """Return the matching events once there are `count` of them."""

        def enough() -> list[Event]:
            found = self.events(kind, **wanted)
            return found if len(found) >= count else []

        return eventually(enough, f"{count} {kind} {wanted} arrived", story=self._story)

    def kinds(self, job: str) -> list[str]:
        """Return the kinds of a job's events in order of their time.

        Its enqueue is waited for: the process that enqueued sends it, in its own time.
        """
        self.wait("enqueued", id=job)
        events = sorted(self.events(id=job), key=lambda event: event["at"])
        return [str(event["kind"]) for event in events]

    def workers(self) -> list[Mapping[str, Any]]:
        """Return every worker heartbeat received so far."""
        with self._lock:
            return [beat for _, batch in self.batches for beat in batch.get("workers", ())]

    def ledger(self, *, redelivers: bool = True) -> Ledger:
        """Return a ledger of everything received so far; fails on what a server would refuse."""
        ledger = Ledger(redelivers=lambda _: redelivers)
        with self._lock:
            batches = list(self.batches)
        for received_at, raw in batches:
            batch = read_batch(raw)
            assert batch.rejected == (), batch.rejected
            ledger.apply(self.source, batch.events, received_at)
            ledger.heartbeat(self.source, batch.workers, received_at)
        return ledger

    def _story(self) -> list[tuple[str, str]]:
        return [(event["kind"], event["id"]) for event in self.events()][-20:]

    def _accept(self, body: bytes) -> int:
        batch = json.loads(body)
        with self._lock:
            self.bodies.append(body)
            pair = (batch["producer"], batch["seq"])
            if pair not in self._seen:
                self._seen.add(pair)
                self.batches.append((time.time(), batch))
        return len(batch.get("events", ()))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = _answer(collector, self.path, self.headers.get("Content-Encoding"), body)
                text = json.dumps(answer[1]).encode()
                self.send_response(answer[0])
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's signature
                """Say nothing: the batches are the log."""

        return Handler


def _answer(
    collector: Collector, path: str, encoding: str | None, body: bytes
) -> tuple[int, dict[str, Any]]:
    if collector.refuse is not None:
        return collector.refuse, {"error": "refused by the test"}
    if path != "/api/v1/events":
        return 202, {}
    unpack: Callable[[bytes], bytes] = gzip.decompress if encoding == "gzip" else bytes
    return 202, {"accepted": collector._accept(unpack(body)), "rejected": []}
