"""The Redis probe against a real server: odd keys, long lists, missing rights, priorities."""

import contextlib
import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tailback.core.actions import Target
from tailback.core.system import Probe, ProbeError
from tailback.systems.celery import OPTIONS
from tailback.systems.celery.message import MAX_BYTES
from tailback.systems.celery.message_list import SAMPLE
from tailback.systems.celery.probe import open_probe
from tailback.systems.celery.redis_probe import MAX_TAKEN_READ
from tailback.testing.redis_guard import watch_redis
from tailback.testing.rig import now
from tests.services import free_port, run_redis


def message(first=None, *, queue="emails", retries=0, body="e30=", **headers):
    plain = {
        "id": str(uuid.uuid4()),
        "task": "shop.send",
        "retries": retries,
        "eta": None,
        **headers,
    }
    if first is not None:
        plain["tailback"] = {"first": first}
    return {
        "body": body,
        "headers": plain,
        "properties": {"delivery_info": {"routing_key": queue}},
    }


@pytest.fixture
def server(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@contextlib.contextmanager
def probing(url: str, **options: object) -> Iterator[Probe]:
    with contextlib.closing(open_probe("shop", url, options)) as probe:
        yield probe


def take(server: Redis, *messages: dict, queue="emails", at=None) -> None:
    """Put messages into the hands of a worker, as Celery does when it fetches them."""
    for one in messages:
        tag = str(uuid.uuid4())
        server.hset("unacked", tag, json.dumps([one, "", queue]))
        server.zadd("unacked_index", {tag: now() if at is None else at})


def test_every_priority_list_is_read(redis_url: str, server: Redis) -> None:
    server.lpush("emails", json.dumps(message(now() - 10)))
    server.lpush("emails\x06\x169", json.dumps(message(now() - 500)))

    with probing(redis_url) as probe:
        (reading,) = probe.read(["emails"], now())

    assert reading.waiting == 2
    assert 499 < now() - reading.oldest_due_at < 510
    assert reading.oldest_source == "stamp"
    assert reading.sees_all


def test_keys_are_named_as_the_options_say(redis_url: str, server: Redis) -> None:
    server.lpush("app-emails:5", json.dumps(message(now() - 500)))
    server.sadd("app-_kombu.binding.emails", "emails::emails")
    options = {
        "global_keyprefix": "app-",
        "sep": ":",
        "priority_steps": [0, 5],
        "queues": ["other"],
    }
    assert options.keys() <= OPTIONS.keys()

    with probing(redis_url, **options) as probe:
        assert probe.discover() == ["emails", "other"]
        (reading,) = probe.read(["emails"], now())

    assert reading.waiting == 1
    assert 499 < now() - reading.oldest_due_at < 510


def test_a_retry_at_the_young_end_of_the_list_is_the_oldest(redis_url: str, server: Redis) -> None:
    server.lpush("emails", *(json.dumps(message(now() - 5)) for _ in range(10 * SAMPLE)))
    server.lpush("emails", json.dumps(message(now() - 4000, retries=9)))

    with probing(redis_url) as probe:
        (reading,) = probe.read(["emails"], now())

    assert 3999 < now() - reading.oldest_due_at < 4010
    assert reading.oldest_source == "sample"


def test_without_stamps_an_age_grows_from_the_first_look(redis_url: str, server: Redis) -> None:
    server.lpush("emails", json.dumps(message()), json.dumps(message()))

    with probing(redis_url) as probe:
        (first,) = probe.read(["emails"], now())
        looked_once = now()
        server.lpush("emails", json.dumps(message()))
        (stuck,) = probe.read(["emails"], now())
        server.rpop("emails", 2)
        (moved,) = probe.read(["emails"], now())
        server.rpop("emails")
        (empty,) = probe.read(["emails"], now())

    assert first.oldest_source == "first_seen"
    assert first.oldest_due_at <= stuck.oldest_due_at <= looked_once
    assert moved.oldest_due_at > looked_once
    assert (empty.waiting, empty.oldest_due_at) == (0, None)


def test_messages_in_the_hands_of_workers_stay_with_their_queue(
    redis_url: str, server: Redis
) -> None:
    take(server, message(now() - 100, retries=3), queue="emails")
    take(server, message(now() - 7), message(), queue="exports")

    with probing(redis_url) as probe:
        emails, exports = probe.read(["emails", "exports"], now())

    assert (emails.retrying, emails.waiting) == (1, 0)
    assert (exports.retrying, exports.waiting) == (0, 2)
    assert 99 < now() - emails.oldest_due_at < 110
    assert exports.notes == ("held-by-workers=2",)


def test_many_messages_in_the_hands_of_workers_are_read_over_several_looks(
    redis_url: str, server: Redis
) -> None:
    count = 2 * MAX_TAKEN_READ + 10
    take(server, *(message(now() - 50, retries=1) for _ in range(count)))

    with probing(redis_url) as probe:
        seen = [probe.read(["emails"], now())[0].retrying for _ in range(3)]
        with watch_redis(redis_url) as traffic:
            probe.read(["emails"], now())

    assert seen == [None, None, count]
    assert traffic.calls < 30


def test_huge_and_foreign_elements_are_counted(redis_url: str, server: Redis) -> None:
    server.lpush("emails", json.dumps(message(body="x" * MAX_BYTES)), b"\xff\x00", b"[]")
    take(server, message(body="x" * MAX_BYTES))
    server.set("exports", "not a list")

    with probing(redis_url) as probe:
        emails, exports = probe.read(["emails", "exports"], now())

    assert emails.waiting == 3
    assert emails.oldest_source == "first_seen"
    assert emails.retrying is None
    assert not emails.sees_all
    assert (exports.waiting, exports.oldest_due_at) == (0, None)


def test_large_messages_are_read_in_small_numbers(redis_url: str, server: Redis) -> None:
    server.lpush("emails", *(json.dumps(message(now(), body="x" * 100_000)) for _ in range(40)))

    with probing(redis_url) as probe:
        (reading,) = probe.read(["emails"], now())

    assert reading.waiting == 40
    assert reading.notes == ("sampled=10",)


def test_queues_are_found_among_many_other_keys_in_bounded_steps(
    redis_url: str, server: Redis
) -> None:
    with server.pipeline(transaction=False) as pipeline:
        for number in range(30_000):
            pipeline.set(f"session:{number}", "x")
        for name in ("emails", "exports"):
            pipeline.sadd(f"_kombu.binding.{name}", f"{name}\x06\x16\x06\x16{name}")
        pipeline.sadd("_kombu.binding.celery.pidbox", "\x06\x16\x06\x16w1.celery.pidbox")
        pipeline.execute()

    with probing(redis_url) as probe, watch_redis(redis_url) as traffic:
        found = [probe.discover() for _ in range(2)]

    assert found[-1] == ["emails", "exports"]
    assert traffic.calls <= 50


def test_an_account_without_rights_is_told_what_it_needs(redis_url: str, server: Redis) -> None:
    server.execute_command("ACL", "SETUSER", "nobody", "reset", "on", ">x", "+@connection")
    url = redis_url.replace("redis://", "redis://nobody:x@")

    with probing(url) as probe, pytest.raises(ProbeError, match="read-only rules") as caught:
        probe.read(["emails"], now())

    assert "nobody:x" not in str(caught.value)


def test_a_server_that_is_gone_is_told_by_its_address() -> None:
    with (
        probing(f"redis://u:secret@127.0.0.1:{free_port()}/0") as probe,
        pytest.raises(ProbeError) as caught,
    ):
        probe.discover()

    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_unix_socket_is_read(tmp_path: Path) -> None:
    socket = tmp_path / "r.sock"
    with run_redis(tmp_path, "--unixsocket", str(socket)):
        with Redis(unix_socket_path=str(socket), db=3) as server:
            server.lpush("emails", json.dumps(message(now() - 5)))
        with probing(f"redis+socket://{socket}?virtual_host=3") as probe:
            (reading,) = probe.read(["emails"], now())

    assert reading.waiting == 1


def test_sizes_are_told_of_messages_at_the_ends_and_of_those_that_were_taken(
    redis_url: str, server: Redis
) -> None:
    near, taken, huge = message(), message(), message(body="x" * (MAX_BYTES + 1))
    ids = [one["headers"]["id"] for one in (near, taken, huge)]
    server.lpush("emails", json.dumps(near))
    server.lpush("emails\x06\x163", json.dumps(huge))
    take(server, taken)
    with probing(redis_url) as probe, watch_redis(redis_url) as traffic:
        found = probe.payload_bytes([Target(job, "emails") for job in (*ids, "gone")])
        nothing = probe.payload_bytes([Target("gone", "nowhere")])

    assert found == {
        ids[0]: len(json.dumps(near)),
        ids[1]: len(json.dumps([taken, "", "emails"])),
        ids[2]: len(json.dumps(huge)),
    }
    assert (nothing, traffic.writes) == ({}, [])


def test_a_source_that_holds_nothing_tells_no_size(redis_url: str, server: Redis) -> None:
    server.set("emails", "no list")
    with probing(redis_url) as probe:
        assert probe.payload_bytes([Target("gone", "emails")]) == {}
