"""The RabbitMQ probe: what the management API may answer, and what is left without it."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tailback.core.system import Probe, ProbeError
from tailback.systems.celery.probe import open_probe
from tailback.testing.rig import now
from tailback.testing.waiting import eventually
from tests.services import Rabbit, free_port
from tests.systems.celery_rig import RabbitRig


class Api:
    """A management API that says what a test wants; no AMQP listens beside it."""

    def __init__(self) -> None:
        self.queues: list[dict[str, Any]] = []
        self.status = 200
        self.raw: bytes | None = None
        self.asked: list[str] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                api.asked.append(self.path)
                status, body = api.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, path: str) -> tuple[int, bytes]:
        if self.raw is not None or self.status != 200:
            return self.status, self.raw or b"{}"
        name = path.partition("?")[0].removeprefix("/api/queues/%2F").removeprefix("/")
        if not name:
            page = {"items": self.queues, "page_count": 1}
            return 200, json.dumps(page).encode()
        found = next((one for one in self.queues if one["name"] == name), None)
        return (
            (200, json.dumps(found).encode()) if found else (404, b'{"error":"Object Not Found"}')
        )


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    yield api
    api.server.shutdown()
    api.server.server_close()


@contextlib.contextmanager
def probing(management_url: str, url: str | None = None) -> Iterator[Probe]:
    broker = url or f"amqp://u:secret@127.0.0.1:{free_port()}//"
    with contextlib.closing(
        open_probe("shop", broker, {"management_url": management_url})
    ) as probe:
        yield probe


def queue(name="emails", ready=0, taken=0, **more):
    return {
        "name": name,
        "messages_ready": ready,
        "messages_unacknowledged": taken,
        "consumers": 1,
        **more,
    }


def test_only_queues_for_jobs_are_found(api: Api) -> None:
    uid = "0b0f7a52-1111-4222-8333-0123456789ab"
    names = [
        "emails",
        "w1@host.celery.pidbox",
        f"{uid}.reply.celery.pidbox",
        "celeryev.x",
        "amq.gen-1",
        "celery_delayed_7",
    ]
    api.queues = [{"name": name} for name in names]
    api.queues += [{"name": uid, "auto_delete": True}, {"name": "mine", "exclusive": True}]

    with probing(api.url) as probe:
        assert probe.discover() == ["emails"]


def test_a_time_that_the_publisher_wrote_is_the_age_of_the_first_ready_message(api: Api) -> None:
    api.queues = [queue(ready=3, head_message_timestamp=int(now()) - 700)]

    with probing(api.url) as probe:
        (reading,) = probe.read(["emails"], now())

    assert reading.oldest_source == "broker"
    assert 699 < now() - reading.oldest_due_at < 710
    assert 699 < reading.ready_wait < 710


def test_a_first_ready_message_that_is_not_due_makes_nothing_late(api: Api) -> None:
    api.queues = [queue(ready=3, head_message_timestamp=int(now()) + 700)]

    with probing(api.url) as probe:
        (reading,) = probe.read(["emails"], now())

    assert (reading.waiting, reading.oldest_due_at) == (3, None)


def test_without_a_time_the_age_is_at_least_since_it_was_published(api: Api) -> None:
    published = {"publish": 100}
    api.queues = [queue(ready=4, message_stats=published, head_message_timestamp="")]

    with probing(api.url) as probe:
        (first,) = probe.read(["emails"], now())
        published["publish"], api.queues[0]["messages_ready"] = 110, 12
        (stuck,) = probe.read(["emails"], now())
        api.queues[0]["messages_ready"] = 2
        (moved,) = probe.read(["emails"], now())

    assert first.oldest_source == "first_seen"
    assert stuck.oldest_due_at == first.oldest_due_at
    assert moved.oldest_due_at > first.oldest_due_at


def test_what_workers_hold_is_counted_and_never_called_late_or_done(api: Api) -> None:
    api.queues = [queue(taken=30), queue("idle")]

    with probing(api.url) as probe:
        held, idle = probe.read(["emails", "idle"], now())

    assert (held.waiting, held.oldest_due_at, held.running, held.retrying) == (0, None, None, None)
    assert held.notes == ("held-by-workers=30",)
    assert not held.sees_all
    assert idle.sees_all


def test_messages_in_celerys_native_delays_belong_to_some_queue(api: Api) -> None:
    api.queues = [queue(), {"name": "celery_delayed_3", "messages": 5}]

    with probing(api.url) as probe:
        probe.discover()
        (reading,) = probe.read(["emails"], now())

    assert not reading.sees_all
    assert reading.notes == ("delayed-for-all-queues=5",)


def test_a_queue_without_statistics_yet_is_not_known(api: Api) -> None:
    api.queues = [{"name": "emails"}]

    with probing(api.url) as probe:
        fresh, absent = probe.read(["emails", "absent"], now())

    assert (fresh.waiting, fresh.workers, fresh.sees_all) == (None, None, False)
    assert (absent.waiting, absent.workers) == (0, 0)


def test_many_queues_are_asked_for_together(api: Api) -> None:
    api.queues = [queue(f"q{n}", ready=n) for n in range(100)]

    with probing(api.url) as probe:
        readings = probe.read([f"q{n}" for n in range(100)], now())

    assert [reading.waiting for reading in readings] == list(range(100))
    assert len(api.asked) == 1


def test_a_connection_that_was_cut_between_two_looks_is_made_again(api: Api) -> None:
    api.queues = [queue(ready=3)]

    with probing(api.url) as probe:
        probe.read(["emails"], now())
        probe._api._connection.sock.shutdown(socket.SHUT_RDWR)
        (again,) = probe.read(["emails"], now())
        probe._api._connection.sock.shutdown(socket.SHUT_RDWR)
        api.server.shutdown()
        api.server.server_close()
        with pytest.raises(ProbeError, match="rabbitmq-plugins enable"):
            probe.read(["emails"], now())

    assert again.waiting == 3


@pytest.mark.parametrize(
    ("status", "raw", "says"),
    [
        (401, b'{"error":"not_authorised"}', "monitoring"),
        (403, b"", "monitoring"),
        (200, b"<html>hello</html>", "is not the RabbitMQ management API"),
        (500, b"{}", "is not the RabbitMQ management API"),
        (200, b"null", "is not the RabbitMQ management API"),
        (200, b" " * (9 * 1024 * 1024), "is not the RabbitMQ management API"),
    ],
)
def test_an_answer_of_another_kind_is_told_with_its_remedy(
    api: Api, status: int, raw: bytes, says: str
) -> None:
    api.status, api.raw = status, raw

    with probing(api.url) as probe, pytest.raises(ProbeError, match=says) as caught:
        probe.read(["emails"], now())

    assert "secret" not in str(caught.value)


def test_nothing_that_answers_is_told_with_its_remedy() -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    with probing(nowhere) as probe:
        with pytest.raises(ProbeError, match="rabbitmq-plugins enable"):
            probe.read(["emails"], now())
        assert probe.discover() == []


def test_without_the_management_api_ready_messages_and_consumers_remain(
    rabbitmq: Rabbit, tmp_path: Path
) -> None:
    with RabbitRig(rabbitmq, tmp_path) as rig:
        rig.fill("emails", 3)

        with probing(f"http://127.0.0.1:{free_port()}", rig.broker) as probe:
            for _ in range(2):
                emails, absent = probe.read(["emails", "absent"], now())

        assert (emails.waiting, emails.workers, emails.oldest_due_at) == (3, 0, None)
        assert emails.notes == ("without-management-api",)
        assert (absent.waiting, absent.workers) == (0, 0)


def test_a_queue_of_a_real_node_shows_its_age_across_a_restart_of_the_connection(
    rabbitmq: Rabbit, tmp_path: Path
) -> None:
    with RabbitRig(rabbitmq, tmp_path) as rig:
        rig.fill("emails", 3)

        with rig.opened() as probe:
            first = eventually(
                lambda: next((r for r in probe.read(["emails"], now()) if r.oldest_due_at), None),
                "the statistics know the messages",
            )
            probe._api.close()
            probe._passive.close()
            (again,) = probe.read(["emails"], now())

        assert again.oldest_due_at == first.oldest_due_at
        assert again.waiting == 3
