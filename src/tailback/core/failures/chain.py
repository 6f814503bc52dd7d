"""Walks from what was raised last to the first useful error."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tailback.core.failures.link import Link
from tailback.core.failures.properties import properties_in
from tailback.core.failures.retold import named_in, written_in
from tailback.core.failures.trace import MAX_CAUSES, causes_in
from tailback.core.failures.wrappers import (
    AFTERMATH,
    EMPTY_TEXTS,
    EMPTY_TYPES,
    RETRIES_USED_UP,
    RETRY_TEXTS,
)
from tailback.core.fields import MESSAGE_CHARS, NAME_CHARS, TRACE_CHARS

_AFTER_ATTEMPTS = re.compile(r"\b(?:failed|gave up|giving up) after \d+ (?:attempt|tr|retr)")


def chain_of(error: Mapping[str, Any]) -> tuple[list[Link], str]:
    """Return the exceptions of a wire error, outermost first, and its trace."""
    trace = _text(error.get("trace"))[-TRACE_CHARS:]
    given = _links(error.get("chain"))
    outer = Link(
        _text(error.get("type"))[:NAME_CHARS], _text(error.get("message"))[:MESSAGE_CHARS]
    )
    status, facts = _number(error.get("status")), _mapping(error.get("facts"))
    if not facts and "  File " not in trace:
        facts, printed = properties_in(trace)
        status = status or printed
    if given:
        # The outermost carries what any of them knew: leave each fact with the one that knew it.
        inner = [link.status for link in given]
        outer.status = None if status in inner else status
        outer.facts = {
            k: v for k, v in facts.items() if all(one.facts.get(k) != v for one in given)
        }
    else:
        outer.status, outer.facts = status, facts
        given = causes_in(trace)
        if status is not None and is_wrapper(outer):
            _hand_on(outer, given)
    links: list[Link] = []
    for link in (outer, *given):
        inside = written_in(link, is_wrapper(link))
        if inside is not None and _is_wrapper_of(link, inside):
            links.append(inside)
        elif inside is not None:
            links.extend((link, inside))
        else:
            told = named_in(link)
            # Where it happened may name who was called: it stays, behind what happened.
            links.extend((link,) if told is None else (told, link))
    return links, trace


def _hand_on(outer: Link, causes: Sequence[Link]) -> None:
    """Leave the status with the exception that a wrapper stands for, where there is one."""
    for cause in causes:
        if not is_wrapper(cause):
            cause.status, outer.status = outer.status, None
            return


def _is_wrapper_of(link: Link, inside: Link) -> bool:
    """Return whether a message is nothing but another exception."""
    return link.message.startswith(("(", inside.type))


def is_wrapper(link: Link) -> bool:
    """Return whether an exception says only that something else failed, often enough or at all."""
    if link.short in RETRIES_USED_UP or link.short in AFTERMATH:
        return True
    if is_empty(link):
        return True
    low = link.low
    if "attempt" in low or "retr" in low or "giving up" in low:
        return any(text in low for text in RETRY_TEXTS) or bool(_AFTER_ATTEMPTS.search(low))
    return False


def is_empty(link: Link) -> bool:
    """Return whether neither type nor message says anything."""
    if link.short not in EMPTY_TYPES:
        return False
    text = link.low.strip(" .!:\n")
    return text in EMPTY_TEXTS or text == link.short.lower()


def useful(links: Sequence[Link]) -> list[Link]:
    """Return the chain without wrappers; the whole chain when nothing else is in it."""
    return [link for link in links if not is_wrapper(link)] or list(links)


def _links(chain: object) -> list[Link]:
    if not isinstance(chain, (list, tuple)):
        return []
    return [
        Link(
            _text(one.get("type"))[:NAME_CHARS],
            _text(one.get("message"))[:MESSAGE_CHARS],
            _number(one.get("status")),
            _mapping(one.get("facts")),
        )
        for one in chain[:MAX_CAUSES]
        if isinstance(one, (dict, Mapping))
    ]


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, (dict, Mapping)) else {}
