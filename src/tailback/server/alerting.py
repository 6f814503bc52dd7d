"""Joins the parts that tell people: who there is, what is quiet, which channels, which loops."""

from collections.abc import Callable, Iterable

from tailback import clock
from tailback.core.policy.silence import Quiet
from tailback.server.config import Config
from tailback.server.config.current import Current
from tailback.server.days_off import holidays_of
from tailback.server.links import AckLink, sign_ack
from tailback.server.loops.audit import AuditLoop
from tailback.server.loops.send import Sender, SendLoop
from tailback.server.loops.thread import LoopThread
from tailback.server.telling import House
from tailback.server.ways import Ways
from tailback.store.store import Store

QUIET_KEPT_S = 1.0


def board_url(config: Config, address: str) -> str:
    """Return where people find the board."""
    return config.server.public_url or f"http://{address}"


def make_house(config: Current, store: Store, address: str) -> House:
    """Return who there is, and what is quiet."""
    return House(
        people=lambda: config().people,
        is_holiday=holidays_of(),
        quiet=quiet_times(config, store),
        board_url=board_url(config(), address) + "/",
    )


def make_loops(config: Current, store: Store, address: str) -> list[LoopThread]:
    """Return the threads that send and that audit."""
    base, key = board_url(config(), address), store.meta.signing_secret()

    def ack_url(episode: str, person: str, now: float) -> str:
        return f"{base}/ack/{sign_ack(key, AckLink(episode, person), now)}"

    ways = Ways(config)
    sender = Sender(
        channel=ways.named,
        ack_url=ack_url,
        now=clock.now,
        monotonic=clock.monotonic,
        capped=ways.is_read_by_people,
    )
    audit = AuditLoop(store.episodes, clock.now(), base + "/")
    return [
        LoopThread("send", SendLoop(store.outbox, sender), clock.now),
        LoopThread("audit", audit, clock.now),
    ]


def quiet_times(config: Current, store: Store) -> Callable[[float], Iterable[Quiet]]:
    """Return a function that tells what is quiet: by the file, and by request; kept a second."""
    kept: list[tuple[float, list[Quiet]]] = []

    def quiet(now: float) -> list[Quiet]:
        if kept and 0.0 <= now - kept[0][0] < QUIET_KEPT_S:
            return kept[0][1]
        planned = [
            Quiet(lane=item.lane, starts_at=item.starts_at or 0.0, ends_at=item.until)
            for item in config().silences
        ]
        asked = [
            Quiet(lane=item.lane, starts_at=item.starts_at, ends_at=item.ends_at)
            for item in store.silences.current(now)
        ]
        kept[:] = [(now, planned + asked)]
        return kept[0][1]

    return quiet
