"""From what a hook gave to the JSON of the wire; runs in the sender thread only."""

import contextlib
import json

from tailback.agent.errors import redacted
from tailback.core.redact import redact
from tailback.core.text import clean_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    # kind, at, id, queue, job, error, further fields
    Entry = tuple[
        str, float, object, object, object, Mapping[str, object] | None, dict[str, object]
    ]

CHUNK = 100
NAME_CHARS = 200
WHY_CHARS = 2_048


def chunks(entries: "Sequence[Entry]", release: str | None) -> "Iterator[tuple[bytes, int, int]]":
    """Yield (JSON objects separated by commas, how many, how many could not be written).

    At most 100 events are encoded at a stretch, so that the lock of the interpreter is given to
    the app's threads in between.
    """
    for start in range(0, len(entries), CHUNK):
        some = entries[start : start + CHUNK]
        try:
            text = _json([event_of(entry, release) for entry in some])[1:-1]
        except Exception:  # noqa: BLE001 - values come from the app: find out which one
            yield _one_by_one(some, release)
        else:
            yield text.encode(), len(some), 0


def event_of(entry: "Entry", release: str | None) -> "dict[str, object]":
    """Return the wire event: short texts, no unknown values, no secrets."""
    kind, at, job_id, queue, job, error, fields = entry
    event: dict[str, object] = {
        "kind": kind,
        "at": at,
        "id": _plain(job_id),
        "queue": _plain(queue),
    }
    if job is not None:
        event["job"] = _plain(job)
    if release is not None:
        event["release"] = release
    for name, value in fields.items():
        if value is not None and value == value:  # noqa: PLR0124 - leaves NaN out
            event[name] = redact(str(value)[:WHY_CHARS]) if name == "why" else _plain(value)
    if error is not None:
        event["error"] = redacted(error)
    return event


def _plain(value: object) -> object:
    if isinstance(value, (bool, int, float)):
        return value
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= NAME_CHARS else clean_name(text, NAME_CHARS)


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False, default=str, separators=(",", ":"))


def _one_by_one(entries: "Sequence[Entry]", release: str | None) -> "tuple[bytes, int, int]":
    written: list[str] = []
    for entry in entries:
        with contextlib.suppress(Exception):
            written.append(_json(event_of(entry, release)))
    return ",".join(written).encode(), len(written), len(entries) - len(written)
