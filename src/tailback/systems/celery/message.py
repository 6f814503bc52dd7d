"""What a waiting message tells without its body: the body may be a pickle and stays untouched."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tailback.core.drill import JOB
from tailback.systems.celery.stamp import NOT_WORK, first_due, stamp_in, unix_of

MAX_BYTES = 256 * 1024
"""A larger message is counted, but its headers are not looked for."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; times are Unix seconds of whoever published it, None is not said.

    `due` comes from the stamp and is the first due time across all retries; `guessed` says that
    its publisher knew only a part of that story. `exchange` and `routing_key` lead to the queue.
    """

    id: str | None = None
    job: str | None = None
    eta: float | None = None
    retries: int = 0
    due: float | None = None
    guessed: bool = False
    exchange: str = ""
    routing_key: str = ""

    @property
    def is_work(self) -> bool:
        """Whether a customer may wait for it."""
        return self.job not in NOT_WORK and self.job != JOB

    def later(self, now: float) -> bool:
        """Return whether its time has not come."""
        return self.eta is not None and self.eta > now


UNREADABLE = Message()


def parse(raw: bytes) -> Message:
    """Return what the envelope of a Redis message says; `UNREADABLE` for anything else."""
    return _from_envelope(_json(raw))


def parse_unacked(raw: bytes) -> Message:
    """Return what an entry of the hash `unacked` says: [message, exchange, routing key]."""
    found = _json(raw)
    if not (isinstance(found, list) and len(found) == 3):  # noqa: PLR2004 - as the docstring says
        return UNREADABLE
    envelope, exchange, routing_key = found
    return _from_envelope(envelope, _text(exchange) or "", _text(routing_key) or "")


def id_in(raw: bytes, wanted: Iterable[str]) -> str | None:
    """Return the id in a message; a large one is only searched for those that are wanted."""
    if len(raw) <= MAX_BYTES:
        return parse(raw).id
    return next(
        (job for job in wanted if b'"id": "%s"' % job.encode(errors="replace") in raw), None
    )


def _json(raw: bytes) -> Any:
    if len(raw) > MAX_BYTES:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _from_envelope(envelope: Any, exchange: str = "", routing_key: str = "") -> Message:
    headers = envelope.get("headers") if isinstance(envelope, dict) else None
    if not isinstance(headers, dict):
        return Message(exchange=exchange, routing_key=routing_key)
    stamp = stamp_in(headers)
    return Message(
        id=_text(headers.get("id")) or _correlation(envelope),
        job=_text(headers.get("task")),
        eta=unix_of(headers.get("eta")),
        retries=_count(headers.get("retries")),
        due=first_due(stamp),
        guessed=bool(stamp.get("guess")),
        exchange=exchange,
        routing_key=routing_key,
    )


def _correlation(envelope: Mapping[str, Any]) -> str | None:
    # Protocol 1 keeps everything in the body, but the id is the correlation id as well.
    properties = envelope.get("properties")
    return _text(properties.get("correlation_id")) if isinstance(properties, dict) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
