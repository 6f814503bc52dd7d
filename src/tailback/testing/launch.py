"""Starts a worker or producer of a test.

`python -m tailback.testing.launch MODULE[:FUNCTION] [ARGUMENT…]`. With `TAILBACK_DSN` set the
hook is installed first, as `tailback run` does. `TAILBACK_TEST_BREAK=1` makes everything that a
hook asks of the agent raise: the jobs must not notice. `TAILBACK_TEST_BEAT_S` lets workers beat
more often, so that their silence is noticed sooner. Where coverage is measured, SIGUSR2 ends
the process by `os._exit`, which coverage.py patches to save what it saw.
"""

import importlib
import os
import runpy
import signal
import sys
from typing import Any, NoReturn

MEASURED = "COVERAGE_PROCESS_CONFIG"  # coverage.py sets it for the children of what it measures
SEAM = ("emit", "describe_error", "tenant", "tenant_of", "worker", "running", "finished", "flush")


def _raise(*_args: Any, **_fields: Any) -> NoReturn:
    raise RuntimeError("injected: everything in the agent is broken")


def _install() -> None:
    if not os.environ.get("TAILBACK_DSN"):
        return
    import tailback  # noqa: PLC0415 - without a DSN the plain application runs, with nothing of ours
    from tailback import agent  # noqa: PLC0415
    from tailback.agent import beats  # noqa: PLC0415

    if every := os.environ.get("TAILBACK_TEST_BEAT_S"):
        beats.EVERY_S = int(every)
    tailback.install()
    if os.environ.get("TAILBACK_TEST_BREAK"):
        for name in SEAM:
            setattr(agent, name, _raise)


def main() -> None:
    target, *sys.argv[1:] = sys.argv[1:]
    if MEASURED in os.environ:
        signal.signal(signal.SIGUSR2, lambda *_: os._exit(0))
    _install()
    module, _, function = target.partition(":")
    if function:
        sys.exit(getattr(importlib.import_module(module), function)())
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
