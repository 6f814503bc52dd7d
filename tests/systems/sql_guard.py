"""Sees every statement that a probe sends: on the wire to PostgreSQL, by SQLite's own trace."""

import contextlib
import socket
import socketserver
import sqlite3
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

READING = ("select", "with", "explain", "begin", "set", "commit", "rollback", "pragma")


@dataclass(slots=True)
class Traffic:
    """Statements seen, and those among them that do anything but read."""

    calls: int = 0
    writes: list[str] = field(default_factory=list)

    def saw(self, text: str) -> None:
        self.calls += 1
        for statement in filter(None, map(str.strip, text.split(";"))):
            if not statement.lower().startswith(READING) or statement.lower().startswith(
                "pragma journal"
            ):
                self.writes.append(statement)


class Wire(socketserver.ThreadingTCPServer):
    """A proxy before PostgreSQL that reads the frontend's messages while it passes them on."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.traffic = Traffic()
        super().__init__(("127.0.0.1", 0), _Passing)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    @contextlib.contextmanager
    def guard(self) -> Iterator[Traffic]:
        self.traffic = Traffic()
        yield self.traffic

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Passing(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        with socket.create_connection(self.server.target) as there:
            back = threading.Thread(target=_pump, args=(there, self.request), daemon=True)
            back.start()
            with contextlib.suppress(OSError):
                self._forward(there)
            with contextlib.suppress(OSError):
                there.shutdown(socket.SHUT_WR)
            back.join()

    def _forward(self, there: socket.socket) -> None:
        first = True
        while True:
            kind = b"" if first else self._exactly(1)
            size = self._exactly(4)
            body = self._exactly(struct.unpack("!I", size)[0] - 4)
            first = False
            if kind == b"Q":
                self.server.traffic.saw(body.rstrip(b"\0").decode())
            elif kind == b"P":
                self.server.traffic.saw(body.split(b"\0")[1].decode())
            there.sendall(kind + size + body)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.request.recv(size - len(data))
            if not part:
                raise OSError("the client is gone")
            data += part
        return data


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)


_current: list[Traffic] = []


@contextlib.contextmanager
def watch_sqlite() -> Iterator[Traffic]:
    """Record what the connections of `trace_sqlite` execute."""
    _current.append(Traffic())
    try:
        yield _current[-1]
    finally:
        _current.pop()


@contextlib.contextmanager
def trace_sqlite() -> Iterator[None]:
    """Give every connection opened read-only in this block SQLite's own trace."""
    connect = sqlite3.connect

    def connect_traced(path: str, **options: Any) -> sqlite3.Connection:
        connection = connect(path, **options)
        if "mode=ro" in path:
            connection.set_trace_callback(
                lambda text: _current[-1].saw(text) if _current else None
            )
        return connection

    sqlite3.connect = connect_traced
    try:
        yield
    finally:
        sqlite3.connect = connect
