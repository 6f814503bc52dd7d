"""A mail server of the demo's own: speaks as much SMTP as a shop needs, and keeps what it got."""

import asyncio
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy

from tailback import clock

_SUBJECT = re.compile(rb"^Subject: Receipt for order (\d+)\r?$", re.MULTILINE)
_MAX_LINE = 64 * 1024
_MAX_MESSAGE = 256 * 1024
START_TIMEOUT_S = 10.0
OWNER = "ana@example.com"


@dataclass(frozen=True, slots=True)
class Alert:
    """A mail to the owner of the lanes; `at` is when it arrived, in Unix seconds."""

    at: float
    subject: str
    text: str


class MailServer:
    """Listens on a free port in a thread of its own until `close`.

    `delivered` holds by order number when its first receipt arrived, in Unix seconds; `alerts` are
    the mails to the owner, in order.
    """

    def __init__(self) -> None:
        """Start listening; returns when mail is taken."""
        self.delivered: dict[int, float] = {}
        self.alerts: list[Alert] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="demo-mail", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT_S):
            raise OSError("the mail server of the demo does not start")

    def close(self) -> None:
        """Stop taking mail."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_TIMEOUT_S)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=_MAX_LINE)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Session(reader, writer, self._keep).run()
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass  # a client that is gone or talks nonsense loses its connection, nothing else
        finally:
            writer.close()

    def _keep(self, message: bytes) -> None:
        order = _SUBJECT.search(message)
        if order is not None:
            self.delivered.setdefault(int(order[1]), clock.now())
            return
        mail = message_from_bytes(message, policy=policy.default)
        if mail["To"] == OWNER:
            text = mail.get_content()
            self.alerts.append(Alert(clock.now(), str(mail["Subject"]), text))


class _Session:
    """One connection, command by command (RFC 5321)."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        keep: Callable[[bytes], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._keep = keep

    async def run(self) -> None:
        await self._say("220 demo.invalid ESMTP")
        while line := await self._reader.readline():
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                await self._say("221 bye")
                return
            await self._answer(verb)

    async def _answer(self, verb: bytes) -> None:
        if verb == b"EHLO":
            await self._say("250-demo.invalid\r\n250 8BITMIME")
        elif verb in {b"HELO", b"MAIL", b"RCPT", b"RSET", b"NOOP"}:
            await self._say("250 OK")
        elif verb == b"DATA":
            await self._say("354 end with a dot on a line of its own")
            self._keep(await self._message())
            await self._say("250 OK")
        else:
            await self._say("502 this demo does not need that command")

    async def _message(self) -> bytes:
        message = bytearray()
        while (line := await self._reader.readuntil(b"\n")).rstrip(b"\r\n") != b".":
            message += line.removeprefix(b".") if line.startswith(b"..") else line
            if len(message) > _MAX_MESSAGE:
                raise ValueError("the message is too long")
        return bytes(message)

    async def _say(self, text: str) -> None:
        self._writer.write(text.encode() + b"\r\n")
        await self._writer.drain()
