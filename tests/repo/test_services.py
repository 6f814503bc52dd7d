"""The services that other tests stand on really start, one by one."""

import urllib.request
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from tests.services import Rabbit, run_postgres


def test_redis_starts_on_a_port_of_its_own(redis_server: str) -> None:
    client = redis.Redis.from_url(redis_server)

    assert client.ping()
    assert urlsplit(redis_server).port != 6379
    client.close()


def test_rabbitmq_starts_with_its_management_api(rabbitmq: Rabbit) -> None:
    parts = urlsplit(rabbitmq.management_url)
    request = urllib.request.Request(f"http://127.0.0.1:{parts.port}/api/overview")
    request.add_header("Authorization", "Basic " + b64encode(b"guest:guest").decode())

    with urllib.request.urlopen(request, timeout=5) as answer:
        assert b"rabbitmq_version" in answer.read()


def test_postgresql_gives_an_empty_database(tmp_path: Path) -> None:
    # Not the session's database: other tests of this process may have filled that one.
    with run_postgres(tmp_path) as url, psycopg.connect(url) as connection:
        rows = connection.execute(
            "select count(*) from pg_tables where schemaname = 'public'"
        ).fetchall()

    assert rows == [(0,)]
