"""Workers and producers of contract tests, as real processes that can be killed without mercy."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tailback.testing.launch import MEASURED
from tailback.testing.waiting import POLL_S

STOP_TIMEOUT_S = 15.0
SAVE_TIMEOUT_S = 5.0


def _family(root: int) -> list[int]:
    """Return what lives of `root`, its descendants and its session, which a horse never leaves."""
    command = ["ps", "-A", "-o", "pid=,ppid=,sess=,stat="]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [root]
    children: dict[int, list[int]] = {}
    for line in answer.stdout.splitlines():
        *numbers, state = line.split()
        pid, parent, session = map(int, numbers)
        if state.startswith("Z"):
            continue
        children.setdefault(parent, []).append(pid)
        if session == root and pid != root:
            found.append(pid)
    for pid in found:
        found += [child for child in children.get(pid, []) if child not in found]
    return found


class Process:
    """A started program; its output goes to `log`."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        folder: Path | None = None,
    ) -> None:
        self.log = log
        self._output = log.open("ab")
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL the program and everything it started: nothing of it runs another line."""
        if self._output.closed:
            return
        self._send(signal.SIGKILL)
        self._process.wait(STOP_TIMEOUT_S)
        self._output.close()

    def close(self) -> None:
        """Leave nothing behind, however the test ended; measured code may save what it saw."""
        if MEASURED in os.environ and not self._output.closed:
            self._send(signal.SIGUSR2)
            deadline = time.monotonic() + SAVE_TIMEOUT_S
            while self._send(0) and time.monotonic() < deadline:
                time.sleep(POLL_S)
        self.kill()

    def _send(self, number: int) -> int:
        """Signal all that live (0 does nothing to them) and return how many there are."""
        living = [
            pid for pid in _family(self._process.pid) if pid != self._process.pid or self.alive()
        ]
        for pid in living:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return len(living)

    def kill_alone(self) -> None:
        """SIGKILL the program only: what it started goes on, until `kill`."""
        self._process.kill()
        self._process.wait(STOP_TIMEOUT_S)

    def stop(self) -> None:
        """Ask it to end, as a deploy does; kill what does not."""
        if self.alive():
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_TIMEOUT_S)
        self.kill()

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


class Producer:
    """A process that enqueues on request: it calls functions of the system's test application."""

    def __init__(self, app: str, environment: Mapping[str, str], log: Path) -> None:
        self._output = log.open("ab")
        self._log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tailback.testing.launch", "tailback.testing.producer", app],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            start_new_session=True,
        )

    def call(self, function: str, *args: Any) -> Any:
        """Return `{"answer", "at"}`: what the application's function answered, and when."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([function, args]).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the producer ended: {self._log.read_text(errors='replace')[-3000:]}"
        answer = json.loads(line)
        assert "failure" not in answer, answer["failure"]
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # it died before it read everything
            self._process.stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_TIMEOUT_S)
        self._process.stdout.close()
        self._output.close()
