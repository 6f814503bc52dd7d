"""Slack, webhook and PagerDuty against real HTTP servers."""

import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from tailback.core.messages import Child
from tailback.notify.channel import Channel, ChannelError, make
from tailback.testing.channel_contract import (
    ENVELOPE,
    MESSAGE,
    NOW,
    TIMEOUT_S,
    WebChannelContract,
)
from tailback.testing.receivers import DRIP, HttpReceiver, Received

INSIDE = {"allow_private": "true"}


class TestSlack(WebChannelContract):
    def channel(self, receiver: Any) -> Channel:
        return make("slack", {"url": receiver.url, **INSIDE}, timeout_s=TIMEOUT_S)

    def guarded(self, receiver: Any) -> Channel:
        return make("slack", {"url": receiver.url})

    def check_hostile(self, found: Received) -> None:
        text = found.body["text"]
        assert "<!channel>" not in text
        assert "&lt;!channel&gt;" in text
        assert "<script>" not in text

    def wait_for_a_question(self, receiver: Any) -> None:
        receiver.behaviour, receiver.says = 400, b"no_text"

    def test_another_complaint_than_of_the_text_is_no_proof(self, receiver: Any) -> None:
        receiver.behaviour, receiver.says = 400, b"invalid_token"

        assert not self.channel(receiver).ask(NOW).ok

    def test_a_long_text_is_cut(self, receiver: Any) -> None:
        self.channel(receiver).send(replace(MESSAGE, text="x" * 9_000, ack_url=None), ENVELOPE)

        assert len(receiver.received[0].text) < 3_200


class TestWebhook(WebChannelContract):
    askable = False

    def channel(self, receiver: Any) -> Channel:
        settings = {"url": receiver.url, "secret": "top", **INSIDE}
        return make("webhook", settings, timeout_s=TIMEOUT_S)

    def guarded(self, receiver: Any) -> Channel:
        return make("webhook", {"url": receiver.url})

    def test_the_receiver_can_check_who_sent_it(self, receiver: Any) -> None:
        self.channel(receiver).send(MESSAGE, ENVELOPE)

        (found,) = receiver.received
        body = json.dumps(found.body).encode()
        signed = b".".join((found.key.encode(), str(int(NOW)).encode(), body))
        mac = base64.b64encode(hmac.digest(b"top", signed, hashlib.sha256)).decode()
        assert found.headers["webhook-signature"] == f"v1,{mac}"
        assert found.headers["webhook-id"] == ENVELOPE.key

    def test_a_secret_may_be_written_as_the_standard_has_it(self, receiver: Any) -> None:
        coded = "whsec_" + base64.b64encode(b"top").decode()
        settings = {"url": receiver.url, "secret": coded, **INSIDE}
        make("webhook", settings).send(MESSAGE, ENVELOPE)
        self.channel(receiver).send(MESSAGE, ENVELOPE)
        make("webhook", {"url": receiver.url, **INSIDE}).send(MESSAGE, ENVELOPE)

        first, second, unsigned = (found.headers for found in receiver.received)
        assert first["webhook-signature"] == second["webhook-signature"]
        assert "webhook-signature" not in unsigned
        with pytest.raises(ChannelError, match="base64"):
            make("webhook", {"url": receiver.url, "secret": "whsec_!"})

    def test_one_that_sends_a_byte_now_and_then_is_left_in_time(self, receiver: Any) -> None:
        receiver.behaviour = DRIP
        began = time.monotonic()
        receipt = self.channel(receiver).send(MESSAGE, ENVELOPE)

        assert not receipt.ok
        assert time.monotonic() - began < 10 * TIMEOUT_S

    def test_a_pause_may_be_a_date_and_nonsense_is_no_pause(self, receiver: Any) -> None:
        channel = self.channel(receiver)
        receiver.behaviour = 503
        for said, heard in ((formatdate(NOW + 90, usegmt=True), 90.0), ("soon", None)):
            receiver.headers = {"Retry-After": said}
            assert channel.send(MESSAGE, ENVELOPE).retry_after_s == heard

    @pytest.mark.parametrize("url", ["ftp://x/", "http://", "nonsense", "http://h:port/"])
    def test_what_is_no_web_address_is_refused_for_good(self, url: str) -> None:
        receipt = make("webhook", {"url": url}).send(MESSAGE, ENVELOPE)

        assert (receipt.ok, receipt.permanent) == (False, True)

    def test_a_name_without_an_address_is_worth_another_try(self) -> None:
        receipt = make("webhook", {"url": "https://nowhere.invalid/"}).send(MESSAGE, ENVELOPE)

        assert (receipt.ok, receipt.permanent) == (False, False)
        assert receipt.reason.startswith("nowhere.invalid has no address")

    def test_the_lanes_that_suffer_are_listed_for_programs(self, receiver: Any) -> None:
        child = Child(lane="exports", name="Exports", oldest_age_s=None, promise_s=300.0)
        self.channel(receiver).send(replace(MESSAGE, children=(child,)), ENVELOPE)

        (found,) = receiver.received
        assert found.body["children"] == [
            {"lane": "exports", "name": "Exports", "oldest_age_s": None, "promise_s": 300.0}
        ]


class TestPagerDuty(WebChannelContract):
    def channel(self, receiver: Any) -> Channel:
        settings = {"routing_key": "R0", "url": receiver.url, **INSIDE}
        return make("pagerduty", settings, timeout_s=TIMEOUT_S)

    def guarded(self, receiver: Any) -> Channel:
        return make("pagerduty", {"routing_key": "R0", "url": receiver.url})

    def test_what_nobody_must_act_on_makes_no_incident(self, receiver: Any) -> None:
        assert self.channel(receiver).send(replace(MESSAGE, kind="attached"), ENVELOPE).ok
        assert receiver.received == []

    def test_asking_resolves_an_incident_that_never_was(self, receiver: Any) -> None:
        self.channel(receiver).ask(NOW)

        (event,) = (found.body for found in receiver.received)
        assert event == {
            "routing_key": "R0", "event_action": "resolve", "dedup_key": "tailback:never",
        }  # fmt: skip

    def test_one_incident_is_triggered_acknowledged_and_resolved(self, receiver: Any) -> None:
        channel = self.channel(receiver)
        for kind in ("opened", "escalated", "acknowledged", "resolved"):
            channel.send(replace(MESSAGE, kind=kind), ENVELOPE)  # type: ignore[arg-type]
        channel.send(replace(MESSAGE, page=False, board_url=None), ENVELOPE)

        events = [found.body for found in receiver.received]
        assert [event["event_action"] for event in events] == [
            "trigger", "trigger", "acknowledge", "resolve", "trigger",
        ]  # fmt: skip
        assert {event["dedup_key"] for event in events} == {"tailback:mail-1"}
        assert {event["routing_key"] for event in events} == {"R0"}
        assert [event["payload"]["severity"] for event in events][3:] == ["critical", "warning"]


@pytest.fixture
def secure(certificate: Path) -> Iterator[HttpReceiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    receiver = HttpReceiver(context)
    yield receiver
    receiver.close()


def test_a_certificate_that_nobody_vouches_for_is_named_and_nothing_is_sent(
    secure: HttpReceiver,
) -> None:
    receipt = make("webhook", {"url": secure.url, **INSIDE}).send(MESSAGE, ENVELOPE)

    assert (receipt.ok, receipt.permanent) == (False, False)
    assert "self-signed certificate" in receipt.reason
    assert secure.received == []


def test_a_certificate_that_is_known_is_taken_though_the_address_is_pinned(
    secure: HttpReceiver, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    receipt = make("webhook", {"url": secure.url, **INSIDE}).send(MESSAGE, ENVELOPE)

    assert receipt.ok, receipt
    assert len(secure.received) == 1
