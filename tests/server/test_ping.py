"""Heartbeats of scheduled work: open, but only for who knows the word."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tailback import clock
from tailback.server.config import Config
from tailback.server.config.model import Heartbeat
from tests.server.live import Live, live_server

CONFIG = Config(
    heartbeats=(Heartbeat(lane="nightly", token="s3cret-night"), Heartbeat(lane="ü", token="wörd"))
)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("ping") / "t.db", CONFIG) as server:
        yield server


def count(live: Live, name: str) -> int:
    now = int(clock.now())
    series = live.store.outcomes.series(name, from_=now - 600, to=now + 600, step_s=1_200)
    return sum(count for _, count in series)


@pytest.mark.parametrize(("path", "name"), [("", "ok"), ("/start", "start"), ("/fail", "fail")])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_ping_is_counted_under_its_lane(live: Live, path: str, name: str, method: str) -> None:
    before = count(live, f"ping.nightly.{name}")

    answer = httpx.request(method, f"{live.url}/ping/s3cret-night{path}", content=b"its output")

    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert count(live, f"ping.nightly.{name}") == before + 1


@pytest.mark.parametrize(
    "token", ["s3cret", "s3cret-nightly", "S3CRET-NIGHT", "%00", "nightly", "x" * 5_000, "%ff%fe"]
)
def test_another_word_is_not_found_and_tells_nothing(live: Live, token: str) -> None:
    answer = httpx.get(f"{live.url}/ping/{token}")

    assert answer.status_code == 404
    assert "nightly" not in answer.json()["detail"]


def test_words_beyond_ascii_work(live: Live) -> None:
    assert httpx.get(f"{live.url}/ping/w%C3%B6rd").status_code == 200
    assert count(live, "ping.ü.ok") == 1


def test_a_huge_body_of_a_ping_is_not_read(live: Live) -> None:
    with contextlib.suppress(httpx.HTTPError):  # the server may hang up on the rest of it
        answer = httpx.post(f"{live.url}/ping/s3cret-night", content=bytes(20 * 1024 * 1024))
        assert answer.status_code in (200, 413)
    assert httpx.get(f"{live.url}/healthz").status_code == 200


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
