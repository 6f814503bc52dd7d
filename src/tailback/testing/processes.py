"""Workers and producers of contract tests, as real processes that can be killed without mercy."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

STOP_TIMEOUT_S = 15.0


def _family(root: int) -> list[int]:
    """Return `root`, its descendants and its session: a horse leaves the group and may survive."""
    command = ["ps", "-A", "-o", "pid=,ppid=,sess="]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    found = [root]
    children: dict[int, list[int]] = {}
    for line in answer.stdout.splitlines():
        pid, parent, session = map(int, line.split())
        children.setdefault(parent, []).append(pid)
        if session == root and pid != root:
            found.append(pid)
    for pid in found:
        found += [child for child in children.get(pid, []) if child not in found]
    return found


class Process:
    """A started program; its output goes to `log`."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        self._output = log.open("ab")
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
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
        for pid in _family(self._process.pid):
            if pid != self._process.pid or self.alive():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._process.wait(STOP_TIMEOUT_S)
        self._output.close()

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
