"""`ChannelContract`: what every way to reach people must do, against real sockets.

Subclass it in `tests/notify/test_<kind>.py` and say how a channel to a receiver is made.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

import pytest

from tailback.core.messages import Message
from tailback.notify.channel import Askable, Channel, Envelope
from tailback.testing.receivers import BUSY, HANG, REFUSE, HttpReceiver, Received

TIMEOUT_S = 1.0
NOW = 1_793_476_800.0
ENVELOPE = Envelope(key="mail-1:1:ana", thread="mail-1:1:ana", now=NOW)
MESSAGE = Message(
    kind="opened",
    episode="mail-1",
    lane="receipt-emails",
    subject="Receipt emails are stuck",
    title="Receipt emails are stuck",
    text="Receipt emails are stuck. Customers cannot get a receipt. Owner: Ana.",
    at=NOW,
    opened_at=NOW - 60,
    page=True,
    rule="age",
    cause="stuck",
    owner="ana",
    person="ana",
    ack_url="https://tailback.example/ack/abc",
    board_url="https://tailback.example/",
)
HOSTILE = (
    "<script>alert(1)</script> <!channel> @everyone\r\nBcc: x@example.com\r\n.\r\nQUIT\r\n\u202e é"
)


class Receiver(Protocol):
    """A server that the channel sends to."""

    received: list[Received]
    behaviour: Any

    def close(self) -> None: ...


class ChannelContract:
    """Takes what it can deliver and says in words and facts what it cannot."""

    secrets: tuple[str, ...] = ()
    """What must never be in a reason."""

    askable = True
    """Whether it shows without a message that it would take one."""

    def start(self) -> Receiver:
        """Return a receiver that takes everything."""
        raise NotImplementedError

    def channel(self, receiver: Any) -> Channel:
        """Return a channel to it, with `TIMEOUT_S` for one attempt."""
        raise NotImplementedError

    @pytest.fixture
    def receiver(self) -> Iterator[Any]:
        receiver = self.start()
        yield receiver
        receiver.close()

    def test_a_message_arrives_with_its_text_and_where_to_answer(self, receiver: Any) -> None:
        receipt = self.channel(receiver).send(MESSAGE, ENVELOPE)

        assert (receipt.ok, receipt.reason) == (True, "")
        (found,) = receiver.received
        for sentence in MESSAGE.text.removesuffix(".").split(". "):
            assert sentence in found.text
        assert MESSAGE.ack_url in found.text + str(found.body)

    def test_a_repetition_carries_the_same_key_and_another_message_another(
        self, receiver: Any
    ) -> None:
        channel = self.channel(receiver)
        for _ in range(2):
            channel.send(MESSAGE, replace(ENVELOPE, now=NOW + 5))
        channel.send(replace(MESSAGE, kind="resolved"), replace(ENVELOPE, key="mail-1:2:ana"))

        first, again, other = (found.key for found in receiver.received)
        assert first == again != other

    def test_what_refuses_for_good_is_permanent_and_what_is_busy_is_not(
        self, receiver: Any
    ) -> None:
        channel = self.channel(receiver)

        receiver.behaviour = REFUSE
        refused = channel.send(MESSAGE, ENVELOPE)
        receiver.behaviour = BUSY
        busy = channel.send(MESSAGE, ENVELOPE)

        assert (refused.ok, refused.permanent) == (False, True)
        assert (busy.ok, busy.permanent) == (False, False)
        assert refused.reason.startswith(f"answered {refused.status}")
        assert receiver.received == []

    def test_where_nobody_listens_it_is_worth_another_try(self, receiver: Any) -> None:
        channel = self.channel(receiver)
        receiver.close()
        receipt = channel.send(MESSAGE, ENVELOPE)

        assert (receipt.ok, receipt.permanent) == (False, False)
        assert "did not answer" in receipt.reason
        for secret in self.secrets:
            assert secret not in receipt.reason

    def test_one_that_hangs_is_left_in_time(self, receiver: Any) -> None:
        receiver.behaviour = HANG
        began = time.monotonic()
        receipt = self.channel(receiver).send(MESSAGE, ENVELOPE)

        assert (receipt.ok, receipt.permanent) == (False, False)
        assert time.monotonic() - began < 10 * TIMEOUT_S

    def test_one_that_is_asked_says_whether_it_would_take_a_message_and_shows_none(
        self, receiver: Any
    ) -> None:
        channel = self.channel(receiver)
        assert isinstance(channel, Askable) == self.askable
        if not isinstance(channel, Askable):
            return

        self.wait_for_a_question(receiver)
        asked = channel.ask(NOW)
        receiver.behaviour = REFUSE
        refused = channel.ask(NOW)
        receiver.close()
        away = channel.ask(NOW)

        assert (asked.ok, refused.ok, refused.permanent) == (True, False, True)
        assert (away.ok, away.permanent) == (False, False)
        assert [found for found in receiver.received if found.text] == []

    def wait_for_a_question(self, receiver: Any) -> None:
        """Make the receiver answer as the real service does when it is asked."""

    def test_hostile_text_stays_text(self, receiver: Any) -> None:
        hostile = replace(MESSAGE, subject=HOSTILE, title=HOSTILE, text=HOSTILE)
        receipt = self.channel(receiver).send(hostile, ENVELOPE)

        assert receipt.ok
        (found,) = receiver.received
        assert "Bcc" not in found.headers
        self.check_hostile(found)

    def check_hostile(self, found: Received) -> None:
        """Look closer at what came of hostile text, in the way of the kind."""


class WebChannelContract(ChannelContract):
    """What channels over HTTP must do besides."""

    secrets = ("s3cret",)

    def start(self) -> HttpReceiver:
        return HttpReceiver()

    def guarded(self, receiver: Any) -> Channel:
        """Return a channel to the receiver that may not lead inside."""
        raise NotImplementedError

    def test_a_redirect_is_not_followed(self, receiver: Any) -> None:
        other = HttpReceiver()
        receiver.behaviour, receiver.headers = 307, {"Location": other.url}
        receipt = self.channel(receiver).send(MESSAGE, ENVELOPE)
        other.close()

        assert (receipt.ok, receipt.permanent, receipt.status) == (False, True, 307)
        assert other.received == []

    def test_a_pause_that_is_asked_for_is_heard(self, receiver: Any) -> None:
        receiver.behaviour, receiver.headers = 429, {"Retry-After": "17"}
        receipt = self.channel(receiver).send(MESSAGE, ENVELOPE)

        assert (receipt.permanent, receipt.status, receipt.retry_after_s) == (False, 429, 17.0)

    def test_an_address_of_the_inside_is_refused_unless_it_is_allowed(self, receiver: Any) -> None:
        receipt = self.guarded(receiver).send(MESSAGE, ENVELOPE)

        assert (receipt.ok, receipt.permanent) == (False, True)
        assert "allow_private" in receipt.reason
        assert receiver.received == []
