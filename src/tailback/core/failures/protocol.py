"""Reads the codes of protocols: mail replies, FTP, gRPC, HTTP statuses, errno."""

import re

from tailback.core.failures import codes
from tailback.core.failures.decision import Decision
from tailback.core.failures.link import Link

_MAIL = re.compile(r"(?:^|[\s('\"])([245]\d\d)(?:, |[ \-])b?['\"]?#?([245]\.\d{1,3}\.\d{1,3})?")
_MAIL_TYPES = ("SMTP", "Mail", "mail")
_MAIL_WORDS = (", b'", '"', "mail", "recipient")
_MAIL_STARTS = ("invalid login", "message failed", "can't send mail", "authentication failed: 5")
_LATER = frozenset({421, 450, 451, 452, 454})
_TOO_MUCH = ("too many", "rate", "too much", "limit", "throttl", "exceeded", "quota")
_RELAY_CODES = frozenset({454, 550, 551, 553, 554})

_FTP = re.compile(r"([45]\d\d)\b")
_FTP_ROOTS = frozenset({"ftplib", "aioftp", "net_ftp"})
_GRPC = re.compile(r"StatusCode\.([A-Z_]+)|code = (\w+) desc|^(?:\d{1,2} )?([A-Z_]{6,}): ")
_NOT_REACHED = ("failed to connect", "no connection established", "connection refused")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

_STATUS = re.compile(
    r"(?:^|[a-z]error\(|too many |"
    r"^\D{0,12}\bHTTP |\b(?:status(?:[ _]?code)?|http(?:/\d(?:\.\d)?)?(?: error)?"
    r"|error code|response code|responded with|responded|returned|returns|answered|got"
    r"|client error|server error|resulted in an?|failed with|received|response|code|error)"
    r"[\s:='\"`(\[]{1,4}(?:an? |http |code )?)([45]\d\d)(?![\d\w]|[.,]\d)",
    re.IGNORECASE,
)
_HAS_STATUS = re.compile(r"[45]\d\d")
# Windows has numbers of its own; from 10000 on, those of sockets, they are unlike any other.
_ERRNO = re.compile(
    r"\[(?:Errno |WinError (?=1\d{4}))(-?\d+)\]|\b(?:Errno::)?(E[A-Z_]{3,20}|[A-Z]+_[A-Z_]+)\b"
)


def by_mail(link: Link) -> Decision | None:
    """RFC 5321 reply codes and RFC 3463 enhanced codes, where a mail server was spoken to."""
    smtp = link.facts.get("smtp")
    if not smtp and not any(part in link.type for part in _MAIL_TYPES):
        low = link.low
        written = low[:1] in {"(", "4", "5", "{"} and any(word in low for word in _MAIL_WORDS)
        if not written and not low.startswith(_MAIL_STARTS):
            return None
    match = _MAIL.search(link.message)
    code = int(match[1]) if match else smtp if isinstance(smtp, int) else 0
    return _mail_words(link.low, code) or _mail_codes(code, match[2] if match else None)


def _mail_words(low: str, code: int) -> Decision | None:
    """Servers use a code for several things: some words settle which."""
    if code in _LATER and any(word in low for word in _TOO_MUCH):
        full = "quota" in low or "mailbox" in low
        return Decision("mailbox-full" if full else "rate-limit", f"smtp {code} too much")
    if code and "starttls" in low:
        return Decision("settings-wrong", f"smtp {code} starttls")
    if code in _RELAY_CODES and "relay" in low:
        return Decision("not-allowed", f"smtp {code} relay")
    return None


def _mail_codes(code: int, enhanced: str | None) -> Decision | None:
    if code in codes.MAIL_LOGIN_CODES:
        return Decision("mail-login-refused", f"smtp {code}")
    while enhanced:
        kind = codes.MAIL_ENHANCED.get(enhanced)
        if kind:
            return Decision(kind, f"smtp {enhanced}")
        enhanced = enhanced.rpartition(".")[0]
    kind = codes.MAIL_CODES.get(code)
    return Decision(kind, f"smtp {code}") if kind else None


def by_file_transfer(link: Link) -> Decision | None:
    """RFC 959 reply codes, where an FTP server was spoken to."""
    if link.root not in _FTP_ROOTS:
        return None
    match = _FTP.match(link.message)
    kind = codes.FTP.get(int(match[1])) if match else None
    return Decision(kind, f"ftp {match[1]}") if match and kind else None


def by_grpc(link: Link) -> Decision | None:
    """The status names of gRPC, as Python, Go and Node write them."""
    match = _GRPC.search(link.message)
    if match is None:
        return None
    name = next(part for part in match.groups() if part)
    name = name if name.isupper() else _CAMEL.sub("_", name).upper()
    if name == "UNAVAILABLE" and any(sign in link.low for sign in _NOT_REACHED):
        return Decision("unreachable", "grpc UNAVAILABLE, not connected")
    kind = codes.GRPC.get(name)
    return Decision(kind, f"grpc {name}") if kind else None


def by_status(link: Link) -> Decision | None:
    """The HTTP status, as known or as written."""
    status = link.status
    if status is None and _HAS_STATUS.search(link.message):
        match = _STATUS.search(link.message)
        status = int(match[1]) if match else None
    if status is None:
        return None
    kind = codes.HTTP.get(status) or codes.HTTP_CLASSES.get(status // 100)
    return Decision(kind, f"http {status}") if kind else None


def by_errno(link: Link) -> Decision | None:
    """What the operating system said: its number, or its name as a type, code or word."""
    names = [name for name in (_errno_fact(link), link.facts.get("code"), link.short) if name]
    message = link.message
    if "E" in message or "_" in message:
        names += [
            codes.ERRNO_NAMES.get(int(match[1]), "") if match[1] else match[2]
            for match in _ERRNO.finditer(message)
        ]
    if "timeout" in link.low and "ECONNABORTED" in names:
        # What axios says of its own time limit.
        names.insert(0, "ETIMEDOUT")
    for name in names:
        kind = codes.ERRNOS.get(name)
        if kind:
            return Decision(kind, f"errno {name}")
    return None


def _errno_fact(link: Link) -> str | None:
    number = link.facts.get("errno")
    return codes.ERRNO_NAMES.get(number) if isinstance(number, int) else None
