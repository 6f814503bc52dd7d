"""Starts a worker or producer of a test.

`python -m tailback.testing.launch MODULE[:FUNCTION] [ARGUMENT…]`. With `TAILBACK_DSN` set the
hook is installed first, as `tailback run` does. `TAILBACK_TEST_BREAK=1` makes everything that a
hook asks of the agent raise: the jobs must not notice.
"""

import importlib
import os
import runpy
import sys
from typing import Any, NoReturn

SEAM = ("emit", "describe_error", "tenant", "tenant_of", "worker", "running", "finished", "flush")


def _raise(*_args: Any, **_fields: Any) -> NoReturn:
    raise RuntimeError("injected: everything in the agent is broken")


def _install() -> None:
    if not os.environ.get("TAILBACK_DSN"):
        return
    import tailback  # noqa: PLC0415 - without a DSN the plain application runs, with nothing of ours
    from tailback import agent  # noqa: PLC0415

    tailback.install()
    if os.environ.get("TAILBACK_TEST_BREAK"):
        for name in SEAM:
            setattr(agent, name, _raise)


def main() -> None:
    target, *sys.argv[1:] = sys.argv[1:]
    _install()
    module, _, function = target.partition(":")
    if function:
        sys.exit(getattr(importlib.import_module(module), function)())
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
