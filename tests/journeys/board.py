"""`tailback up` as people start it, asked over HTTP alone, and workers that tell it everything."""

import html
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import pytest

from tailback.testing.processes import Process, _family
from tailback.testing.waiting import eventually
from tests.server.live import OWNER

START_S = 120.0
WAIT_S = 90.0
BEAT_S = "2"


def lane(queue: str, promise: str = "10s", more: str = "") -> str:
    """Return a `[[lane]]` of a queue: a receipt that is noticed soon, as these tests are short."""
    return f"""
[[lane]]
name = "{queue.capitalize()}"
queue = "{queue}"
customer_action = "get a receipt"
noticed_after = "{promise}"
owner = "ana"
{more}
"""


class Board:
    """A server of its own process; `source` is the one that its workers tell of."""

    def __init__(self, folder: Path, system: str, url: str, *lanes: str, more: str = "") -> None:
        self._folder = folder / "server"
        self._folder.mkdir()
        source = f'[[source]]\nname = "shop"\nsystem = "{system}"\nurl = "{url}"\n{more}\n'
        config = self._folder / "tailback.toml"
        config.write_text("".join((source, *lanes, OWNER)), encoding="utf-8")
        options = [
            "--config",
            str(config),
            "--listen",
            "127.0.0.1:0",
            "--database",
            "sqlite:///t.db",
        ]
        command = [sys.executable, "-m", "tailback", "up", *options]
        self.process = Process(command, {}, self._folder / "log", self._folder)
        local = eventually(self._local, "the server has started", START_S, self.process.output)
        headers = {"Authorization": f"Bearer {local['token']}"}
        self.client = httpx.Client(
            base_url=local["url"], headers=headers, timeout=30, trust_env=False
        )
        eventually(self._answers, "the server answers", START_S, self.process.output)
        address = local["url"].removeprefix("http://")
        self.dsn = f"http://{local['ingest']['shop']}@{address}/shop"

    def _local(self) -> Any:
        assert self.process.alive(), self.process.output()
        path = self._folder / "local.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def _answers(self) -> bool:
        try:
            return self.client.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()
        self.process.stop()

    def get(self, path: str, **options: Any) -> Any:
        answer = self.client.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def lanes(self) -> dict[str, dict[str, Any]]:
        return {found["lane"]: found for found in self.get("/api/v1/lanes")["lanes"]}

    def lane(
        self, key: str, wanted: Callable[[dict[str, Any]], object], what: str
    ) -> dict[str, Any]:
        """Return a lane once it is as wanted."""
        last: dict[str, Any] = {}

        def look() -> dict[str, Any] | None:
            found = self.lanes().get(key)
            last.update(found or {})
            return found if found is not None and wanted(found) else None

        return eventually(look, f"{key}: {what}", WAIT_S, lambda: last)

    def says(self, key: str, verdict: str, cause: str, **more: object) -> dict[str, Any]:
        """Return a lane once it has this verdict and cause, and `more` of its numbers."""

        def wanted(found: dict[str, Any]) -> bool:
            said = (found["verdict"], found["cause"]) == (verdict, cause)
            return said and all(found[name] == value for name, value in more.items())

        return self.lane(key, wanted, f"{verdict}, {cause} {more or ''}")

    def job(self, job: str, state: str) -> dict[str, Any]:
        """Return what the API says of a job once it is in this state."""
        last: dict[str, Any] = {}

        def look() -> dict[str, Any] | None:
            answer = self.client.get(f"/api/v1/jobs/{job}")
            found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
            last.update(found)
            return found if found.get("state") == state else None

        return eventually(look, f"job {job} is {state}", WAIT_S, lambda: last)

    def page(self, path: str, **params: str) -> str:
        """Return the words of a page, as a person reads them."""
        answer = self.client.get(path, params=params, headers={"Accept": "text/html"})
        assert answer.status_code == 200, answer.text
        text = re.sub(r"(?s)<(script|style|svg).*?</\1>", " ", answer.text)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


class Told:
    """Mixed into a rig: producers and workers with the hook tell a board."""

    board: Board

    def _environment(self, *, hook: bool) -> dict[str, str]:
        plain: dict[str, str] = super()._environment(hook=hook)  # type: ignore[misc]
        told = {"TAILBACK_DSN": self.board.dsn, "TAILBACK_TEST_BEAT_S": BEAT_S}
        return {**plain, **told} if hook else plain


def ages_from(found: dict[str, Any], due: float, within_s: float = 6.0) -> None:
    came = found["measured_at"] - found["oldest_age_s"]
    assert came == pytest.approx(due, abs=within_s), f"{came - due:+.1f} s: {found}"


def signals_to(worker: Process) -> Callable[[int], None]:
    """Return what sends a signal to a worker and all its children."""
    family = _family(worker.pid)

    def send(number: int) -> None:
        for pid in family:
            os.kill(pid, number)

    return send
