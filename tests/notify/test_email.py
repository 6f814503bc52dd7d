"""E-mail against a real mail server."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tailback.notify.channel import Channel, ChannelError, make
from tailback.testing.channel_contract import ENVELOPE, MESSAGE, TIMEOUT_S, ChannelContract
from tailback.testing.receivers import NO_LOGIN, SHUT, Received, SmtpReceiver

SETTINGS = {"to": "ana@example.com, bo@example.com", "from": "tailback@example.com"}


def to(receiver: Any, user: str = "") -> dict[str, str]:
    return {**SETTINGS, "smtp": f"smtp://{user}127.0.0.1:{receiver.port}"}


class TestEmail(ChannelContract):
    secrets = ("pa ss",)

    def start(self) -> SmtpReceiver:
        return SmtpReceiver()

    def channel(self, receiver: Any) -> Channel:
        return make("email", to(receiver, "us%40er:pa%20ss@"), timeout_s=TIMEOUT_S)

    def check_hostile(self, found: Received) -> None:
        assert "Bcc" not in found.headers
        assert "\u202e" not in found.headers["Subject"]

    def test_the_messages_of_an_episode_make_a_thread(self, receiver: Any) -> None:
        channel = self.channel(receiver)
        channel.send(MESSAGE, ENVELOPE)
        later = replace(MESSAGE, kind="resolved", page=False)
        channel.send(later, replace(ENVELOPE, key="mail-1:2:ana"))

        first, last = (found.headers for found in receiver.received)
        assert first["Subject"] == "Receipt emails are stuck"
        assert last["Subject"] == "Re: Receipt emails are stuck"
        assert "In-Reply-To" not in first
        assert last["In-Reply-To"] == last["References"] == first["Message-ID"]
        assert (first["Importance"], first["Auto-Submitted"]) == ("high", "auto-generated")
        assert "Importance" not in last
        assert first["From"] == "Tailback <tailback@example.com>"

    def test_it_signs_in_where_it_was_told_a_user(self, receiver: Any) -> None:
        self.channel(receiver).send(MESSAGE, ENVELOPE)
        make("email", to(receiver)).send(MESSAGE, ENVELOPE)

        assert receiver.logins == 1
        assert len(receiver.received) == 2

    def test_a_wrong_password_and_a_server_that_takes_no_mail_are_permanent(
        self, receiver: Any
    ) -> None:
        channel = self.channel(receiver)
        for behaviour, said in (
            (NO_LOGIN, "answered 535: wrong"),
            (SHUT, "answered 554: no mail"),
        ):
            receiver.behaviour = behaviour
            receipt = channel.send(MESSAGE, ENVELOPE)

            assert (receipt.ok, receipt.permanent) == (False, True)
            assert receipt.reason.startswith(said)

    def test_a_password_is_never_sent_in_the_clear_over_a_network(
        self, receiver: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tailback.notify.email._is_here", lambda _host: False)
        receipt = self.channel(receiver).send(MESSAGE, ENVELOPE)

        assert (receipt.ok, receipt.permanent) == (False, True)
        assert "no encryption" in receipt.reason
        assert receiver.logins == 0


@pytest.mark.parametrize("url", ["http://h", "smtp://", "smtp://h:port"])
def test_what_is_no_mail_server_is_refused_with_words(url: str) -> None:
    with pytest.raises(ChannelError):
        make("email", {**SETTINGS, "smtp": url})


def test_where_encryption_was_asked_for_a_server_without_it_is_not_used() -> None:
    receiver = SmtpReceiver()
    settings = {**SETTINGS, "smtp": f"smtps://127.0.0.1:{receiver.port}"}
    receipt = make("email", settings, timeout_s=TIMEOUT_S).send(MESSAGE, ENVELOPE)
    receiver.close()

    assert (receipt.ok, receipt.permanent, receiver.received) == (False, False, [])


@pytest.fixture
def offering(certificate: Path) -> Iterator[SmtpReceiver]:
    """A mail server that offers STARTTLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    receiver = SmtpReceiver(context)
    yield receiver
    receiver.close()


def test_starttls_is_used_where_it_is_offered_and_the_password_goes_through_it(
    offering: SmtpReceiver, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr("tailback.notify.email._is_here", lambda _host: False)
    channel = make("email", to(offering, "user:secret@"), timeout_s=TIMEOUT_S)
    receipt = channel.send(MESSAGE, ENVELOPE)

    assert receipt.ok, receipt
    assert (offering.encrypted, offering.logins, len(offering.received)) == (1, 1, 1)


def test_a_mail_server_that_nobody_vouches_for_gets_neither_password_nor_mail(
    offering: SmtpReceiver,
) -> None:
    channel = make("email", to(offering, "user:secret@"), timeout_s=TIMEOUT_S)
    receipt = channel.send(MESSAGE, ENVELOPE)

    assert (receipt.ok, receipt.permanent) == (False, False)
    assert "certificate" in receipt.reason
    assert "secret" not in receipt.reason
    assert (offering.encrypted, offering.logins, offering.received) == (0, 0, [])


def test_a_mail_server_without_an_address_is_named_and_asked_again() -> None:
    settings = {**SETTINGS, "smtp": "smtp://mail.nowhere.invalid"}
    receipt = make("email", settings, timeout_s=TIMEOUT_S).send(MESSAGE, ENVELOPE)

    assert (receipt.ok, receipt.permanent) == (False, False)
    assert receipt.reason.startswith("mail.nowhere.invalid did not answer")
