"""Fixtures of the job systems' contract tests."""

import itertools
from collections.abc import Iterator

import pytest
from redis import Redis

DATABASES = itertools.cycle(range(16))


@pytest.fixture
def redis_url(redis_server: str) -> Iterator[str]:
    """An empty database of the session's Redis."""
    url = f"{redis_server}/{next(DATABASES)}"
    with Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()
