"""Slack by an incoming webhook."""

import json
from collections.abc import Mapping

from tailback.core import wording_alerts
from tailback.core.delivery import Receipt
from tailback.core.messages import Message
from tailback.core.wording_review import POINT
from tailback.notify.channel import Envelope
from tailback.notify.http import Target, post

TEXT_CHARS = 3_000
NO_TEXT = 400
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Slack:
    """Posts to one incoming webhook, which cannot thread: the subject repeats instead."""

    def __init__(self, target: Target) -> None:
        """Post to `target`."""
        self._target = target

    def send(self, message: Message, envelope: Envelope) -> Receipt:
        """Post one message."""
        body = {"text": _text(message), "unfurl_links": False, "unfurl_media": False}
        headers = {"Content-Type": "application/json", "Idempotency-Key": envelope.key}
        return post(self._target, json.dumps(body).encode(), headers, envelope.now)

    def ask(self, now: float) -> Receipt:
        """Post nothing: a webhook that works answers that the text is missing."""
        receipt = post(self._target, b"{}", {"Content-Type": "application/json"}, now)
        lives = receipt.status == NO_TEXT and "text" in receipt.reason.lower()
        return Receipt(ok=True, status=NO_TEXT) if lives else receipt


def open_channel(settings: Mapping[str, str], timeout_s: float) -> Slack:
    """Return the channel of `url`."""
    private = settings.get("allow_private") == "true"
    return Slack(Target(url=settings["url"], allow_private=private, timeout_s=timeout_s))


def _text(message: Message) -> str:
    """Return Slack's own markup; text of jobs can neither mention anybody nor make a link."""
    lines = [f"*{_escaped(message.title)}*"]
    if message.text != message.title:
        text = _escaped(wording_alerts.below_title(message))
        lines.append(_titled(text) if message.kind == "review" else text)
    links = [
        f"<{url}|{words}>"
        for url, words in (
            (message.ack_url, wording_alerts.ACKNOWLEDGE),
            (message.board_url, wording_alerts.BOARD),
        )
        if url
    ]
    if links:
        lines.append(" · ".join(links))
    return "\n".join(lines)


def _titled(text: str) -> str:
    """Return a review whose titles stand out from the points below them."""
    first, *lines = text.split("\n")
    bold = [f"*{line}*" if line and not line.startswith(POINT) else line for line in lines]
    return "\n".join([first, *bold])


def _escaped(text: str) -> str:
    cut = text if len(text) <= TEXT_CHARS else text[: TEXT_CHARS - 1] + "…"
    return cut.translate(_ESCAPES)
