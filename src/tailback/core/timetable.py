"""When work runs by itself, and who says so: declared in the file, or found in a scheduler."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

# What the configuration says when a lane is to be held to no schedule, found ones included.
NO_SCHEDULE = "none"
# A scheduler tells its schedule again, for a server that has lost it.
TELL_EVERY_S = 600.0
MAX_CHARS = 500
MAX_EVERY_S = 400 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """One entry of a schedule: five `cron` fields in `zone`, or every `every_s` seconds.

    `job` None: whatever comes into the lane. `zone` is a name of the time zone database or an
    offset such as "+01:00"; None: the server's. `words` say when it runs, `found_in` who knows it
    ("Celery beat"); None: the configuration. Without cron and interval nobody can tell when it
    runs: its own function decides. `next_at` is when it is due next, as its scheduler said: where
    that is told instead of the time zone, it tells the zone.
    """

    name: str
    queue: str
    job: str | None = None
    cron: str | None = None
    zone: str | None = None
    every_s: float | None = None
    next_at: float | None = None
    words: str = ""
    found_in: str | None = None

    @classmethod
    def read(cls, said: Mapping[str, Any], found_in: str) -> Self:
        """Read what a hook or a probe told; ValueError says which field is wrong."""
        texts = {name: _text(said, name) for name in ("name", "queue", "job", "cron", "zone")}
        every_s = said.get("every_s")
        if every_s is not None and not _is_interval(every_s):
            raise ValueError(f"every_s: must be seconds from 1 to {MAX_EVERY_S:,.0f}")
        job, queue = texts["job"], texts["queue"]
        if not job or not queue:
            raise ValueError("job and queue: must not be empty")
        return cls(
            name=texts["name"] or job,
            queue=queue,
            job=job,
            cron=texts["cron"],
            zone=texts["zone"],
            every_s=None if every_s is None else float(every_s),
            next_at=None if said.get("next_at") is None else float(said["next_at"]),
            found_in=found_in,
        )


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > MAX_CHARS):
        raise ValueError(f"{name}: must be text of at most {MAX_CHARS} characters")
    return value


def _is_interval(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 1.0 <= value <= MAX_EVERY_S  # type: ignore[operator]
