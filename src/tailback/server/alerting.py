"""Joins the parts that tell people: who there is, what is quiet, which channels, which loops."""

from collections.abc import Callable, Iterable

from tailback import clock
from tailback.core.policy.silence import Quiet
from tailback.notify.channel import Channel as Way
from tailback.notify.channel import ChannelError, make
from tailback.server.config import Channel, Config
from tailback.server.config.current import Current
from tailback.server.days_off import holidays_of
from tailback.server.desk import Desk, House
from tailback.server.links import AckLink, sign_ack
from tailback.server.loops.audit import AuditLoop
from tailback.server.loops.send import Sender, SendLoop
from tailback.server.loops.thread import LoopThread
from tailback.store.store import Store

QUIET_KEPT_S = 1.0
# Programs sort what they get by themselves and must not miss the end of anything.
READ_BY_PEOPLE = frozenset({"email", "slack", "apprise"})


def board_url(config: Config, address: str) -> str:
    """Return where people find the board."""
    return config.server.public_url or f"http://{address}"


def make_desk(config: Current, store: Store, address: str) -> Desk:
    """Return the desk of a server."""
    house = House(
        people=lambda: config().people,
        is_holiday=holidays_of(),
        quiet=quiet_times(config, store),
        board_url=board_url(config(), address) + "/",
    )
    return Desk(store.episodes, house)


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


def open_way(channel: Channel) -> Way | ChannelError:
    """Return the channel, or why it cannot be used: one that is wrong must not stop a server."""
    try:
        return make(channel.kind, channel.settings)
    except ChannelError as error:
        return error


class Ways:
    """The channels of the file as it is now, each opened anew when it is written differently."""

    def __init__(self, config: Current) -> None:
        """Open none yet."""
        self._config = config
        self._opened: dict[str, tuple[Channel, Way | ChannelError]] = {}

    def named(self, name: str) -> Way | ChannelError | None:
        """Return a channel, None when the file has none so named; safe from several threads."""
        channel = self._channel(name)
        if channel is None:
            return None
        known = self._opened.get(name)
        if known is None or known[0] != channel:
            known = self._opened[name] = (channel, open_way(channel))
        return known[1]

    def is_read_by_people(self, name: str) -> bool:
        """Tell whether a person, not a program, gets what is sent by a channel."""
        channel = self._channel(name)
        return channel is not None and channel.kind in READ_BY_PEOPLE

    def _channel(self, name: str) -> Channel | None:
        return next((one for one in self._config().channels if one.name == name), None)


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
