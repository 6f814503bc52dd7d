import select
import socket
import ssl
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tailback.agent.settings import Dsn, parse_dsn
from tailback.agent.transport import Transport
from tests.agent.intake import Intake, Reply


@pytest.fixture
def transport(intake: Intake) -> Iterator[Transport]:
    made = Transport(parse_dsn(intake.dsn))
    yield made
    made.close()


def test_the_answer_is_returned(intake: Intake, transport: Transport) -> None:
    intake.replies = [Reply(429, b"slow down", headers={"Retry-After": "12"})]

    answer = transport.post("/x", b"{}", {})

    assert (answer.status, answer.body, answer.retry_after_s) == (429, b"slow down", 12.0)


def test_a_retry_after_that_is_a_date_is_not_guessed(intake: Intake, transport: Transport) -> None:
    intake.replies = [Reply(503, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"})]

    assert transport.post("/x", b"{}", {}).retry_after_s is None


def test_a_connection_closed_between_two_requests_is_opened_again(
    intake: Intake, transport: Transport
) -> None:
    transport.post("/x", b"{}", {})
    intake.stop()
    intake.start()
    assert transport._connection is not None
    transport._connection.sock.shutdown(socket.SHUT_RDWR)

    assert transport.post("/x", b"{}", {}).status == 202


def test_a_server_that_asks_to_close_is_obeyed(intake: Intake, transport: Transport) -> None:
    intake.replies = [Reply(headers={"Connection": "close"}, close=True)]
    transport.post("/x", b"{}", {})

    assert transport._connection is None
    assert transport.post("/x", b"{}", {}).status == 202


def test_an_endless_answer_is_not_read_to_its_end(intake: Intake, transport: Transport) -> None:
    intake.replies = [Reply(200, b"x" * 1_000_000, record=False)]

    answer = transport.post("/x", b"{}", {})

    assert len(answer.body) == 256 * 1024
    assert transport._connection is None


def test_nobody_listening_is_an_answer_without_status(intake: Intake) -> None:
    intake.stop()

    answer = Transport(parse_dsn(intake.dsn)).post("/x", b"{}", {})

    assert (answer.status, answer.sent) == (None, False)
    assert "refused" in answer.detail


def test_an_unknown_host_is_an_answer_without_status() -> None:
    answer = Transport(parse_dsn("http://t@no-such-host.invalid/s")).post("/x", b"{}", {})

    assert (answer.status, answer.sent) == (None, False)


def test_a_token_that_no_header_can_carry_is_an_answer_without_status(intake: Intake) -> None:
    dsn = parse_dsn(intake.dsn)
    wrong = Dsn(secure=False, host=dsn.host, port=dsn.port, path="", token="a\nb", source="s")

    assert Transport(wrong).post("/x", b"{}", {}).status is None


def test_a_silent_server_is_given_up_and_the_time_is_used(
    intake: Intake, transport: Transport
) -> None:
    release = threading.Event()
    intake.replies = [Reply(hold=release)]
    turns: list[int] = []

    answer = transport.post("/x", b"{}", {}, timeout_s=0.5, meanwhile=lambda: turns.append(1))
    release.set()

    assert (answer.status, answer.sent, answer.detail) == (None, True, "no answer in time")
    assert turns


def test_something_that_is_not_http_is_an_answer_without_status() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(b"220 mail.example.com ESMTP\r\n\r\n")

        threading.Thread(target=talk, daemon=True).start()
        port = server.getsockname()[1]

        answer = Transport(parse_dsn(f"http://t@127.0.0.1:{port}/s")).post("/x", b"{}", {})

    assert answer.status is None
    assert answer.detail.startswith("BadStatusLine")


def test_a_secure_address_is_spoken_to_in_tls_and_its_certificate_checked(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        first_bytes: list[bytes] = []

        def talk() -> None:
            client, _ = server.accept()
            with client:
                first_bytes.append(client.recv(3))

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        port = server.getsockname()[1]

        answer = Transport(parse_dsn(f"https://t@127.0.0.1:{port}/s")).post("/x", b"{}", {})
        thread.join(10)

    assert answer.status is None
    assert first_bytes[0][:2] == b"\x16\x03"  # a TLS handshake
    assert ssl.create_default_context().check_hostname


def test_a_forked_child_lets_go_of_its_parents_connection_without_closing_it(
    intake: Intake, transport: Transport
) -> None:
    transport.post("/x", b"{}", {})
    assert transport._connection is not None
    ours = transport._connection.sock.dup()

    transport.abandon()
    transport.abandon()

    ours.sendall(b"POST /y HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
    assert ours.recv(12) == b"HTTP/1.1 202"
    ours.close()


def test_a_connection_that_never_came_up_is_let_go_too(transport: Transport) -> None:
    transport._connection = HTTPConnection("127.0.0.1", 9)

    transport.abandon()

    assert transport._connection is None


def test_a_system_without_poll_waits_all_the_same(
    intake: Intake, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(select, "poll")

    assert transport.post("/x", b"{}", {}).status == 202
