"""The watcher outside hears that Tailback works, or what does not; from a real server."""

from pathlib import Path

from tailback import clock
from tailback.server.config import Config, Server
from tailback.server.loops.deadman import DeadManLoop
from tailback.server.pulse import Pulse
from tailback.server.services import Services
from tailback.store.errors import StoreFullError
from tailback.testing.receivers import HttpReceiver
from tests.server.live import live_server, until


def fresh(services: Services) -> Pulse:
    """Return a pulse that has felt nothing yet."""
    return Pulse(
        services.store, services.hub, services.engine.is_alive, services.readings, frozenset
    )


def test_the_watcher_is_told_while_all_works_and_what_does_not(tmp_path: Path) -> None:
    receiver = HttpReceiver()
    config = Config(server=Server(dead_man_url=receiver.url))
    with live_server(tmp_path / "t.db", config) as live:
        first = until(lambda: next(iter(receiver.received), None))
        assert first.headers["path"].startswith("/hook")
        until(lambda: live.running.services.hub.board.version > 0)
        services = live.running.services
        loop = DeadManLoop(receiver.url, fresh(services))
        now = clock.now()
        assert loop.once(now)
        assert receiver.received[-1].headers["path"] == "/hook?token=s3cret"

        assert not loop.once(now + 300.0)
        assert receiver.received[-1].headers["path"] == "/hook/fail?token=s3cret"
        assert receiver.received[-1].text == "lanes are not judged"
        assert loop.pause_s() == 60.0

        def full(_name: str, _value: str) -> None:
            raise StoreFullError("the disk is full")

        services.store.meta.set = full  # type: ignore[method-assign]
        services.pulse = fresh(services)
        health = live.get("/healthz")
        assert health.status_code == 503
        assert health.json()["status"].startswith("the database cannot be written")
        receiver.behaviour = 503
        assert not loop.once(clock.now() + 20.0)
        loop.close()
    receiver.close()
    assert "database cannot be written" not in receiver.received[-1].text
