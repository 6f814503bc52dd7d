"""What a Python started by `tailback run` imports first; then the real one, if any."""  # noqa: INP001

# Lies in a directory of its own, which `tailback run` puts first on PYTHONPATH. It leaves that
# directory there, so that child processes are watched too, but not on `sys.path`.

import os
import sys

# os.path and not pathlib: this runs at the start of every Python process of the worker.
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120

try:
    import tailback.agent.boot  # noqa: F401
except ImportError as error:
    if os.environ.get("TAILBACK_RUN_PID") == str(os.getpid()):
        sys.stderr.write(
            f"tailback: {sys.executable} cannot import tailback ({error}), so this command runs "
            "without it. Install tailback into the same environment: pip install tailback\n"
        )

sys.path[:] = [path for path in sys.path if os.path.abspath(path) != _HERE]  # noqa: PTH100
_ours = sys.modules.pop("sitecustomize", None)
try:
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401
except ImportError as error:
    if error.name != "sitecustomize":
        raise
    if _ours is not None:
        sys.modules["sitecustomize"] = _ours
