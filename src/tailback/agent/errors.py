"""What a live exception tells: taken once, in the worker, while everything is still there.

Nothing here raises, whatever the exception's own attributes do.
"""

import linecache
import os
import tokenize  # noqa: F401 - linecache would import it at the first failure, fork or no fork

from tailback.agent.facts import facts_of, status_of
from tailback.agent.guard import belongs_to_the_app
from tailback.core.redact import redact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType, TracebackType

MAX_MESSAGE_CHARS = 2_048
MAX_TYPE_CHARS = 200
MAX_TRACE_CHARS = 32 * 1024
MAX_CHAIN = 10
MAX_FRAMES = 50
MAX_WALK = 5_000
MAX_LINE_CHARS = 200

_STANDARD_LIBRARY = os.path.dirname(os.__file__)  # noqa: PTH120 - pathlib is slow to import
UNREADABLE = "(its text cannot be read)"


def describe_error(error: BaseException) -> "dict[str, object]":
    """Return the wire form of an exception, without secrets, at most about 80 KiB.

    Keys: type (qualified), message, trace, status (HTTP, or None), facts (sqlstate, errno, code,
    smtp; only what is known) and chain (the causes, nearest first, each with type, message,
    status and facts). The outer status and facts are those of the nearest that has them.
    """
    return redacted(capture(error))


def capture(error: BaseException) -> "dict[str, object]":
    """Like `describe_error`, but with secrets still in: for the way to the sender thread."""
    try:
        return _captured(error)
    except Exception as trouble:
        if belongs_to_the_app(trouble):
            raise
        return {"type": "Exception", "message": UNREADABLE}


def _captured(error: BaseException) -> "dict[str, object]":
    chain = list(_causes(error))
    family = [error, *chain]
    return {
        "type": type_of(error),
        "message": message_of(error),
        # An error made to be told, not raised, has no trace: its cause was raised.
        "trace": next(filter(None, map(trace_of, family)), None),
        "status": next((s for s in map(status_of, family) if s is not None), None),
        "chain": [_link(one) for one in chain],
        "facts": _merged(family),
    }


def _link(error: BaseException) -> "dict[str, object]":
    return {
        "type": type_of(error),
        "message": message_of(error),
        "status": status_of(error),
        "facts": facts_of(error),
    }


def redacted(error: "Mapping[str, object]") -> "dict[str, object]":
    """Return a copy with every text capped and freed of secrets."""
    plain = dict(error)
    for name, limit in (("message", MAX_MESSAGE_CHARS), ("trace", MAX_TRACE_CHARS)):
        text = plain.get(name)
        if isinstance(text, str):
            plain[name] = redact(text[:limit])
    chain = plain.get("chain")
    if isinstance(chain, (list, tuple)):
        plain["chain"] = [
            {**one, "message": redact(str(one.get("message", ""))[:MAX_MESSAGE_CHARS])}
            for one in chain[:MAX_CHAIN]
            if isinstance(one, dict)
        ]
    return plain


def type_of(error: BaseException) -> str:
    """Return the qualified type name, without the `builtins.` of Python's own."""
    kind = type(error)
    module = getattr(kind, "__module__", None)
    name = getattr(kind, "__qualname__", "Exception")
    full = name if module in {None, "builtins"} else f"{module}.{name}"
    return full[:MAX_TYPE_CHARS]


def message_of(error: BaseException) -> str:
    """Return the text of an exception; says so when the exception cannot be asked for it."""
    try:
        return _cut(str(error), MAX_MESSAGE_CHARS)
    except Exception as trouble:  # a hostile __str__ is the app's, and no reason to lose the rest
        if belongs_to_the_app(trouble):
            raise
        return UNREADABLE


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    tail = limit // 4
    return f"{text[: limit - tail - 3]}...{text[-tail:]}"


def _causes(error: BaseException) -> "Iterator[BaseException]":
    """Yield what led to `error`, nearest first: explicit causes, else what was being handled."""
    seen = {id(error)}
    for _ in range(MAX_CHAIN):
        cause = error.__cause__
        if cause is None and not error.__suppress_context__:
            cause = error.__context__
        if cause is None and isinstance(error, BaseExceptionGroup):
            cause = error.exceptions[0]
        if cause is None or id(cause) in seen:
            return
        seen.add(id(cause))
        yield cause
        error = cause


def _merged(family: "list[BaseException]") -> "dict[str, object]":
    """Return the facts of all, where the outermost exception that knows one wins."""
    facts: dict[str, object] = {}
    for one in family:
        for name, value in facts_of(one).items():
            facts.setdefault(name, value)
    return facts


def trace_of(error: BaseException) -> str | None:
    """Return the traceback as Python prints it, without values of variables; None without one.

    Of more frames than fit, the app's own (not of the standard library or an installed
    package) and the innermost stay.
    """
    try:
        frames = _frames(error.__traceback__)
        if not frames:
            return None
        lines = ["Traceback (most recent call last):"]
        for gap, frame, line in _chosen(frames):
            if gap:
                lines.append(f"  ... {gap} more")
            lines.append(_line(frame, line))
        lines.append(f"{type_of(error)}: {message_of(error)}")
        text = "\n".join(lines)
    except Exception as trouble:  # no trace is better than no event
        if belongs_to_the_app(trouble):
            raise
        return None
    return text if len(text) <= MAX_TRACE_CHARS else _cut(text, MAX_TRACE_CHARS)


def _frames(trace: "TracebackType | None") -> "list[tuple[FrameType, int]]":
    frames: list[tuple[FrameType, int]] = []
    while trace is not None and len(frames) < MAX_WALK:
        frames.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    return frames


def _chosen(
    frames: "list[tuple[FrameType, int]]",
) -> "Iterator[tuple[int, FrameType, int]]":
    """Yield (how many were left out before it, frame, line number)."""
    kept = set(range(len(frames)))
    if len(frames) > MAX_FRAMES:
        own = [at for at, (frame, _) in enumerate(frames) if _in_app(frame.f_code.co_filename)]
        half = MAX_FRAMES // 2
        kept = {*own[:5], *own[-half:], *range(len(frames) - half, len(frames))}
    gap = 0
    for at, (frame, line) in enumerate(frames):
        if at in kept:
            yield gap, frame, line
            gap = 0
        else:
            gap += 1


def _in_app(filename: str) -> bool:
    return not (
        "site-packages" in filename
        or "dist-packages" in filename
        or filename.startswith((_STANDARD_LIBRARY, "<"))
    )


def _line(frame: "FrameType", number: int) -> str:
    code = frame.f_code
    place = f'  File "{code.co_filename}", line {number}, in {code.co_name}'
    source = linecache.getline(code.co_filename, number, frame.f_globals).strip()
    return f"{place}\n    {source[:MAX_LINE_CHARS]}" if source else place
