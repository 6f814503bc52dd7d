"""A counter asked of a Prometheus on the wire: what it answers, and what is no answer."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tailback.core.system import ProbeError
from tailback.server.config import Config, OutcomeQuery
from tailback.server.loops.prometheus import grown_between
from tests.server.live import live_server, until

QUERY = "sum(increase(payments_total[:window]))"


class Prometheus:
    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.status, self.body = 200, b""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                assert parts.path == "/api/v1/query"
                outer.asked.append(parse_qs(parts.query))
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.body)))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def vector(self, *values: str) -> None:
        result = [{"metric": {}, "value": [1, value]} for value in values]
        self.body = json.dumps({"data": {"resultType": "vector", "result": result}}).encode()


@pytest.fixture
def prometheus() -> Iterator[Prometheus]:
    fake = Prometheus()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


def test_the_growth_in_the_span_is_asked_for(prometheus: Prometheus) -> None:
    prometheus.vector("41.7")

    assert grown_between(prometheus.url + "/", QUERY, 1000.0, 1060.0) == 42
    (asked,) = prometheus.asked
    assert asked == {"query": ["sum(increase(payments_total[60s]))"], "time": ["1060.000"]}

    prometheus.body = b'{"data": {"resultType": "scalar", "result": [1, "3"]}}'
    assert grown_between(prometheus.url, QUERY, 1000.0, 1060.0) == 3


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b'{"data": {"resultType": "vector", "result": []}}', "answers nothing"),
        (200, b"<html>", "no answer of Prometheus"),
        (200, b'{"data": 1}', "no answer of Prometheus"),
        (200, b"x" * 70_000, "answers too much"),
        (400, b"{}", "answered 400"),
        (302, b"", "answered 302"),
    ],
)
def test_what_is_no_number_is_not_zero(
    prometheus: Prometheus, status: int, body: bytes, said: str
) -> None:
    prometheus.status, prometheus.body = status, body

    with pytest.raises(ProbeError, match=said):
        grown_between(prometheus.url, QUERY, 1000.0, 1060.0)


@pytest.mark.parametrize(
    ("values", "said"), [(["1", "2"], "answers 2 series"), (["NaN"], "answers no number")]
)
def test_several_series_or_no_number_are_refused(
    prometheus: Prometheus, values: list[str], said: str
) -> None:
    prometheus.vector(*values)

    with pytest.raises(ProbeError, match=said):
        grown_between(prometheus.url, QUERY, 1000.0, 1060.0)


def test_a_server_keeps_what_it_was_answered(prometheus: Prometheus, tmp_path: Path) -> None:
    prometheus.vector("7")
    outcome = OutcomeQuery(name="paid", query=QUERY, every_s=60.0, prometheus=prometheus.url)

    with live_server(tmp_path / "t.db", Config(outcomes=(outcome,))) as live:
        series = until(lambda: live.store.outcomes.series("paid", from_=0, to=2**40, step_s=2**39))

    assert [count for _, count in series] == [7]
