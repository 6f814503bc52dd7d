"""What happens to a message when its channel does not work: each row of the table in the docs.

Channels, sender and store are the real ones, and so is what the other side does on the wire.
"""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tailback.notify.channel import make
from tailback.testing.receivers import (
    BUSY,
    DRIP,
    HANG,
    NO_LOGIN,
    REFUSE,
    SHUT,
    HttpReceiver,
    SmtpReceiver,
)
from tests.server.test_send import Post, out

PAGE_LATE_S = 90.0
INSIDE = {"allow_private": "true"}
MAIL = {"to": "ana@example.com", "from": "t@example.com"}


@dataclass(frozen=True)
class Row:
    """What the other side does, and the words by which the timeline and the next person hear it."""

    kind: str
    does: str | int
    reason: str
    never: bool = False
    """Whether it is not asked again for this message."""


ROWS = {
    "HTTP 503": Row("webhook", BUSY, "answered 503: no such thing"),
    "HTTP 500": Row("slack", 500, "answered 500"),
    "SMTP 451": Row("email", BUSY, "answered 451: try again later"),
    "nobody listens": Row("webhook", "closed", "127.0.0.1 did not answer: "),
    "no mail server": Row("email", "closed", "127.0.0.1 did not answer: "),
    "hangs": Row("webhook", HANG, "127.0.0.1 did not answer: "),
    "a byte now and then": Row("webhook", DRIP, "127.0.0.1 did not answer: "),
    "a mail server hangs": Row("email", HANG, "127.0.0.1 did not answer: "),
    "HTTP 400": Row("pagerduty", 400, "answered 400", never=True),
    "HTTP 401": Row("webhook", 401, "answered 401", never=True),
    "HTTP 403": Row("slack", REFUSE, "answered 403", never=True),
    "HTTP 404": Row("slack", 404, "answered 404", never=True),
    "HTTP 410": Row("slack", 410, "answered 410", never=True),
    "a redirect": Row("webhook", 302, "answered 302", never=True),
    "SMTP 550": Row("email", REFUSE, "answered 550: no such mailbox", never=True),
    "SMTP 554": Row("email", SHUT, "answered 554: no mail here", never=True),
    "SMTP 535": Row("email", NO_LOGIN, "answered 535: wrong password", never=True),
    "a private address": Row("webhook", "private", "leads to a private address", never=True),
    "HTTPS that nobody vouches for": Row("webhook", "tls", "self-signed certificate"),
    "STARTTLS that nobody vouches for": Row("email", "tls", "self-signed certificate"),
    "SMTPS that nobody vouches for": Row("email", "smtps", "self-signed certificate"),
    "a name without an address": Row("webhook", "dns", "nowhere.invalid has no address: "),
    "a mail server without an address": Row("email", "dns", "nowhere.invalid did not answer: "),
}


@pytest.fixture(params=ROWS.values(), ids=ROWS)
def case(
    request: pytest.FixtureRequest, tmp_path: Path, certificate: Path
) -> Iterator[tuple[Row, Post, Any]]:
    """A row, a house in which ana's channel is of it, and the other side."""
    row: Row = request.param
    post = Post(tmp_path, ("bo-hook", "cy-hook"))
    tls = None
    if row.does in ("tls", "smtps"):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    # With SMTPS the certificate comes before any word, so whatever speaks TLS will do.
    mails = row.kind == "email" and row.does != "smtps"
    other: Any = SmtpReceiver(tls) if mails else HttpReceiver(tls)
    if row.does == "closed":
        other.close()
    elif row.does not in ("tls", "smtps", "dns", "private"):
        other.behaviour = row.does
    post.ways["ana-hook"] = make(row.kind, settings(row, other), timeout_s=1.0)
    yield row, post, other
    if row.does != "closed":
        other.close()
    post.close()


def settings(row: Row, other: Any) -> dict[str, str]:
    host = "nowhere.invalid" if row.does == "dns" else "127.0.0.1"
    if row.kind == "email":
        scheme = "smtps" if row.does == "smtps" else "smtp"
        return {**MAIL, "smtp": f"{scheme}://ana:secret@{host}:{other.port}"}
    url = "https://nowhere.invalid/" if row.does == "dns" else other.url
    inside = {} if row.does == "private" else INSIDE
    return {"url": url, "routing_key": "r", **inside}


def test_nothing_is_lost_and_the_next_person_hears_why(case: tuple[Row, Post, Any]) -> None:
    row, post, other = case
    post.queue(out("k1", page=True))
    post.at(100.0)

    first = post.store.outbox.of("mail-1")[0]
    assert row.reason in (first.why or ""), first.why
    assert "secret" not in (first.why or "")
    assert first.state == ("failed" if row.never else "due")
    assert (len(post.got("bo-hook")) == 1) == row.never
    broken = [one.name for one in post.store.outbox.channels() if one.broken_since is not None]
    assert broken == (["ana-hook"] if row.never else [])

    post.at(120.0)
    post.at(190.0 + PAGE_LATE_S)
    (told,) = post.got("bo-hook")
    assert "because ana-hook of ana does not work: " in told["text"]
    assert row.reason in told["text"]
    assert other.received == []
