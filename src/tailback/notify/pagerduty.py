"""PagerDuty by its Events API, version 2: one incident per episode."""

import json
from collections.abc import Mapping
from typing import Any

from tailback.core import wording_alerts
from tailback.core.delivery import Receipt
from tailback.core.messages import Message
from tailback.notify.channel import Envelope
from tailback.notify.http import Target, post

URL = "https://events.pagerduty.com/v2/enqueue"
DEDUP_CHARS = 255
ASKED = "tailback:never"
_ACTIONS = {"acknowledged": "acknowledge", "resolved": "resolve"}


class PagerDuty:
    """Triggers, acknowledges and resolves the incident whose key is the episode."""

    def __init__(self, target: Target, routing_key: str) -> None:
        """Post to `target` for the service of `routing_key`."""
        self._target = target
        self._routing_key = routing_key

    def send(self, message: Message, envelope: Envelope) -> Receipt:
        """Post one event; a repetition of it changes nothing there.

        What nobody has to act on is not posted: an incident cannot be quiet.
        """
        if message.kind == "attached":
            return Receipt(ok=True)
        return self._post(self._event(message), envelope.key, envelope.now)

    def ask(self, now: float) -> Receipt:
        """Resolve an incident that never was, which shows that the key is taken."""
        event = {
            "routing_key": self._routing_key,
            "event_action": "resolve",
            "dedup_key": ASKED,
        }
        return self._post(event, ASKED, now)

    def _post(self, event: Mapping[str, Any], key: str, now: float) -> Receipt:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        return post(self._target, json.dumps(event).encode(), headers, now)

    def _event(self, message: Message) -> dict[str, Any]:
        links = [{"href": message.board_url, "text": "Tailback"}] if message.board_url else []
        return {
            "routing_key": self._routing_key,
            "event_action": _ACTIONS.get(message.kind, "trigger"),
            "dedup_key": f"tailback:{message.episode}"[:DEDUP_CHARS],
            "client": "Tailback",
            "links": links,
            "payload": {
                # It is what a phone shows or reads out.
                "summary": wording_alerts.sms(message.text),
                "source": "Tailback",
                "severity": "critical" if message.page else "warning",
                "component": message.subject,
                "class": message.rule,
                "custom_details": {
                    "text": message.text,
                    "owner": message.owner,
                    "acknowledge": message.ack_url,
                },
            },
        }


def open_channel(settings: Mapping[str, str], timeout_s: float) -> PagerDuty:
    """Return the channel of `routing_key`; `url` is for another place than PagerDuty's own."""
    private = settings.get("allow_private") == "true"
    url = settings.get("url", URL)
    target = Target(url=url, allow_private=private, timeout_s=timeout_s)
    return PagerDuty(target, settings["routing_key"])
