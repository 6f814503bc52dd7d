"""Every example runs as its README says, command by command, and shows what it promises."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tailback.testing.processes import Process
from tailback.testing.waiting import eventually
from tests.services import free_port

BLOCK = re.compile(r"```\n(.*?)```", re.DOTALL)
BROKEN = re.compile(r"`BREAK_TEMPLATE=1 (.+?)`", re.DOTALL)
OLD_ENOUGH_S = 8


class Terminals:
    """A copy of one example's folder, and what runs in its terminals."""

    def __init__(self, example: Path, folder: Path, stack: ExitStack, broker: str = "") -> None:
        self.folder = folder / "example"
        shutil.copytree(example, self.folder)
        self._stack = stack
        self._broker = broker
        self._environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "BROKER_URL": broker,
            "REDIS_URL": broker,
            "TAILBACK_DSN": "",
        }
        self._count = 0

    def run(self, line: str, **more: str) -> Process:
        command = shlex.split(line.replace("redis://127.0.0.1:6379/0", self._broker))
        self._count += 1
        process = Process(
            command,
            {**self._environment, **more},
            self.folder / f"terminal-{self._count}.log",
            self.folder,
        )
        self._stack.callback(process.close)
        return process

    def up(self, line: str) -> None:
        """Start the server and do what it prints: set TAILBACK_DSN."""
        server = self.run(f"{line} --listen 127.0.0.1:{free_port()}")
        found = eventually(
            lambda: re.search(r"TAILBACK_DSN=(\S+)", server.output()),
            "the line is printed",
            90,
            server.output,
        )
        self._environment["TAILBACK_DSN"] = found[1]

    def lane(self, wanted: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
        """Return the row of the e-mails as `tailback status --json` shows it, once it is as wanted."""
        told: list[str] = []

        def look() -> dict[str, Any] | None:
            command = [sys.executable, "-m", "tailback", "status", "--json"]
            asked = subprocess.run(
                command, cwd=self.folder, capture_output=True, text=True, check=False
            )
            told[:] = [asked.stdout[-2000:], asked.stderr[-500:]]
            lanes = json.loads(asked.stdout)["lanes"] if asked.stdout.startswith("{") else []
            return next(
                (lane for lane in lanes if lane["queue"] == "emails" and wanted(lane)), None
            )

        return eventually(look, what, 90, lambda: [*told, *map(_tail, self.folder.glob("*.log"))])


def commands(page: Path) -> list[str]:
    """Return the commands of the first block of a page, without what stands beside them."""
    return [line.split("  ")[0] for line in BLOCK.search(page.read_text())[1].splitlines()]


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-1500:]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("name", ["celery", "rq", "huey"])
def test_the_example_of_a_system_runs_as_written(
    repo_root: Path, tmp_path: Path, stack: ExitStack, name: str, redis_url: str
) -> None:
    example = repo_root / "examples" / name
    up, export, shop, work = said = commands(repo_root / f"docs/guides/{name}.md")
    assert said == commands(example / "README.md")
    broken = BROKEN.search((example / "README.md").read_text())[1].replace("\n", " ")
    assert f"BREAK_TEMPLATE=1 {broken}" in (repo_root / f"docs/guides/{name}.md").read_text()
    terminals = Terminals(example, tmp_path, stack, redis_url)

    assert export == "export TAILBACK_DSN=…"
    terminals.up(up)
    terminals.run(shop)
    worker = terminals.run(work)
    good = terminals.lane(
        lambda lane: lane["completions_5m"] and lane["workers"], "receipts go out"
    )
    worker.close()
    terminals.run(broken, BREAK_TEMPLATE="1")
    bad = terminals.lane(
        lambda lane: (lane["oldest_age_s"] or 0) > OLD_ENOUGH_S and lane["reasons"],
        "the oldest receipt is late and says why",
    )

    assert good["last_success_at"]
    assert "customer_name" in bad["reasons"][0]["first_error"]["message"]
    assert bad["retrying"]


def test_the_example_of_a_table_runs_as_written(
    repo_root: Path, tmp_path: Path, stack: ExitStack
) -> None:
    shop, up, worker = commands(repo_root / "docs/guides/sql-table.md")
    terminals = Terminals(repo_root / "examples" / "sql", tmp_path, stack)

    terminals.run(shop)
    eventually((terminals.folder / "shop.db").exists, "the table is made")
    terminals.up(up)
    terminals.run(worker)
    terminals.lane(lambda lane: lane["last_success_at"], "receipts go out")
    (terminals.folder / "broken").touch()
    bad = terminals.lane(
        lambda lane: (lane["oldest_age_s"] or 0) > OLD_ENOUGH_S, "the oldest receipt is late"
    )

    assert bad["lane"] == "receipt-emails"
    assert bad["retrying"]
