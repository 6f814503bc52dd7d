"""The long tail, by Apprise, against a real HTTP server."""

from dataclasses import replace

import pytest
from apprise.plugins.telnyx import NotifyTelnyx

from tailback.notify.channel import ChannelError, make
from tailback.testing.channel_contract import ENVELOPE, MESSAGE
from tailback.testing.receivers import BUSY, HttpReceiver

# The library brings what Python 3.13 no longer has.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")


def test_a_service_of_apprise_gets_the_message_and_says_only_whether_it_took_it() -> None:
    receiver = HttpReceiver()
    channel = make("apprise", {"url": f"json://127.0.0.1:{receiver.port}/x"})
    try:
        assert channel.send(replace(MESSAGE, kind="resolved"), ENVELOPE).ok
        receiver.behaviour = BUSY
        refused = channel.send(MESSAGE, ENVELOPE)
    finally:
        receiver.close()

    (found,) = receiver.received
    assert found.body["type"] == "success"
    assert found.body["title"] == "Receipt emails are stuck"
    assert found.body["message"].startswith("Customers cannot get a receipt. Owner: Ana.")
    assert (refused.ok, refused.permanent) == (False, False)
    assert refused.reason


def test_a_text_message_is_one_of_at_most_160_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = HttpReceiver()
    monkeypatch.setattr(NotifyTelnyx, "notify_url", receiver.url)
    channel = make("apprise", {"url": "telnyx://KEY0123456789@+15551230000/+15551230001"})
    try:
        assert channel.send(replace(MESSAGE, text="Receipt emails are stuck. " * 9), ENVELOPE).ok
    finally:
        receiver.close()

    (found,) = receiver.received
    assert found.body["text"].startswith("Receipt emails are stuck. Receipt")
    assert len(found.body["text"]) <= 160
    assert found.body["text"].endswith("...")


def test_a_redirect_is_not_followed() -> None:
    receiver, other = HttpReceiver(), HttpReceiver()
    receiver.behaviour, receiver.headers = 307, {"Location": other.url}
    try:
        receipt = make("apprise", {"url": f"json://127.0.0.1:{receiver.port}/x"}).send(
            MESSAGE, ENVELOPE
        )
    finally:
        receiver.close()
        other.close()

    assert not receipt.ok
    assert other.received == []


def test_an_address_that_no_service_knows_is_refused_with_words() -> None:
    with pytest.raises(ChannelError, match="Apprise"):
        make("apprise", {"url": "nonsense://x"})
