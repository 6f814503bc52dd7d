"""Joins the parts that watch Tailback itself."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from tailback import clock
from tailback.core.causes import ITSELF
from tailback.core.model import Lane
from tailback.server.alerting import board_url, make_house
from tailback.server.config import Config
from tailback.server.config.current import Current
from tailback.server.confirmed import Confirmations
from tailback.server.days_off import holidays_of
from tailback.server.desk import Desk
from tailback.server.direct import Direct
from tailback.server.engine import Engine
from tailback.server.hub import Hub
from tailback.server.intake.take import Intake
from tailback.server.itself import Itself
from tailback.server.loops.confirm import ConfirmLoop
from tailback.server.loops.deadman import DeadManLoop
from tailback.server.loops.itself import ItselfLoop
from tailback.server.loops.thread import LoopThread
from tailback.server.pulse import Parts, Pulse
from tailback.server.readings import Readings
from tailback.server.ways import Ways
from tailback.store.open import SQLITE
from tailback.store.store import Store


def make_pulse(
    config: Current,
    store: Store,
    engine: Engine,
    intake: Intake,
    readings: Readings,
    hub: Hub,
    lanes: Callable[[], Sequence[Lane]],
) -> Pulse:
    """Return what feels the parts of a server."""
    parts = Parts(
        store=store,
        hub=hub,
        readings=readings,
        engine_runs=engine.is_alive,
        monotonic=clock.monotonic,
        channels=lambda: {one.name for one in config().channels},
        told_of=lambda: {lane.source for lane in lanes() if lane.owner is not None},
        lost=intake.lost,
        room=room_of(config()),
        watched=config().server.dead_man_url is not None,
    )
    return Pulse(parts)


def make_itself(
    config: Current, store: Store, pulse: Pulse, lanes: Callable[[], Sequence[Lane]], address: str
) -> Itself:
    """Return what keeps the problem of Tailback itself."""
    house = make_house(config, store, address)
    direct = Direct(
        lambda: config().people,
        holidays_of(),
        Ways(config).named,
        board_url(config(), address) + "/",
    )
    desk = Desk(store.episodes, house, ITSELF.__eq__)
    return Itself(pulse, desk, direct, lambda: any(lane.wake_someone for lane in lanes()))


def make_self_loops(
    config: Current, store: Store, pulse: Pulse, itself: Itself
) -> list[LoopThread]:
    """Return the threads that look after it, and that tell a watcher outside, if there is one."""
    loops = [LoopThread("itself", ItselfLoop(itself), clock.now)]
    url = config().server.dead_man_url
    if url is not None:
        confirm = ConfirmLoop(config, Confirmations(store))
        loops.append(LoopThread("dead-man", DeadManLoop(url, pulse), clock.now))
        loops.append(LoopThread("confirm", confirm, clock.now))
    return loops


def room_of(config: Config) -> Callable[[], tuple[int, int] | None]:
    """Return a function that tells the free and all bytes of the disk of an embedded database."""
    database = config.server.database
    if not database.startswith(SQLITE):
        return lambda: None
    folder = Path(database.removeprefix(SQLITE)).absolute().parent

    def room() -> tuple[int, int] | None:
        try:
            usage = shutil.disk_usage(folder)
        except OSError:
            return None
        return usage.free, usage.total

    return room
