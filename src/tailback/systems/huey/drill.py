"""Makes `tailback.drill` known to a Huey consumer, and leaves nothing of it behind."""

from typing import Any

from tailback.agent import guarded
from tailback.agent.drill import drill as be_the_drill
from tailback.core.drill import JOB


@guarded
def register(consumer: Any) -> None:
    """Make the task known to the consumer's Huey."""
    huey = consumer.huey
    if JOB in huey._registry._registry:  # noqa: SLF001 - Huey has no question for it
        return

    def drill(mode: str) -> None:
        be_the_drill(mode)

    # Huey names a task by its module and its function.
    drill.__module__ = "tailback"
    huey.task()(drill)


@guarded
def forget(huey: Any, task: Any) -> None:
    """Delete the result that nobody will ever fetch."""
    if name_of(task) == JOB:
        huey.delete(task.id)


def name_of(task: Any) -> str:
    """Return a task's name as its messages carry it."""
    return f"{type(task).__module__}.{type(task).__name__}"
