"""The queue's name of a message that is being published or was received."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

MAX_KNOWN = 1_000
# Celery's native delays on RabbitMQ put the delay in front of the routing key, bit by bit.
_DELAY = re.compile(r"^(?:[01]\.){28}")

_known: dict[tuple[str, str], str] = {}


def queue_of(app: Any, exchange: Any, routing_key: str | None) -> str:
    """Return the queue that a message of this exchange and routing key goes to.

    Without an exchange the routing key is the queue's name; else the app's own queues tell, and
    where they do not, the routing key stands for it.
    """
    exchange = getattr(exchange, "name", exchange) or ""
    key = routing_key or ""
    if not exchange:
        return key or str(app.conf.task_default_queue)
    found = _known.get((exchange, key))
    if found is None:
        found = _look(app, exchange, _DELAY.sub("", key))
        if len(_known) < MAX_KNOWN:
            _known[exchange, key] = found
    return found


def _look(app: Any, exchange: str, key: str) -> str:
    queues: Mapping[str, Any] = app.amqp.queues
    fallback = None
    for name, queue in list(queues.items()):
        if queue.routing_key != key:
            continue
        if getattr(queue.exchange, "name", None) == exchange:
            return str(name)
        fallback = fallback or str(name)
    return fallback or key


def queue_declared(declare: Sequence[Any] | None) -> str | None:
    """Return the name of the one queue that a publisher declares beside its message."""
    name = getattr(declare[0], "name", None) if declare and len(declare) == 1 else None
    return str(name) if name else None
