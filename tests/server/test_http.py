"""What is around a body is bounded before any token is looked at."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse

import pytest

from tailback.server.http import MAX_AROUND_BYTES
from tests.server.live import Live, until

ENDLESS = {
    "one header": (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ", b"a" * 65_536),
    "many headers": (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", b"X-Many: a\r\n" * 6_000),
    "an address": (b"GET /", b"a" * 65_536),
    "trailers": (
        (
            b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"1\r\na\r\n0\r\nX-Trailer: "
        ),
        b"a" * 65_536,
    ),
}


def connect(live: Live) -> socket.socket:
    host, port = live.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


@pytest.mark.parametrize("kind", ENDLESS)
def test_what_never_ends_around_a_body_ends_the_connection(live: Live, kind: str) -> None:
    head, more = ENDLESS[kind]
    sent = 0

    with connect(live) as connection:
        connection.sendall(head)
        try:
            for _ in range(800):
                connection.sendall(more)
                sent += len(more)
        except OSError:
            pass

    assert sent < 20_000_000
    until(lambda: live.get("/healthz").status_code == 200)


def test_too_long_a_head_is_answered_with_the_bound(live: Live) -> None:
    with connect(live) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Long: " + b"a" * MAX_AROUND_BYTES)
        connection.shutdown(socket.SHUT_WR)

        answer = connection.recv(65_536)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"More than 65536 bytes around the body." in answer


def test_a_body_in_the_smallest_chunks_and_the_next_request_pass(live: Live) -> None:
    body = b'{"v":1,"source":"shop","events":[]}' + b" " * 40_000
    host, port = live.url.removeprefix("http://").split(":")

    def chunks() -> Iterator[bytes]:
        yield from (b"1\r\n%c\r\n" % byte for byte in body)
        yield b"0\r\n\r\n"

    head = (
        f"POST /api/v1/events HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Authorization: Bearer {live.token('ingest', 'shop')}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    with connect(live) as connection:
        for _ in range(2):
            connection.sendall(head.encode() + b"".join(chunks()))

            answer = HTTPResponse(connection)
            answer.begin()
            assert answer.status == 202
            assert json.loads(answer.read())["accepted"] == 0
