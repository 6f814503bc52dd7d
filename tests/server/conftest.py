"""What many tests of the server need: a running one, and a database of Redis."""

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.server.live import Live, live_server


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("live") / "tailback.db") as server:
        yield server


@pytest.fixture
def redis_url(redis_server: str) -> Iterator[str]:
    """The URL of an empty database."""
    url = f"{redis_server}/5"
    with Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()
