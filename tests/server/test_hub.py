"""Who listens to the board: woken at each change, ticked in between, ended at a stop."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tailback.server import hub as hub_module
from tailback.server.hub import Hub
from tailback.server.view import Board
from tests.server.live import Live, live_server, until


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_server(tmp_path_factory.mktemp("hub") / "t.db") as server:
        yield server


def board(version: int) -> Board:
    return Board(version=version, as_of=float(version), summary="", rows=[], sources=[])


def test_a_listener_sees_the_board_now_its_changes_and_ticks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub_module, "TICK_S", 0.05)

    async def story() -> list[int | None]:
        hub = Hub()
        hub.attach(asyncio.get_running_loop())
        hub.publish(board(1))
        await asyncio.sleep(0)
        listener = hub.listen()
        seen = [await anext(listener), await anext(listener)]
        await asyncio.to_thread(hub.publish, board(2))
        while (latest := await anext(listener)) is None:
            pass
        seen.append(latest)
        hub.close()
        seen += [one async for one in listener if one is not None]
        assert not hub.is_full()
        return [None if one is None else one.version for one in seen]

    assert asyncio.run(story()) == [1, None, 2]


def test_a_slow_listener_sees_the_newest_board_only() -> None:
    async def story() -> int:
        hub = Hub()
        hub.attach(asyncio.get_running_loop())
        listener = hub.listen()
        await anext(listener)
        for version in range(1, 50):
            hub.publish(board(version))
        latest = await anext(listener)
        await listener.aclose()
        assert latest is not None
        return latest.version

    assert asyncio.run(story()) == 49


def test_a_board_published_before_and_after_the_loop_is_simply_the_newest() -> None:
    hub = Hub()
    hub.publish(board(1))
    loop = asyncio.new_event_loop()
    hub.attach(loop)
    loop.close()
    hub.publish(board(2))

    assert hub.board.version == 2
    assert hub.json() is hub.json()


@pytest.mark.parametrize("path", ["/api/v1/events/stream", "/board/stream"])
def test_too_many_viewers_are_told_to_come_back(
    live: Live, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(hub_module, "MAX_LISTENERS", 0)

    assert live.get(path).status_code == 503


def test_viewers_that_leave_make_room(live: Live) -> None:
    hub = live.running.services.hub
    for _ in range(3):
        with live.client() as reader, reader.stream("GET", "/api/v1/events/stream") as stream:
            assert next(stream.iter_lines()) == "event: lanes"

    until(lambda: not hub._waiters)


def test_a_stop_ends_every_stream(tmp_path: Path) -> None:
    with live_server(tmp_path / "t.db") as server:
        client = server.client()
        stream = client.send(client.build_request("GET", "/api/v1/events/stream"), stream=True)
        lines = stream.iter_lines()
        assert next(lines) == "event: lanes"
    assert not any(line.startswith("event: oops") for line in lines)
    client.close()
    with pytest.raises(httpx.HTTPError):
        httpx.get(server.url)
