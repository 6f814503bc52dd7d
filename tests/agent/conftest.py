"""The agent, on and pointed at a real local server, and off again after the test."""

import atexit
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tailback import agent, systems
from tailback.agent import guard, log
from tests.agent.intake import Intake, running_intake

Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def intake() -> Iterator[Intake]:
    with running_intake() as server:
        yield server


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The agent as in a new process."""
    for name in [name for name in os.environ if name.startswith("TAILBACK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TAILBACK_FLUSH_S", "0.05")
    monkeypatch.setattr(agent, "_settings", None)
    monkeypatch.setattr(agent, "_sender", None)
    monkeypatch.setattr(agent, "_warned", False)
    monkeypatch.setattr(log, "debugging", False)
    monkeypatch.setattr(guard, "swallowed", {})
    # No hooks: a job system that another test imported would be changed for good.
    monkeypatch.setattr(systems, "LIBRARIES", {})
    yield
    if agent._sender is not None:
        atexit.unregister(agent._sender.at_exit)


@pytest.fixture
def on(fresh: None, intake: Intake) -> Intake:
    """The agent switched on; what it sends arrives at the intake that is returned."""
    assert agent.install(intake.dsn)
    return intake


@pytest.fixture
def script(intake: Intake) -> Script:
    """Run Python source in a process of its own with the DSN in its environment.

    `measured=False` for sources that fork beside threads: coverage itself holds a lock then.
    """
    unmeasured = {"COVERAGE_PROCESS_START": "", "COVERAGE_PROCESS_CONFIG": ""}

    def run(
        source: str, *, timeout_s: float = 60.0, measured: bool = True
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", source],
            env={
                **os.environ,
                **({} if measured else unmeasured),
                "TAILBACK_DSN": intake.dsn,
                "TAILBACK_FLUSH_S": "0.05",
            },
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    return run
