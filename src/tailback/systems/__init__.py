"""One folder per job system; this table is the only registration.

It stays readable at almost no cost, because the agent reads it in every process of the app: no
description of a system is loaded before somebody asks for it.
"""

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tailback.core.system import ActionsModule, EnqueueModule, ProbeModule, System

# name -> the library whose import installs the worker hook, as the system's own description says
LIBRARIES: dict[str, str | None] = {
    "celery": "celery",
    "huey": "huey",
    "rq": "rq",
    "sql": None,
}
NAMES = tuple(LIBRARIES)


def load(name: str) -> "System":
    """Return the description of the job system called `name` (one of `NAMES`)."""
    system: System = importlib.import_module(f"tailback.systems.{name}").SYSTEM
    return system


def load_probe(name: str) -> "ProbeModule":
    """Return the probe module of the job system called `name`; imports its client library."""
    module: ProbeModule = importlib.import_module(f"tailback.systems.{name}.probe")
    return module


def load_enqueue(name: str) -> "EnqueueModule | None":
    """Return what puts a drill into queues of the job system `name`; None where nothing does."""
    path = f"tailback.systems.{name}.enqueue"
    try:
        module: EnqueueModule = importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise  # the client library is missing
        return None
    return module


def load_actions(name: str) -> "ActionsModule":
    """Return the module that changes jobs of the job system called `name`."""
    module: ActionsModule = importlib.import_module(f"tailback.systems.{name}.actions")
    return module
