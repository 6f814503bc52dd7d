"""A running server that the tests of one module share."""

from collections.abc import Iterator

import pytest

from tests.server.live import Live, live_server


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("live") / "tailback.db") as server:
        yield server
