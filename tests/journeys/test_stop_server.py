"""SIGTERM under load, with everything that could hold a server up: nothing lost, gone in time."""

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.journeys.test_kill_server import Producer, Server, _sum, counts, expected
from tests.server.live import until

WITHIN_S = 10.0
ROUNDS = 3
PRODUCERS = 4


@contextlib.contextmanager
def silent_broker() -> Iterator[int]:
    """A port that accepts connections and never says a word: what reads it hangs."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield int(listener.getsockname()[1])


def half_a_request(port: int, head: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(head.encode())
    return connection


def test_a_stop_under_load_loses_nothing_and_ends_in_time(tmp_path: Path) -> None:
    with silent_broker() as silent:
        server = Server(tmp_path, "--source", f"huey=redis://127.0.0.1:{silent}/0?name=x")
        process = server.start()
        stop = threading.Event()
        token = server.token()
        producers = [
            Producer(f"p{n}", server.port, token, stop, server.source) for n in range(PRODUCERS)
        ]
        threads = [threading.Thread(target=producer.run, daemon=True) for producer in producers]
        for thread in threads:
            thread.start()
        took = []
        try:
            for _ in range(ROUNDS):
                before = _sum(producers)
                until(lambda before=before: _sum(producers) > before + 2_000, 120.0)
                stalled = half_a_request(
                    server.port,
                    f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n"
                    f"Authorization: Bearer {token}\r\n\r\n{{",
                )
                viewer = half_a_request(
                    server.port,
                    f"GET /api/v1/events/stream HTTP/1.1\r\nHost: x\r\n"
                    f"Authorization: Bearer {server.read_token()}\r\n\r\n",
                )
                assert viewer.recv(12) == b"HTTP/1.1 200"
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                code = process.wait(60)
                took.append(time.monotonic() - began)
                stalled.close()
                viewer.close()
                assert code == 0, (tmp_path / "log").read_text(encoding="utf-8")
                process = server.start()
        finally:
            stop.set()
            for thread in threads:
                thread.join(60)
            process.terminate()
            process.wait(60)

    assert max(took) < WITHIN_S, took
    assert [producer.faults for producer in producers] == [[]] * PRODUCERS
    assert counts(server.database) == expected(producers)
