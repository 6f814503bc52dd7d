"""What Huey's scheduler runs by itself, told by the consumer; read from its registry alone."""

from collections.abc import Iterator
from typing import Any

from tailback import agent, clock
from tailback.agent.marks import MAX_ENTRIES
from tailback.agent.zone import local_zone
from tailback.core.cron import five_fields
from tailback.core.timetable import TELL_EVERY_S
from tailback.systems.huey.tell import queue_of

FOUND_IN = "Huey"
CRONTAB = ("huey.api", "crontab.<locals>.validate_date")


class State:
    """When this process told each instance last."""

    told_at: dict[str, float] = {}  # noqa: RUF012 - one table per process is the point


@agent.guarded
def tell(huey: Any) -> None:
    """Tell the periodic tasks at the first check of them, and now and then."""
    now, queue = clock.monotonic(), queue_of(huey)
    if now < State.told_at.get(queue, float("-inf")) + TELL_EVERY_S:
        return
    State.told_at[queue] = now
    zone = "UTC" if huey.utc else local_zone()
    tasks = huey._registry._periodic_tasks[:MAX_ENTRIES]  # noqa: SLF001 - asking makes a task of each
    agent.schedule(FOUND_IN, f"{FOUND_IN} {queue}", _entries(queue, tasks, zone))


def _entries(queue: str, tasks: list[Any], zone: str) -> Iterator[dict[str, object]]:
    for task in tasks:
        job = f"{task.__module__}.{task.__name__}"
        cron = _cron(task.validate_datetime)
        yield {"name": job, "job": job, "queue": queue, "cron": cron, "zone": zone}


def _cron(validate: Any) -> str | None:
    """Return the cron fields behind a task's check; None where a function of the app decides.

    Huey keeps only functions: the one that `crontab` makes holds the numbers of each field.
    """
    for function in (validate, *_held(validate)):
        if (function.__module__, function.__qualname__) == CRONTAB:
            months, days, weekdays, hours, minutes = _numbers(function)
            return five_fields(minutes, hours, days, months, weekdays)
    return None


def _held(function: Any) -> list[Any]:
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    return [found for found in cells if hasattr(found, "__qualname__")]


def _numbers(function: Any) -> list[list[int]]:
    (numbers,) = (cell.cell_contents for cell in function.__closure__)
    found: list[list[int]] = numbers
    return found
