"""Holders of an ingest token who mean harm: the server answers, and its memory stays bounded."""

import gzip
import http.client
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zstandard

from tailback import clock
from tests.journeys.test_kill_server import Server
from tests.server.live import until

AT_ONCE = 12
MIB = 1024 * 1024
ALLOWED_MIB = 200
STATUS = Path("/proc/self/status")


def peak_mib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) // 1024


def chunks(total: int, size: int = 65_536) -> Iterator[bytes]:
    for _ in range(total // size):
        yield b" " * size


class Sender:
    def __init__(self, server: Server) -> None:
        self._port = server.port
        self._head = {
            "Authorization": f"Bearer {server.token()}",
            "Content-Type": "application/json",
        }

    def post(self, body: bytes | Callable[[], Iterator[bytes]], **headers: str) -> int:
        """Return the status; 413 as well when the server hung up before it could be read."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            said = body if isinstance(body, bytes) else body()
            connection.request(
                "POST",
                "/api/v1/events",
                said,
                {**self._head, **headers},
                encode_chunked=not isinstance(body, bytes),
            )
            return connection.getresponse().status
        except (ConnectionError, http.client.HTTPException):
            return 413
        finally:
            connection.close()

    def many(self, body: bytes | Callable[[], Iterator[bytes]], **headers: str) -> set[int]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return set(pool.map(lambda _: self.post(body, **headers), range(AT_ONCE)))


def named(kind: str, number: int) -> bytes:
    events = [
        {"kind": "enqueued", "at": clock.now(), "id": f"{kind}{n}", "queue": f"{kind}-{n}"}
        for n in range(number, number + 10_000)
    ]
    return json.dumps({"v": 1, "events": events}).encode()


@pytest.mark.skipif(not STATUS.exists(), reason="the peak of memory is read from /proc")
def test_bad_input_of_every_kind_gets_an_answer_and_costs_bounded_memory(tmp_path: Path) -> None:
    server = Server(tmp_path)
    process = server.start()
    sender = Sender(server)
    spaces = b" " * (100 * MIB)
    bombs = {"gzip": gzip.compress(spaces, 9), "zstd": zstandard.compress(spaces)}
    before = peak_mib(process.pid)
    try:
        big = {"Transfer-Encoding": "chunked"}
        assert sender.many(lambda: chunks(50 * MIB), **big) == {413}
        assert sender.post(b"", **{"Content-Length": str(50 * MIB)}) == 413
        for encoding, bomb in bombs.items():
            assert len(bomb) < MIB
            assert sender.many(bomb, **{"Content-Encoding": encoding}) == {413}
        for deep in (b"[" * 10_000, b'{"events":[' + b'{"error":' * 10_000, b"[" * 900_000):
            assert sender.many(deep) == {400}
        for number in range(0, 100_000, 10_000):
            packed = gzip.compress(named("q", number), 1)
            assert sender.post(packed, **{"Content-Encoding": "gzip"}) == 202
        for body in (b"\x00" * 1000, b"\xff" * 1000, b"9" * 100_000, b"NaN", b'"\\ud800"'):
            assert sender.many(body) == {400}
        good = json.dumps({"v": 1, "events": []}).encode()
        until(lambda: sender.post(good) == 202)
        grown = peak_mib(process.pid) - before
    finally:
        process.terminate()
        process.wait(60)

    assert grown < ALLOWED_MIB
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert '"level": "error"' not in log
