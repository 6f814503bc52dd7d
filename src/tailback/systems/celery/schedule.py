"""What Celery beat runs by itself, told by the process of beat; read from its memory alone.

`Scheduler._heap` holds every entry after the first tick, whatever keeps the schedule: the
configuration, a file, or the database of django-celery-beat. RedBeat has no such heap.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from celery.schedules import crontab, schedule

from tailback import agent, clock
from tailback.agent.marks import MAX_ENTRIES
from tailback.agent.zone import name_of
from tailback.core.cron import five_fields
from tailback.core.timetable import TELL_EVERY_S

FOUND_IN = "Celery beat"
# Celery's own house-keeping is no work of the app.
OWN = "celery."


class State:
    """What this process told last, and when."""

    heap: Any = None
    told_at = float("-inf")


def watch(scheduler: Any) -> None:
    """Tell the schedule after a tick of this class of schedulers, once it is known."""
    if not hasattr(scheduler.tick, "tailback"):
        scheduler.tick = _tick(scheduler.tick)


def _tick(original: Callable[..., Any]) -> Any:
    @wraps(original)
    def tick(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = original(self, *args, **kwargs)
        tell(self)
        return answer

    tick.tailback = True  # type: ignore[attr-defined]
    return tick


@agent.guarded
def tell(scheduler: Any) -> None:
    """Tell what is scheduled when it is new, and now and then."""
    heap, now = getattr(scheduler, "_heap", None), clock.monotonic()
    if heap is None or (heap is State.heap and now < State.told_at + TELL_EVERY_S):
        return
    State.heap, State.told_at = heap, now
    name = scheduler.app.main or "app"
    entries = _entries(scheduler.app, heap[:MAX_ENTRIES])
    # django-celery-beat reads only what is due within two hours of the present.
    partial = hasattr(scheduler, "Model")
    agent.schedule(FOUND_IN, f"{FOUND_IN} {name}", entries, partial=partial)


def _entries(app: Any, heap: list[Any]) -> Iterator[dict[str, object]]:
    for event in heap:
        entry = event[2]
        if not str(entry.task).startswith(OWN):
            when = entry.schedule
            yield {
                "name": str(entry.name),
                "job": str(entry.task),
                "queue": _queue(app, entry),
                "cron": _cron(when),
                "zone": name_of(when.tz) if isinstance(when, crontab) else None,
                "every_s": _every_s(when),
            }


def _queue(app: Any, entry: Any) -> str:
    """Return the queue that beat will send to, by the way that `apply_async` goes."""
    task = app._tasks.get(entry.task) if isinstance(app._tasks, dict) else None  # noqa: SLF001
    options = {"queue": getattr(task, "queue", None), **(entry.options or {})}
    given = {name: value for name, value in options.items() if value is not None}
    queue = app.amqp.router.route(given, entry.task, entry.args, entry.kwargs).get("queue")
    return str(getattr(queue, "name", queue) or app.conf.task_default_queue)


def _cron(when: Any) -> str | None:
    if not isinstance(when, crontab):
        return None
    return five_fields(
        when.minute, when.hour, when.day_of_month, when.month_of_year, when.day_of_week
    )


def _every_s(when: Any) -> float | None:
    return max(1.0, float(when.seconds)) if type(when) is schedule else None
