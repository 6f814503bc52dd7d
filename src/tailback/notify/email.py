"""E-mail by SMTP; the messages of one episode make one thread."""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, getaddresses, parseaddr
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from tailback.core import wording_alerts
from tailback.core.delivery import Receipt
from tailback.core.messages import Message
from tailback.core.text import clean_name
from tailback.notify.channel import ChannelError, Envelope
from tailback.notify.deadline import deadline

SUBJECT_CHARS = 120
REASON_CHARS = 200
PERMANENT_FROM = 500
REFUSED_FROM = 400
_PORTS = {"smtp": 25, "smtps": 465}
_Refused = dict[str, tuple[int, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over."""

    host: str
    port: int
    secure: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


class Email:
    """Sends to one or more addresses by one mail server."""

    def __init__(self, server: MailServer, sender: str, to: str, timeout_s: float) -> None:
        """Send from `sender` to `to`, addresses with commas between them."""
        self._server = server
        self._sender = sender
        self._to = to
        self._timeout_s = timeout_s

    def send(self, message: Message, envelope: Envelope) -> Receipt:
        """Send one mail; its Message-ID is the same at every attempt."""
        return self._attempt(lambda smtp: smtp.send_message(self._mail(message, envelope)))

    def ask(self, now: float) -> Receipt:
        """Say for whom a mail would be, and hand none over."""
        del now
        return self._attempt(self._would_take)

    def _attempt(self, say: Callable[[smtplib.SMTP], _Refused]) -> Receipt:
        try:
            refused = self._talk(say)
        except smtplib.SMTPRecipientsRefused as error:
            return _refused(error.recipients)
        except smtplib.SMTPResponseException as error:
            said = error.smtp_error
            words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            return _answered(error.smtp_code, words)
        except _InTheClearError:
            reason = wording_alerts.password_in_the_clear(self._server.host)
            return Receipt(ok=False, permanent=True, reason=reason)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            words = clean_name(str(error) or type(error).__name__, REASON_CHARS)
            reason = wording_alerts.not_reached(self._server.host, words)
            return Receipt(ok=False, reason=reason)
        return _refused(refused) if refused else Receipt(ok=True, status=250)

    def _would_take(self, smtp: smtplib.SMTP) -> _Refused:
        answers = {"": smtp.mail(parseaddr(self._sender)[1])}
        answers |= {to: smtp.rcpt(to) for _name, to in getaddresses([self._to])}
        smtp.rset()
        return {to: said for to, said in answers.items() if said[0] >= REFUSED_FROM}

    def _talk(self, say: Callable[[smtplib.SMTP], _Refused]) -> _Refused:
        server = self._server
        context = ssl.create_default_context()
        smtp: smtplib.SMTP = (
            smtplib.SMTP_SSL(
                local_hostname=socket.gethostname(), timeout=self._timeout_s, context=context
            )
            if server.secure
            else smtplib.SMTP(local_hostname=socket.gethostname(), timeout=self._timeout_s)
        )
        # The library keeps the name for the certificate only when it connects by itself.
        smtp._host = server.host  # type: ignore[attr-defined] # noqa: SLF001
        with deadline(self._timeout_s, lambda: smtp.sock):
            try:
                code, said = smtp.connect(server.host, server.port)
                if code != 220:  # noqa: PLR2004 - ready
                    raise smtplib.SMTPConnectError(code, said)
                smtp.ehlo()
                encrypted = server.secure
                if not encrypted and smtp.has_extn("starttls"):
                    smtp.starttls(context=context)
                    smtp.ehlo()
                    encrypted = True
                if server.user is not None:
                    if not encrypted and not _is_here(server.host):
                        raise _InTheClearError
                    smtp.login(server.user, server.password or "")
                refused = say(smtp)
                _leave(smtp)
            finally:
                smtp.close()
        return refused

    def _mail(self, message: Message, envelope: Envelope) -> EmailMessage:
        mail = EmailMessage()
        domain = parseaddr(self._sender)[1].rpartition("@")[2] or "tailback.invalid"
        reply = envelope.thread != envelope.key
        subject = clean_name(message.subject, SUBJECT_CHARS)
        mail["From"] = self._sender
        mail["To"] = self._to
        mail["Subject"] = f"Re: {subject}" if reply else subject
        mail["Date"] = format_datetime(datetime.fromtimestamp(envelope.now, UTC))
        mail["Message-ID"] = _message_id(envelope.key, domain)
        if reply:
            mail["In-Reply-To"] = _message_id(envelope.thread, domain)
            mail["References"] = _message_id(envelope.thread, domain)
        mail["Auto-Submitted"] = "auto-generated"
        if message.page:
            mail["Importance"] = "high"
        mail.set_content(wording_alerts.plain(message))
        return mail


class _InTheClearError(Exception):
    """The password would be sent unencrypted."""


def open_channel(settings: Mapping[str, str], timeout_s: float) -> Email:
    """Return the channel of `smtp`, `from` and `to`."""
    parts = urlsplit(settings["smtp"])
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ChannelError('Write smtp = "smtp://user:password@mail.example.com:587".')
    try:
        port = parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise ChannelError("The port of the mail server is not a number.") from error
    server = MailServer(
        host=parts.hostname,
        port=port,
        secure=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
    return Email(server, _address(settings["from"]), settings["to"], timeout_s)


def _address(text: str) -> str:
    """Give a bare address a name that says who writes."""
    name, address = parseaddr(text)
    return formataddr((name or "Tailback", address))


def _message_id(key: str, domain: str) -> str:
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def _leave(smtp: smtplib.SMTP) -> None:
    # The mail was taken already, so a bad farewell changes nothing.
    with contextlib.suppress(OSError, smtplib.SMTPException):
        smtp.quit()


def _is_here(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _refused(recipients: Mapping[str, tuple[int, bytes]]) -> Receipt:
    code, said = next(iter(recipients.values()))
    return _answered(code, said.decode("utf-8", "replace") if isinstance(said, bytes) else said)


def _answered(code: int, words: str) -> Receipt:
    reason = f"answered {code}: {clean_name(words, REASON_CHARS)}"
    return Receipt(ok=False, permanent=code >= PERMANENT_FROM, reason=reason, status=code)
