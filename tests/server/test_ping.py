"""Heartbeats of scheduled work: open, but only for who knows the word."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tailback.core.model import Lane
from tailback.server.config import Config
from tailback.server.config.model import Heartbeat
from tests.server.live import Live, live_server, until

CONFIG = Config(
    lanes=(
        Lane(key="nightly", name="Nightly", source="app", queue="nightly"),
        Lane(key="ü", name="Ü", source="app", queue="ü"),
    ),
    heartbeats=(
        Heartbeat(lane="nightly", token="s3cret-night"),
        Heartbeat(lane="ü", token="wörd"),
        Heartbeat(lane="no-such-lane", token="lost-word"),
    ),
)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("ping") / "t.db", CONFIG) as server:
        yield server


@pytest.mark.parametrize("path", ["", "/start", "/fail"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_word_alone_is_enough(live: Live, path: str, method: str) -> None:
    live.lane("nightly", lambda lane: lane)

    answer = httpx.request(method, f"{live.url}/ping/s3cret-night{path}", content=b"its output")

    assert (answer.status_code, answer.text) == (200, "ok\n")


@pytest.mark.parametrize(
    "token", ["s3cret", "s3cret-nightly", "S3CRET-NIGHT", "%00", "nightly", "x" * 5_000, "%ff%fe"]
)
def test_another_word_is_not_found_and_tells_nothing(live: Live, token: str) -> None:
    answer = httpx.get(f"{live.url}/ping/{token}")

    assert answer.status_code == 404
    assert "nightly" not in answer.json()["detail"]


def test_words_beyond_ascii_work(live: Live) -> None:
    live.lane("ü", lambda lane: lane)

    assert httpx.get(f"{live.url}/ping/w%C3%B6rd").status_code == 200


def test_a_word_whose_lane_does_not_exist_is_not_found(live: Live) -> None:
    assert httpx.get(f"{live.url}/ping/lost-word").status_code == 404


def test_a_huge_body_of_a_ping_is_not_read(live: Live) -> None:
    with contextlib.suppress(httpx.HTTPError):  # the server may hang up on the rest of it
        answer = httpx.post(f"{live.url}/ping/s3cret-night", content=bytes(20 * 1024 * 1024))
        assert answer.status_code in (200, 413)
    until(lambda: httpx.get(f"{live.url}/healthz").status_code == 200)


def test_other_methods_are_refused(live: Live) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        assert httpx.request(method, f"{live.url}/ping/s3cret-night").status_code in (
            401,
            403,
            405,
        )


def test_without_heartbeats_no_word_opens_anything(tmp_path: Path) -> None:
    with live_server(tmp_path / "t.db") as bare:
        assert httpx.get(f"{bare.url}/ping/s3cret-night").status_code == 404
