"""The composition root: makes every part of a server from its configuration and joins them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tailback import clock, systems
from tailback.core.ledger import Ledger
from tailback.server.access import Gate
from tailback.server.actions import ActionDesk
from tailback.server.alerting import board_url, make_house, make_loops
from tailback.server.archive import Archive, ArchiveLoop
from tailback.server.config import Config
from tailback.server.config.current import Current
from tailback.server.corrections import Corrections
from tailback.server.counters import Counters
from tailback.server.days_off import holidays_of, holidays_of_lanes
from tailback.server.desk import Desk
from tailback.server.engine import Engine
from tailback.server.hub import Hub
from tailback.server.intake.take import Intake
from tailback.server.lanes import LaneBook
from tailback.server.loops.act import ActionLoop
from tailback.server.loops.drill import DrillLoop
from tailback.server.loops.drill_plan import DrillPlanLoop
from tailback.server.loops.judge import JudgeLoop
from tailback.server.loops.notes import NotesLoop
from tailback.server.loops.probe import ProbeLoop
from tailback.server.loops.prune import PruneLoop
from tailback.server.loops.remember import RememberLoop, recall
from tailback.server.loops.review import ReviewLoop
from tailback.server.loops.stories import StoryLoop
from tailback.server.loops.thread import LoopThread
from tailback.server.oidc import Provider
from tailback.server.payload_sizes import PayloadSizes
from tailback.server.readings import Readings
from tailback.server.review import make_review
from tailback.server.schedules import ScheduleBook, teller
from tailback.server.screen import Screen
from tailback.server.search import Finder
from tailback.server.self_watch import make_itself, make_pulse, make_self_loops
from tailback.server.services import Services
from tailback.server.story_teller import StoryTeller
from tailback.store.store import Store

DEPLOY_MEMORY_S = 6 * 3600.0
STOP_LOOPS_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Running:
    """A server whose parts are joined; `start` and `stop` are called once each, in this order."""

    services: Services
    lanes: LaneBook
    loops: list[LoopThread]
    judge: JudgeLoop
    desk: Desk
    counters: Counters

    def start(self) -> int:
        """Rebuild the ledger and begin to judge and to probe; return batches replayed."""
        replayed = self.services.engine.restore()
        ledger = self.services.engine.ledger
        self.services.intake.seed_names(part.key for part in ledger.shared.slices)
        now = clock.now()
        self.desk.restore(now)
        self.services.itself.restore(now)
        self.services.store.outbox.release(now)
        self.services.engine.start(self.judge.once)
        for loop in self.loops:
            loop.start()
        self.counters.go_by(self.services.current())
        return replayed

    def go_by(self, config: Config) -> None:
        """Take over what of the file has changed, lanes and people between two judgements."""

        def take(_ledger: Ledger) -> None:
            self.services.current.take(config)
            self.lanes.configure(config.lanes)

        self.services.engine.ask(take)
        self.counters.go_by(config)

    def stop(self) -> None:
        """End the loops, save the ledger and close the store."""
        self.counters.stop()
        for loop in self.loops:
            loop.stop()
        self.services.engine.stop()
        self.services.sizes.close()
        # A client library may hold a probe for long; it is a daemon and holds nothing of ours.
        deadline = clock.monotonic() + STOP_LOOPS_S
        for loop in self.loops:
            loop.join(timeout=max(0.0, deadline - clock.monotonic()))
        self.services.store.close()


def assemble(config: Config, store: Store, address: str) -> Running:
    """Make every part; nothing runs yet. `address` is host:port as people reach it."""
    current = Current(config)
    redelivers = _redelivery(config)
    archive = Archive(store.ended)
    corrections = Corrections(store.meta, store.audit)
    engine = Engine(
        store,
        lambda: Ledger(classify=corrections.key, redelivers=redelivers),
        lambda blob: Ledger.restore(blob, classify=corrections.key, redelivers=redelivers),
        (clock.now, clock.monotonic),
        archive,
    )
    readings = Readings()
    for source in config.sources:
        readings.declare(source.name, source.system, probed=source.url is not None)
    hub = Hub()
    schedules, lanes = _books(config, store)
    desk = Desk(store.episodes, make_house(current, store, address))
    intake = Intake(store, engine, readings)
    pulse = make_pulse(current, store, engine, intake, readings, hub, lanes.current)
    itself = make_itself(current, store, pulse, lanes.current, address)
    judge = JudgeLoop(
        lanes,
        readings,
        hub.publish,
        config.server.time_zone,
        store.rollups,
        partial(_latest_deploy, store),
        desk,
        corrections.book,
        store.outcomes,
        holidays_of_lanes(lambda: current().people),
        lambda: itself.notices,
    )
    stories = StoryTeller(config, store, lanes.current, corrections)
    finder = Finder(engine, archive, lanes.current, corrections.book)
    drills = DrillLoop(current, store, engine, board_url(config, address) + "/")
    services = Services(
        current=current,
        store=store,
        engine=engine,
        intake=intake,
        readings=readings,
        hub=hub,
        gate=Gate(store, clock.now),
        corrections=corrections,
        finder=finder,
        stories=stories,
        lanes=lanes.current,
        judge=judge,
        drills=drills,
        actions=ActionDesk(config.sources, store.actions, finder),
        sizes=PayloadSizes(config.sources),
        pulse=pulse,
        schedules=schedules,
        itself=itself,
        now=clock.now,
        address=address,
        screen=Screen(clock.now, config.server.time_zone, address),
        secure=(config.server.public_url or "").startswith("https://"),
        provider=_provider(config, address),
    )
    loops = _loops(config, store, readings, lanes, schedules) + make_loops(current, store, address)
    loops.append(LoopThread("archive", ArchiveLoop(archive), clock.now))
    loops.append(LoopThread("notes", NotesLoop(engine.failing, store.reason_notes), clock.now))
    loops.append(LoopThread("drill", drills, clock.now))
    plan = DrillPlanLoop(current, store, lanes.current, drills, holidays_of())
    loops.append(LoopThread("drill-plan", plan, clock.now))
    loops.append(LoopThread("stories", StoryLoop(store, stories.body), clock.now))
    weekly = ReviewLoop(
        current, store, board_url(config, address), lambda now: make_review(services, None, now)
    )
    loops.append(LoopThread("review", weekly, clock.now))
    loops.append(LoopThread("act", ActionLoop(config.sources, store), clock.now))
    loops += make_self_loops(current, store, pulse, itself)
    return Running(
        services=services,
        lanes=lanes,
        loops=loops,
        judge=judge,
        desk=desk,
        counters=Counters(store),
    )


def _books(config: Config, store: Store) -> tuple[ScheduleBook, LaneBook]:
    schedules = ScheduleBook(store.meta, config.server.time_zone)
    sources = [source.name for source in config.sources]
    return schedules, LaneBook(config.lanes, sources, schedules.of)


def _provider(config: Config, address: str) -> Provider | None:
    if config.oidc is None:
        return None
    back = f"{board_url(config, address)}/sign-in/oidc/callback"
    return Provider(config.oidc, back, clock.now)


def _latest_deploy(store: Store, now: float) -> tuple[float, str] | None:
    marks = store.deploys.between(now - DEPLOY_MEMORY_S, now + 1.0)
    return (marks[-1].at, marks[-1].release) if marks else None


def _loops(
    config: Config, store: Store, readings: Readings, lanes: LaneBook, schedules: ScheduleBook
) -> list[LoopThread]:
    threads = []
    for source in config.sources:
        if source.url is None or source.system is None:
            continue
        loop = ProbeLoop(source, readings, lanes.queues_of, teller(schedules, source.name))
        threads.append(LoopThread(f"probe-{source.name}", loop, clock.now))
    probed = [source.name for source in config.sources if source.url is not None]
    recall(readings, store.readings, probed)
    threads.append(LoopThread("remember", RememberLoop(readings, store.readings), clock.now))
    threads.append(LoopThread("prune", PruneLoop(store), clock.now))
    return threads


def _redelivery(config: Config) -> Callable[[str], bool]:
    """Return a function that tells whether a source runs the jobs of a dead worker again."""
    never = {
        source.name
        for source in config.sources
        if source.system and not systems.load(source.system).capabilities.redelivers_lost
    }

    def redelivers(source: str) -> bool:
        return source not in never

    return redelivers
