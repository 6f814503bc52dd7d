"""Where RQ keeps things in Redis, and how its values are read without its library.

Only what is needed to look: nothing here unpickles, and the arguments inside a job's description
are cut off before anything else sees it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tailback.systems.rq.stamp import FIELD, first_due, parse

PREFIX = "rq"
JOB_FIELDS = (
    "created_at",
    "enqueued_at",
    "started_at",
    "ended_at",
    "status",
    "origin",
    "description",
    "repeats_left",
    "dependency_id",
    "rate_limit_key",
    FIELD,
)
WORKER_FIELDS = ("birth", "last_heartbeat", "state", "queues", "death", "successful_job_count")
OPEN = frozenset({"queued", "started", "scheduled", "rate_limited", "created"})

# A job may be years away, but a clock outside of this is broken, not a time.
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC).timestamp()
LATEST_AHEAD_S = 10 * 365 * 86_400.0
_NAME = re.compile(r"[A-Za-z_][\w.]*(?=\()")
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of RQ's keys under one prefix (`RQ_KEY_PREFIX` of the workers)."""

    prefix: str = PREFIX

    def of(self, kind: str, queue: str) -> str:
        """Return the key of a registry: wip, scheduled, failed, deferred, workers and so on."""
        return f"{self.prefix}:{kind}:{queue}"

    def waiting(self, queue: str) -> str:
        return f"{self.prefix}:queue:{queue}"

    def intermediate(self, queue: str) -> str:
        return f"{self.prefix}:queue:{queue}:intermediate"

    def job(self, job: str) -> str:
        return f"{self.prefix}:job:{job}"

    def queues(self) -> str:
        return f"{self.prefix}:queues"

    def suspended(self) -> str:
        return f"{self.prefix}:suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTimes:
    """What one job's hash tells; a time that is missing or absurd is None."""

    name: str | None
    origin: str | None
    status: str | None
    created_at: float | None
    enqueued_at: float | None
    started_at: float | None
    ended_at: float | None
    repeats: bool
    held_back: bool
    stamped: float | None
    drill: bool = False

    @property
    def attempted(self) -> bool:
        """Whether an attempt has begun since it was enqueued or requeued by hand."""
        return self.started_at is not None or self.ended_at is not None


def text(value: bytes | str | None) -> str | None:
    """Return a value of Redis as text, whatever bytes it holds."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def job_times(values: Sequence[bytes | None], now: float) -> JobTimes | None:
    """Read `JOB_FIELDS`; None when the hash has expired."""
    if all(value is None for value in values):
        return None
    created, enqueued, started, ended, status, origin, described, repeats, *rest = values
    parent, limit, written = rest
    stamp = parse(written)
    return JobTimes(
        name=job_name(text(described)),
        origin=text(origin),
        status=text(status),
        created_at=iso_time(created, now),
        enqueued_at=iso_time(enqueued, now),
        started_at=iso_time(started, now),
        ended_at=iso_time(ended, now),
        repeats=repeats is not None,
        held_back=parent is not None or limit is not None,
        stamped=_stamped(stamp, now),
        drill=stamp.get("drill") is True,
    )


def _stamped(stamp: Mapping[str, Any], now: float) -> float | None:
    due = first_due(stamp)
    return None if due is None else sane_time(due, now)


def job_name(description: str | None) -> str | None:
    """Return the function's name of `shop.send('bob@x')`; None for a free description."""
    found = _NAME.match(description[:MAX_NAME] if description else "")
    return found.group() if found else None


def iso_time(value: bytes | str | None, now: float) -> float | None:
    """Read RQ's ISO times (UTC, with or without microseconds and Z) as Unix seconds."""
    written = text(value)
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return sane_time(aware.timestamp(), now)


def sane_time(value: float, now: float) -> float | None:
    """Return a time between 2010 and ten years ahead, None otherwise (NaN, 0, another unit)."""
    return value if EARLIEST <= value <= now + LATEST_AHEAD_S else None
