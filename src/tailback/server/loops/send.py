"""Takes messages out of the outbox and hands them to their channels, each at least once.

A row is leased while it is sent, so that one whose sender dies comes back. Every channel has a few
threads of its own: one that hangs holds up nobody else's messages.
"""

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from tailback.core import wording_alerts
from tailback.core.delivery import DIGEST_EVERY_S, MOST_PER_HOUR, Receipt, outcome
from tailback.core.messages import Message
from tailback.notify.channel import Channel, ChannelError, Envelope
from tailback.store.alerts import Attempt, Cap, Claimed, OutboxStore, Outgoing
from tailback.store.errors import StoreError

LEASE_S = 60.0
WORKERS = 2
EVERY_S = 0.5
_ANSWERED = ("resolved", "acknowledged", "attached", "review", "digest")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What sending needs: channels by name, the link with which a person answers, two clocks.

    `capped` tells whether people read a channel: too much of one is put together into digests.
    """

    channel: Callable[[str], Channel | ChannelError | None]
    ack_url: Callable[[str, str, float], str]
    now: Callable[[], float]
    monotonic: Callable[[], float]
    capped: Callable[[str], bool]
    share: Callable[[], float] = random.SystemRandom().random


class SendLoop:
    """Looks for what is due and sends it."""

    def __init__(self, outbox: OutboxStore, sender: Sender) -> None:
        """Send what is in `outbox`."""
        self._outbox = outbox
        self._sender = sender
        self._busy: dict[str, int] = {}
        self._lock = threading.Condition()

    def once(self, now: float) -> bool:
        """Begin to send what is due, as far as channels have room; return whether any was."""
        began = False
        for name in self._outbox.ready_channels(now):
            room = WORKERS - self._busy.get(name, 0)
            if room <= 0:
                continue
            if self._sender.capped(name):
                cap = Cap(most=MOST_PER_HOUR, every_s=DIGEST_EVERY_S, digest=_digest)
                self._outbox.collapse(name, cap, now=now)
            for row in self._outbox.claim(name, now=now, lease_s=LEASE_S, limit=room):
                began = True
                self._begin(row)
        return began

    def pause_s(self) -> float:
        """Return how long to wait until the next look."""
        return EVERY_S

    def settle(self, timeout_s: float) -> bool:
        """Wait until nothing is being sent; False when that takes too long."""
        with self._lock:
            return self._lock.wait_for(lambda: not any(self._busy.values()), timeout_s)

    def close(self) -> None:
        """Hold nothing; what is being sent comes back when its lease ends."""

    def _begin(self, row: Claimed) -> None:
        with self._lock:
            self._busy[row.channel] = self._busy.get(row.channel, 0) + 1
        # A daemon: a channel that hangs must not hold up the end of the server either.
        name = f"send-{row.channel}"
        threading.Thread(target=self._send, args=(row,), name=name, daemon=True).start()

    def _send(self, row: Claimed) -> None:
        try:
            self._deliver(row)
        except StoreError as error:
            # It was sent but that could not be written down: it is sent again with the same key.
            _log.warning("delivery not recorded", extra={"key": row.key, "why": str(error)})
        except Exception:  # noqa: BLE001 - the row comes back when its lease ends
            _log.exception("sending failed", extra={"key": row.key})
        finally:
            with self._lock:
                self._busy[row.channel] -= 1
                self._lock.notify_all()

    def _deliver(self, row: Claimed) -> None:
        message = msgspec.json.decode(row.body, type=Message)
        at = self._sender.now()
        url = self._sender.ack_url(row.episode, row.person, at)
        shown = replace(message, person=row.person, ack_url=None if row.kind in _ANSWERED else url)
        began = self._sender.monotonic()
        receipt = self._try(row, shown, at)
        took_s = self._sender.monotonic() - began
        attempt = self._attempt(row, message, receipt, took_s)
        if not receipt.ok:
            facts = {"channel": row.channel, "key": row.key, "why": receipt.reason}
            _log.warning("message not delivered", extra=facts)
        self._outbox.finish(row, attempt)

    def _try(self, row: Claimed, message: Message, now: float) -> Receipt:
        channel = self._sender.channel(row.channel)
        if channel is None or isinstance(channel, ChannelError):
            why = wording_alerts.no_such_channel() if channel is None else str(channel)
            return Receipt(ok=False, permanent=True, reason=why)
        return channel.send(message, Envelope(key=row.key, thread=row.thread, now=now))

    def _attempt(self, row: Claimed, message: Message, receipt: Receipt, took_s: float) -> Attempt:
        now = self._sender.now()
        decided = outcome(
            receipt,
            now,
            attempts=row.attempts,
            due_at=row.due_at,
            page=row.page,
            share=self._sender.share(),
        )
        instead: tuple[Outgoing, ...] = ()
        if decided.fall_back and row.fell_back_at is None:
            instead = _instead(row, message, receipt.reason, now)
            if not instead:
                _log.error("no other way to reach anybody", extra={"key": row.key})
        return Attempt(
            state="sent" if receipt.ok else "failed" if decided.again_at is None else "due",
            at=now,
            took_s=took_s,
            ok=receipt.ok,
            status=receipt.status,
            reason=receipt.reason,
            again_at=decided.again_at,
            broken=receipt.permanent,
            instead=instead,
        )


def _digest(rows: Sequence[Claimed]) -> Outgoing:
    """Return one message that tells what many say."""
    first = min(rows, key=lambda row: (not row.page, row.id))
    messages = [msgspec.json.decode(row.body, type=Message) for row in rows]
    body = replace(
        messages[0],
        kind="digest",
        episode=f"digest:{first.channel}",
        lane="",
        subject=wording_alerts.DIGEST,
        title=wording_alerts.digest_title(len(rows)),
        text=wording_alerts.digest([one.title for one in messages], MOST_PER_HOUR),
        page=first.page,
        rule="",
        cause="",
        owner=None,
    )
    return Outgoing(
        key=f"digest:{first.channel}:{rows[0].id}",
        channel=first.channel,
        person=first.person,
        kind="digest",
        body=msgspec.json.encode(body),
        due_at=max(row.due_at for row in rows),
        page=first.page,
        fallbacks=first.fallbacks,
    )


def _instead(row: Claimed, message: Message, why: str, now: float) -> tuple[Outgoing, ...]:
    """Return copies for the next person; those after that person follow when this fails too."""
    if not row.fallbacks:
        return ()
    person = row.fallbacks[0][0]
    rest = tuple(pair for pair in row.fallbacks if pair[0] != person)
    text = message.text + wording_alerts.instead_of(row.person, row.channel, why)
    body = msgspec.json.encode(replace(message, text=text))
    return tuple(
        Outgoing(
            key=f"{row.key}>{channel}",
            channel=channel,
            person=person,
            kind=row.kind,
            body=body,
            due_at=now,
            page=row.page,
            fallbacks=rest,
        )
        for name, channel in row.fallbacks
        if name == person
    )
