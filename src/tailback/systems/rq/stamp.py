"""What a producer writes beside a job, so that every later worker knows where the job began.

RQ keeps the time of creation, but neither the attempt's number, the first due time of a scheduled
job nor the customer's account. One more field in the job's own hash, `tailback`, holds them: it
survives retries, is ignored by workers without the hook, and expires with the job.
"""

import json
from collections.abc import Mapping
from typing import Any

FIELD = "tailback"
ATTRIBUTE = "_tailback"
MAX_BYTES = 4_000
# RQ's words for a job whose life is over; enqueued again, it begins a new one.
ENDED = frozenset({"finished", "failed", "stopped", "canceled"})


def stamp_of(job: Any) -> dict[str, Any]:
    """Return the stamp of a job object, made empty when it has none."""
    stamp = job.__dict__.get(ATTRIBUTE)
    if stamp is None:
        stamp = job.__dict__[ATTRIBUTE] = {}
    return stamp  # type: ignore[no-any-return]


def write(job: Any, fields: dict[str, Any]) -> None:
    """Add the stamp to the fields of the hash that RQ is about to save."""
    stamp = job.__dict__.get(ATTRIBUTE)
    if stamp:
        fields[FIELD] = json.dumps(stamp)


def restore(job: Any, fields: Mapping[bytes, bytes]) -> None:
    """Take the stamp from the hash that RQ has just read."""
    found = parse(fields.get(FIELD.encode()))
    if found:
        job.__dict__[ATTRIBUTE] = found


def parse(value: bytes | None) -> dict[str, Any]:
    """Return the stamp in these bytes; empty when there is none or it is not ours."""
    if not value or len(value) > MAX_BYTES:
        return {}
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def first_due(stamp: Mapping[str, Any]) -> float | None:
    """Return when the stamped job was first due: its first enqueue, or its first ETA if later."""
    first, due = stamp.get("first"), stamp.get("due")
    if not isinstance(first, int | float):
        return None
    return max(first, due) if isinstance(due, int | float) else float(first)


def attempt_of(job: Any) -> int | None:
    """Return the number of the attempt that runs now or comes next; None when not known."""
    returned = (job.number_of_retries or 0) + 1
    if job.retries_left is None:
        return int(returned)
    most = stamp_of(job).get("max")
    return int(most - job.retries_left + returned - 1) if isinstance(most, int) else None
