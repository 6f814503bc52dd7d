"""The names of Celery's Redis keys, as its transport options make them, and where they lead."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tailback.core.system import ProbeError
from tailback.core.wording_celery import bad_option

STEPS = (0, 3, 6, 9)
SEP = "\x06\x16"
BINDING = "_kombu.binding."
# Celery's own broadcast exchanges: remote control and monitoring events.
NOT_FOR_JOBS = ("pidbox", "celeryev")


@dataclass(frozen=True, slots=True)
class Keys:
    """Key names of one source; `lists` are a queue's sub-lists, the highest priority first."""

    prefix: str = ""
    sep: str = SEP
    steps: tuple[int, ...] = STEPS
    unacked: str = "unacked"
    unacked_index: str = "unacked_index"

    def lists(self, queue: str) -> list[str]:
        """Return the keys of all sub-lists of a queue."""
        return [
            f"{self.prefix}{queue}{self.sep}{step}" if step else f"{self.prefix}{queue}"
            for step in self.steps
        ]

    def bindings_pattern(self) -> str:
        """Return the pattern of the sets that say which exchange feeds which queue."""
        escaped = re.sub(r"([\[\]*?\\^-])", r"\\\1", f"{self.prefix}{BINDING}")
        return f"{escaped}*"

    def exchange_of(self, key: str) -> str | None:
        """Return the exchange that a binding set belongs to, None when it carries no jobs."""
        exchange = key.removeprefix(f"{self.prefix}{BINDING}")
        return None if any(part in exchange for part in NOT_FOR_JOBS) else exchange


def keys_of(options: Mapping[str, Any]) -> Keys:
    """Return the key names for a source's options; raises `ProbeError` on nonsense."""
    steps = options.get("priority_steps", list(STEPS))
    if not (isinstance(steps, list | tuple) and steps and all(type(s) is int for s in steps)):
        raise ProbeError(bad_option("priority_steps", "a list of whole numbers, as [0, 3, 6, 9]"))
    prefix = str(options.get("global_keyprefix", ""))
    return Keys(
        prefix=prefix,
        sep=str(options.get("sep", SEP)),
        steps=tuple(steps),
        unacked=prefix + str(options.get("unacked_key", "unacked")),
        unacked_index=prefix + str(options.get("unacked_index_key", "unacked_index")),
    )


def queues_in(options: Mapping[str, Any]) -> list[str]:
    """Return the option `queues`; raises `ProbeError` unless it is a list of names."""
    queues = options.get("queues", [])
    if not (isinstance(queues, list | tuple) and all(isinstance(name, str) for name in queues)):
        raise ProbeError(bad_option("queues", 'a list of names, as ["emails", "exports"]'))
    return list(queues)


@dataclass(slots=True)
class Bindings:
    """Which queue a message goes to, by exchange and routing key."""

    _direct: dict[tuple[str, str], str] = field(default_factory=dict)
    _topics: dict[str, list[tuple[re.Pattern[str], str]]] = field(default_factory=dict)

    def learn(self, exchange: str, members: Iterable[str], sep: str) -> list[str]:
        """Take the members of one binding set, and return the queues named there."""
        queues = []
        topics: list[tuple[re.Pattern[str], str]] = []
        for member in members:
            parts = member.split(sep)
            if len(parts) != 3 or not parts[2]:  # noqa: PLR2004 - routing key, pattern, queue
                continue
            routing_key, _, queue = parts
            queues.append(queue)
            if "*" in routing_key or "#" in routing_key:
                topics.append((topic(routing_key), queue))
            else:
                self._direct[exchange, routing_key] = queue
        self._topics[exchange] = topics
        return queues

    def queue_of(self, exchange: str, routing_key: str, known: Sequence[str]) -> str | None:
        """Return the queue, None when nothing tells."""
        if not exchange:
            return routing_key
        found = self._direct.get((exchange, routing_key))
        if found is None:
            patterns = self._topics.get(exchange, ())
            found = next((queue for want, queue in patterns if want.fullmatch(routing_key)), None)
        if found is None:
            found = next((name for name in (routing_key, exchange) if name in known), None)
        return found


def topic(routing_key: str) -> re.Pattern[str]:
    """Return the pattern of a topic: `*` is one word, `#` any number of them."""
    words = {"*": r"[^.]+", "#": r".*"}
    return re.compile(
        r"\.".join(words.get(word, re.escape(word)) for word in routing_key.split("."))
    )
