"""Servers that receive what channels send: real sockets that answer, refuse or hang as told."""

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

START_TIMEOUT_S = 10.0
BUSY, REFUSE, HANG, DRIP = "busy", "refuse", "hang", "drip"
SHUT, NO_LOGIN = "shut", "no login"


@dataclass(frozen=True, slots=True)
class Received:
    """One message that arrived: its text for people, what names it, and all that came with it."""

    key: str
    text: str
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)


class HttpReceiver:
    """Answers POST; `behaviour` is "", "busy", "refuse", "hang", "drip" or a status."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """Listen on a free port, with TLS when given a context."""
        self.received: list[Received] = []
        self.behaviour: str | int = ""
        self.headers: dict[str, str] = {}
        self.says = b"no such thing"
        self.on_request: Callable[[], None] = lambda: None
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.port}/hook?token=s3cret"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and let those go that hang."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(START_TIMEOUT_S)

    def status(self) -> int:
        """Return the status that the behaviour stands for."""
        known = {"": 200, BUSY: 503, REFUSE: 403}
        return self.behaviour if isinstance(self.behaviour, int) else known[self.behaviour]


def _handler(receiver: HttpReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(length := int(self.headers["Content-Length"]))
            if len(raw) < length:
                return  # the sender died in the middle
            is_json = "json" in self.headers.get("Content-Type", "")
            body = json.loads(raw) if is_json else {"text": raw.decode()}
            receiver.on_request()
            if receiver.behaviour in (HANG, DRIP):
                self._hang()
                return
            status = receiver.status()
            if status < 300:
                key = self.headers.get("Idempotency-Key", "")
                headers = {**self.headers, "path": self.path}
                receiver.received.append(Received(key, _text_of(body), headers, body))
            said = b"ok" if status < 300 else receiver.says
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def _hang(self) -> None:
            with contextlib.suppress(OSError):
                while not receiver.released.wait(0.1):
                    if receiver.behaviour == DRIP:
                        self.wfile.write(b"H")

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    return Handler


def _text_of(body: dict[str, Any]) -> str:
    payload = body.get("payload")
    if isinstance(payload, dict):
        return str(payload["custom_details"]["text"])
    return str(body.get("text", body.get("message", "")))


class SmtpReceiver:
    """A mail server; `behaviour` is one of the words above or ""."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """Start listening; returns when mail is taken. With a context it offers STARTTLS."""
        self._context = context
        self.encrypted = 0
        self.received: list[Received] = []
        self.behaviour = ""
        self.logins = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(START_TIMEOUT_S)

    def close(self) -> None:
        """Stop taking mail."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_TIMEOUT_S)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in asyncio.all_tasks(self._loop) - {asyncio.current_task()}:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._session(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.behaviour == HANG:
            await self._stop.wait()
            return
        if self.behaviour == SHUT:
            writer.write(b"554 no mail here\r\n")
            return
        writer.write(b"220 here ESMTP\r\n")
        while line := await reader.readline():
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            if verb == b"STAR" and self._context is not None:
                writer.write(b"220 go ahead\r\n")
                await writer.start_tls(self._context)
                self.encrypted += 1
                continue
            writer.write(await self._answer(verb, reader, writer))
            await writer.drain()

    async def _answer(
        self, verb: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        if verb == b"EHLO":
            offer = b"" if self._context is None else b"250-STARTTLS\r\n"
            return b"250-here\r\n250-AUTH PLAIN\r\n" + offer + b"250 8BITMIME\r\n"
        if verb == b"AUTH":
            self.logins += 1
            wrong = self.behaviour == NO_LOGIN
            return b"535 wrong password\r\n" if wrong else b"235 welcome\r\n"
        if verb == b"RCPT" and self.behaviour == REFUSE:
            return b"550 no such mailbox\r\n"
        if verb == b"RCPT" and self.behaviour == BUSY:
            return b"451 try again later\r\n"
        if verb != b"DATA":
            return b"250 OK\r\n"
        writer.write(b"354 go on\r\n")
        self._keep(await reader.readuntil(b"\r\n.\r\n"))
        return b"250 taken\r\n"

    def _keep(self, raw: bytes) -> None:
        # A line that begins with a dot is sent with two of them.
        raw = raw.removesuffix(b".\r\n").replace(b"\n..", b"\n.")
        mail = message_from_bytes(raw, policy=policy.default)
        headers = {name: str(value) for name, value in mail.items()}
        part = mail.get_body()
        text = part.get_content() if part is not None else ""
        self.received.append(Received(headers["Message-ID"], text, headers))
