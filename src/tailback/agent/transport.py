"""One kept-alive HTTP connection to the server; used from one thread at a time."""

import os
import select
import socket
from http.client import HTTPConnection, HTTPException, HTTPSConnection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tailback.agent.settings import Dsn

CONNECT_TIMEOUT_S = 1.0
ANSWER_TIMEOUT_S = 5.0
TICK_S = 0.2
MAX_ANSWER_BYTES = 256 * 1024

_abandoned: list[HTTPConnection] = []


class Answer:
    """What the server said: `status` None when it said nothing, then `detail` says why.

    `sent` is whether the request went out, so that the server may have acted on it.
    """

    __slots__ = ("body", "detail", "retry_after_s", "sent", "status")

    def __init__(
        self,
        status: int | None,
        *,
        body: bytes = b"",
        retry_after_s: float | None = None,
        detail: str = "",
        sent: bool = True,
    ) -> None:
        self.status = status
        self.body = body
        self.retry_after_s = retry_after_s
        self.detail = detail
        self.sent = sent


class Transport:
    """Posts to one server. Never raises for anything that a network or a server may do."""

    __slots__ = ("_connection", "_dsn", "_sent")

    def __init__(self, dsn: "Dsn") -> None:
        self._dsn = dsn
        self._connection: HTTPConnection | None = None
        self._sent = False

    def post(
        self,
        path: str,
        body: bytes,
        headers: "Mapping[str, str]",
        *,
        timeout_s: float = ANSWER_TIMEOUT_S,
        meanwhile: "Callable[[], object]" = bool,
    ) -> Answer:
        """Send one request and return the answer; `meanwhile` is called while it is awaited.

        A connection that the server closed between two requests is opened again, once.
        """
        reused = self._connection is not None
        self._sent = False
        try:
            return self._post(path, body, headers, timeout_s, meanwhile)
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            if reused and isinstance(error, (ConnectionError, HTTPException)):
                return self.post(path, body, headers, timeout_s=timeout_s, meanwhile=meanwhile)
            return Answer(None, detail=_said(error), sent=self._sent)

    def _post(
        self,
        path: str,
        body: bytes,
        headers: "Mapping[str, str]",
        timeout_s: float,
        meanwhile: "Callable[[], object]",
    ) -> Answer:
        connection = self._connection or self._connect(min(timeout_s, CONNECT_TIMEOUT_S))
        connection.sock.settimeout(timeout_s)
        connection.request(
            "POST",
            f"{self._dsn.path}{path}",
            body,
            {"Authorization": f"Bearer {self._dsn.token}", **headers},
        )
        self._sent = True
        _await(connection.sock, timeout_s, meanwhile)
        response = connection.getresponse()
        read = response.read(MAX_ANSWER_BYTES)
        if response.will_close or not response.isclosed():
            self.close()
        retry_after = response.headers.get("Retry-After", "")
        return Answer(
            response.status,
            body=read,
            retry_after_s=float(retry_after) if retry_after.isdecimal() else None,
        )

    def _connect(self, timeout_s: float) -> HTTPConnection:
        kind = HTTPSConnection if self._dsn.secure else HTTPConnection
        connection = kind(self._dsn.host, self._dsn.port, timeout=timeout_s)
        connection.connect()
        self._connection = connection
        return connection

    def close(self) -> None:
        """Give up the connection; the next post opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def abandon(self) -> None:
        """Let go of a connection that belongs to the parent of this forked process.

        Closes the descriptor alone: the reader above it may be locked by a thread that is gone,
        for ever, and would hang whoever closes it or merely forgets it.
        """
        connection, self._connection = self._connection, None
        if connection is not None:
            _abandoned.append(connection)
            if connection.sock is not None:
                os.close(connection.sock.detach())


def _await(sock: socket.socket, timeout_s: float, meanwhile: "Callable[[], object]") -> None:
    """Wait until the answer begins, without standing still: the app goes on making events."""
    tick_s = min(TICK_S, timeout_s)
    for _ in range(max(1, round(timeout_s / tick_s))):
        if _readable(sock, tick_s):
            return
        meanwhile()
    raise TimeoutError


def _readable(sock: socket.socket, timeout_s: float) -> bool:
    """Wait by `poll` (no limit of descriptors, none of its own that a fork would leak).

    Looked up at each call, because gevent and eventlet put their own in place or take it away.
    """
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(timeout_s * 1000))
    return bool(select.select([sock], [], [], timeout_s)[0])


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return f"{type(error).__name__}: {error}"[:200]
