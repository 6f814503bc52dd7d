"""The watcher outside hears that Tailback works, or what is not proven to; from a real server."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tailback import clock
from tailback.server.config import Channel, Config, Server
from tailback.server.config.current import Current
from tailback.server.confirmed import Confirmations
from tailback.server.loops.confirm import AGAIN_S, DAILY_S, ConfirmLoop
from tailback.server.loops.deadman import DeadManLoop
from tailback.server.pulse import Parts, Pulse
from tailback.server.services import Services
from tailback.server.view import Board
from tailback.store.errors import StoreFullError
from tailback.store.sqlite.store import SqliteStore
from tailback.testing.receivers import REFUSE, HttpReceiver, SmtpReceiver
from tests.server.live import live_server, until

DAY = 86_400.0


class Steady:
    """The clock that never jumps, moved by the test."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def fresh(
    services: Services, channels: frozenset[str] = frozenset(), steady: Steady | None = None
) -> Pulse:
    """Return a pulse that has felt nothing yet."""
    parts = Parts(
        store=services.store,
        hub=services.hub,
        readings=services.readings,
        engine_runs=services.engine.is_alive,
        monotonic=steady or Steady(),
        channels=lambda: channels,
    )
    return Pulse(parts)


def test_the_watcher_is_told_while_all_works_and_what_does_not(tmp_path: Path) -> None:
    receiver = HttpReceiver()
    config = Config(server=Server(dead_man_url=receiver.url))
    with live_server(tmp_path / "t.db", config) as live:
        until(lambda: live.running.services.hub.board.version > 0)
        services, steady = live.running.services, Steady()
        loop = DeadManLoop(receiver.url, fresh(services, steady=steady))
        now = clock.now()
        assert loop.once(now)
        assert receiver.received[-1].headers["path"] == "/hook?token=s3cret"

        steady.at, told = 300.0, len(receiver.received)
        assert not loop.once(now + 300.0)
        assert len(receiver.received) == told, "one look may be unlucky"
        steady.at = 360.0
        assert not loop.once(now + 360.0)
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
        assert health.json()["unproven"] == ["database"]
        receiver.behaviour = 503
        assert not loop.once(clock.now() + 20.0)
        loop.close()
    receiver.close()
    assert "database cannot be written" not in receiver.received[-1].text


def test_a_clock_that_jumps_stops_the_ping_and_health_names_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = HttpReceiver()
    with live_server(tmp_path / "t.db") as live:
        services, steady = live.running.services, Steady()
        services.pulse = fresh(services, steady=steady)
        until(lambda: services.hub.board.version > 0)
        loop = DeadManLoop(receiver.url, services.pulse)
        now = clock.now()
        assert loop.once(now)

        # An hour passes on the wall and a second on the clock that does not jump.
        steady.at = 1.0
        services.hub.publish(judged(services, now + 3_600.0))
        with caplog.at_level(logging.ERROR):
            assert not loop.once(now + 3_600.0)
            steady.at = 61.0
            assert not loop.once(now + 3_660.0)
        words = "the server's clock jumped forward by 59 min"
        assert receiver.received[-1].text == words
        assert any(words in record.__dict__.get("parts", ()) for record in caplog.records)

        steady.at = 1_000.0
        services.hub.publish(judged(services, now + 4_599.0))
        assert loop.once(now + 4_599.0)
    receiver.close()


def judged(services: Services, at: float) -> Board:
    """Return the board as it would be had lanes been judged then."""
    board = services.hub.board
    return msgspec.structs.replace(board, version=board.version + 1, as_of=at)


def test_without_a_channel_that_showed_in_a_day_that_it_works_the_ping_stops(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path / "t.db") as live:
        services = live.running.services
        until(lambda: services.hub.board.version > 0)
        now, confirmed = clock.now(), Confirmations(services.store)

        def unproven() -> list[str]:
            services.pulse = fresh(services, frozenset({"mail"}))
            return live.get("/healthz").json()["unproven"]

        assert unproven() == ["confirmed"]
        confirmed.asked("mail", now - DAY - 10)
        assert unproven() == ["confirmed"]
        confirmed.delivered("mail", now - DAY + 600)
        assert unproven() == []
        assert confirmed.delivered_at(["mail", "other"]) == {"mail": now - DAY + 600}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "c.db", synchronous="NORMAL") as opened:
        yield opened


def loop_of(store: SqliteStore, *channels: Channel) -> tuple[ConfirmLoop, Confirmations]:
    confirmed = Confirmations(store)
    return ConfirmLoop(Current(Config(channels=channels)), confirmed), confirmed


def test_channels_are_asked_twice_a_day_without_a_message(
    store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    mail = SmtpReceiver()
    settings = {"to": "a@example.com", "from": "t@example.com"}
    settings["smtp"] = f"smtp://127.0.0.1:{mail.port}"
    loop, confirmed = loop_of(store, Channel(name="mail", kind="email", settings=settings))

    assert loop.once(1_000_000.0)
    assert not loop.once(1_000_600.0), "it has just shown that it works"
    mail.behaviour = REFUSE
    with caplog.at_level(logging.WARNING):
        assert not loop.once(1_000_000.0 + AGAIN_S)
    assert "answered 550: no such mailbox" in str([r.__dict__ for r in caplog.records])
    mail.behaviour = ""
    assert loop.once(1_000_600.0 + AGAIN_S)

    assert confirmed.newest_at(["mail"]) == {"mail": 1_000_600.0 + AGAIN_S}
    assert confirmed.delivered_at(["mail"]) == {}
    assert mail.received == []
    assert (loop.pause_s(), loop.close()) == (600.0, None)
    mail.close()


def test_where_no_channel_can_be_asked_one_message_a_day_proves_it(store: SqliteStore) -> None:
    hook = HttpReceiver()
    settings = {"url": hook.url, "allow_private": "true"}
    way = Channel(name="hook", kind="webhook", settings=settings)
    dead = replace(way, name="dead", settings={**settings, "url": "http://127.0.0.1:1/"})
    wrong = replace(way, name="wrong", settings={**settings, "secret": "whsec_!"})
    loop, confirmed = loop_of(store, wrong, dead, way)

    now = 1_000_000.0
    assert [loop.once(now + at) for at in (0, 600, DAILY_S, DAILY_S + 600)] == [
        True, False, True, False,
    ]  # fmt: skip
    assert [got.body["kind"] for got in hook.received] == ["test", "test"]
    assert "Tailback works, and alerts reach you by hook" in hook.received[0].text
    assert confirmed.delivered_at(["dead", "hook"]) == {"hook": now + DAILY_S}
    hook.behaviour = REFUSE
    assert not loop.once(now + 3 * DAY)
    hook.close()
