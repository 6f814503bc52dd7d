"""A server at wire level: plain HTTP that remembers what it accepted, by (producer, seq)."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_S = 20.0


class Reply:
    """How the next request is answered; `after` runs before it, `drop` closes without a word."""

    def __init__(
        self,
        status: int = 202,
        body: bytes = b'{"accepted":1,"rejected":[]}',
        *,
        headers: dict[str, str] | None = None,
        record: bool | None = None,
        drop: bool = False,
        close: bool = False,
        hold: threading.Event | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.record = status < 300 if record is None else record
        self.drop = drop
        self.close = close
        self.hold = hold


class Intake:
    """`accepted` are the batches, each once; `requests` everything that was asked."""

    def __init__(self) -> None:
        self.accepted: dict[tuple[str, int], dict[str, Any]] = {}
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.marks: list[tuple[str, dict[str, Any]]] = []
        self.sizes: list[int] = []
        self.replies: list[Reply] = []
        self.always = Reply()
        self.changed = threading.Condition()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def dsn(self) -> str:
        return f"http://secret-token@127.0.0.1:{self.port}/shop"

    def start(self) -> None:
        """Listen, on the same port as before."""
        server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        server.daemon_threads = True
        self.port = server.server_port
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Be down: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if self.replies else self.always

    def take(self, path: str, headers: dict[str, str], raw: bytes, reply: Reply) -> None:
        with self.changed:
            self.requests.append((path, headers, raw))
            if reply.record:
                body = json.loads(
                    gzip.decompress(raw) if headers.get("Content-Encoding") == "gzip" else raw
                )
                if path == "/api/v1/events":
                    self.accepted.setdefault((body["producer"], body["seq"]), body)
                    self.sizes.append(len(raw))
                else:
                    self.marks.append((path, body))
            self.changed.notify_all()

    @property
    def batches(self) -> list[dict[str, Any]]:
        return list(self.accepted.values())

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for batch in self.batches for event in batch["events"]]

    @property
    def workers(self) -> list[dict[str, Any]]:
        return [worker for batch in self.batches for worker in batch["workers"]]

    @property
    def dropped(self) -> int:
        return sum(batch["dropped"] for batch in self.batches)

    def wait(self, done: Callable[["Intake"], object]) -> None:
        """Return when `done` holds; fails after a long time."""
        with self.changed:
            assert self.changed.wait_for(lambda: done(self), WAIT_S), self.summary()

    def summary(self) -> str:
        return f"{len(self.events)} events, {self.dropped} dropped, {len(self.requests)} requests"


def _handler(intake: Intake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            reply = intake.next_reply()
            if reply.hold is not None:
                reply.hold.wait(WAIT_S)
            intake.take(self.path, dict(self.headers), raw, reply)
            if reply.drop:
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            if reply.close:
                self.close_connection = True

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # a client that went away
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def running_intake() -> Iterator[Intake]:
    intake = Intake()
    try:
        yield intake
    finally:
        intake.stop()
