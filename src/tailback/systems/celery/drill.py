"""Makes `tailback.drill` known to Celery's workers."""

from typing import Any

from tailback.agent.drill import drill
from tailback.core.drill import JOB


def register(app: Any) -> None:
    """Make the task known to an app that has just been finalized."""
    if JOB not in app._tasks:  # noqa: SLF001 - `tasks` would finalize it again
        app.task(name=JOB, shared=False, lazy=False, ignore_result=True)(drill)
