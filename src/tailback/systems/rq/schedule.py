"""What RQ's own cron schedulers run by themselves, read from what they keep in Redis.

Each keeps its entries as JSON beside a heartbeat. The library that reads them back would clean up
on the way, so it is not used.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tailback.core.timetable import Timetable
from tailback.systems.rq.keys import iso_time, text

FOUND_IN = "RQ cron"
MAX_SCHEDULERS = 20
MAX_ENTRIES = 300
MAX_BYTES = 512 * 1024

Ask = Callable[[Sequence[tuple[Any, ...]]], list[Any]]


def read_schedules(ask: Ask, prefix: str, now: float) -> Mapping[str, Sequence[Timetable]]:
    """Return the entries of each configuration that a scheduler was started with."""
    (names,) = ask([("ZRANGE", f"{prefix}:cron_schedulers", -MAX_SCHEDULERS, -1)])
    keys = [f"{prefix}:cron_scheduler:{text(name)}" for name in names]
    sizes = ask([("HSTRLEN", key, "cron_jobs") for key in keys])
    read = [key for key, size in zip(keys, sizes, strict=True) if 0 < size <= MAX_BYTES]
    answers = ask([("HMGET", key, "config_file", "cron_jobs") for key in read])
    # The latest heartbeat comes last: a scheduler that died under the same file is replaced.
    return {f"{FOUND_IN} {text(file) or ''}": _entries(jobs, now) for file, jobs in answers}


def _entries(stored: Any, now: float) -> list[Timetable]:
    try:
        jobs = json.loads(stored)
        found = [_entry(job, now) for job in jobs[:MAX_ENTRIES]]
    except (ValueError, TypeError, AttributeError, KeyError):
        return []
    return found


def _entry(job: Mapping[str, Any], now: float) -> Timetable:
    said = {
        "name": job.get("name"),
        "queue": job["queue_name"],
        "job": job["func_name"],
        "cron": job.get("cron"),
        "every_s": job.get("interval"),
        "next_at": iso_time(job.get("next_enqueue_time"), now),
    }
    return Timetable.read(said, FOUND_IN)
