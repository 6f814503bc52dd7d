"""What the benchmarks share: real processes, what they cost, and how steady the machine is."""

import contextlib
import http.client
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 30.0
_READY = re.compile(r"TAILBACK_DSN=(\S+)")


class Program:
    """A started program; its output goes to a file in its folder."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._output = self.log.open("ab")
        clean = {
            key: value for key, value in os.environ.items() if not key.startswith("TAILBACK_")
        }
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**clean, "PYTHONUNBUFFERED": "1", **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def alive(self) -> bool:
        return self.process.poll() is None

    def cpu_s(self) -> float:
        """CPU seconds of all its threads, ended ones too, from the clock that Linux keeps of it."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def rss_bytes(self) -> int:
        said = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii")
        return int(said.split()[1]) * resource.getpagesize()

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """Ask it to end, as an operator does; kill it when it does not."""
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._output.close()


class Tailback(Program):
    """`tailback up` on a database of the folder; ready when its constructor returns."""

    def __init__(self, folder: Path, *options: str, source: str = "app") -> None:
        database = f"sqlite:///{folder / 'tailback.db'}"
        listen = f"127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "tailback", "up", "--listen", listen]
        begin = time.monotonic()
        super().__init__("tailback", [*command, "--database", database, *options], folder)
        already = len(_READY.findall(self.text()))
        until(lambda: len(_READY.findall(self.text())) > already, "tailback up", self)
        self.ready_s = time.monotonic() - begin
        self.database = folder / "tailback.db"
        local = json.loads((folder / "local.json").read_text(encoding="utf-8"))
        self.url, self.token, self.ingest = local["url"], local["token"], local["ingest"][source]
        self.dsn = _READY.findall(self.text())[-1]

    def get(self, path: str) -> Any:
        return fetch_json(self.url + path, {"Authorization": f"Bearer {self.token}"})

    def lanes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/api/v1/lanes")["lanes"]
        return found


class Connection:
    """A keep-alive connection that posts batches, as an agent does."""

    def __init__(self, url: str, token: str = "") -> None:
        self._http = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def post(self, body: bytes) -> dict[str, Any]:
        self._http.request("POST", "/api/v1/events", body, self._headers)
        answer = self._http.getresponse()
        text = answer.read()
        if answer.status >= 300:
            sys.exit(f"the server answered {answer.status}: {text[:300]!r}")
        said: dict[str, Any] = json.loads(text)
        return said


def fetch(url: str, headers: Mapping[str, str] | None = None) -> bytes:
    with urllib.request.urlopen(
        urllib.request.Request(url, headers=dict(headers or {})), timeout=30
    ) as said:
        body: bytes = said.read()
        return body


def fetch_json(url: str, headers: Mapping[str, str] | None = None) -> Any:
    return json.loads(fetch(url, headers))


def until(
    look: Callable[[], T], what: str, program: Program | None = None, timeout_s: float = 120.0
) -> T:
    """Return what `look` answers as soon as it is true; end the benchmark when it never is."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = look()
        if found:
            return found
        if program is not None and not program.alive():
            sys.exit(f"{program.name} ended: {program.text()[-2000:]}")
        if time.monotonic() > deadline:
            said = program.text()[-2000:] if program is not None else ""
            sys.exit(f"{what} did not happen within {timeout_s:.0f} s\n{said}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder on the disk of the working directory, as memory would make every sync free."""
    with tempfile.TemporaryDirectory(prefix="tailback-bench-", dir=".") as name:
        yield Path(name).absolute()


@contextlib.contextmanager
def running(program: Program) -> Iterator[Program]:
    try:
        yield program
    finally:
        program.stop()


def redis_server(place: Path) -> tuple[Program, str]:
    """Start a Redis of our own; return it with its URL."""
    binary = shutil.which("redis-server")
    if binary is None:
        sys.exit("redis-server is not installed; install the package redis-server")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(place)]
    program = Program("redis", [binary, *options], place)

    def accepts() -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=0.5),
        ):
            return True
        return False

    until(accepts, "redis-server", program)
    return program, f"redis://127.0.0.1:{port}/0"


def anchor(place: Path) -> tuple[float, float]:
    """How fast the machine is right now: a sync of the disk and a loop of Python, in seconds."""
    with (place / "anchor").open("wb", buffering=0) as file:
        syncs = []
        for _ in range(20):
            file.write(b"x" * 4096)
            begin = time.perf_counter()
            os.fdatasync(file.fileno())
            syncs.append(time.perf_counter() - begin)
    begin = time.process_time()
    sum(number * number for number in range(200_000))
    return statistics.median(syncs), time.process_time() - begin


def machine() -> str:
    """One line about where this was measured."""
    cpu = "unknown CPU"
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                cpu = line.partition(":")[2].strip()
                break
    load = os.getloadavg()
    python = sys.version.split()[0]
    return f"{os.cpu_count()} CPUs ({cpu}), Python {python}, load {load[0]:.1f} of the last minute"
