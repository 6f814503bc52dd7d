"""What the setup page shows: the map from queues to customer actions, people, channels, tokens."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tailback.core import wording_setup
from tailback.core.channel_keys import may_show
from tailback.core.model import Lane
from tailback.server.config import Config, ConfigError, Problem
from tailback.server.config.edit import EditError
from tailback.server.config.file import Snapshot
from tailback.server.config.sections import CHANNEL_KEYS, WEB_KINDS
from tailback.server.services import Services
from tailback.store.access import Token
from tailback.store.alerts import ChannelState

LANE_TEXTS = ("name", "customer_action", "noticed_after", "affects", "owner")
PERSON_TEXTS = ("working_hours", "time_zone", "holidays", "backup")
_LANE_HERE = (*LANE_TEXTS, "wake_someone", "queue", "source", "jobs", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One table of the file as a line to type into. `index` is its place; None: not there yet.

    `ticks` are the boxes that are ticked; `also` are keys that are edited in the file only.
    """

    id: str
    index: int | None
    texts: Mapping[str, str]
    ticks: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneItem(Item):
    """One line of the map; nobody configured those without an index."""

    queue: str
    source: str
    jobs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelItem(Item):
    """One channel; `hidden` are keys whose value stands in the file and is not shown."""

    kind: str
    hidden: frozenset[str] = frozenset()
    state: ChannelState | None = None

    @property
    def private(self) -> bool:
        """Tell whether this kind may be allowed to call private addresses."""
        return self.kind in WEB_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The whole page; `mark` names the state of the file that it shows."""

    refusal: str | None
    mark: str = ""
    path: str = ""
    lanes: Sequence[LaneItem] = ()
    people: Sequence[Item] = ()
    channels: Sequence[ChannelItem] = ()
    sources: Sequence[str] = ()
    tokens: Sequence[Token] = ()
    problems: Sequence[Problem] = field(default_factory=tuple)

    @property
    def person_names(self) -> list[str]:
        """Return whom a lane or a backup may name."""
        return [one.texts["name"] for one in self.people if one.index is not None]

    @property
    def channel_names(self) -> list[str]:
        """Return what a person may be reached by."""
        return [one.texts["name"] for one in self.channels if one.index is not None]


def setup_of(services: Services, new_channel: str = "") -> Setup:
    """Return what to show, with an empty line for a channel of the kind `new_channel`.

    Reads the file and the store, so call it on a thread.
    """
    config, snapshot, refusal = services.config, None, wording_setup.NO_FILE
    problems: Sequence[Problem] = ()
    file = services.file
    if file is not None:
        try:
            snapshot = file.read()
            config = file.judged(snapshot)
            problems = config.findings
        except EditError as error:
            return _setup(services, config, None, str(error), (), new_channel)
        except ConfigError as error:
            problems = error.problems
        refusal = file.refusal() or ""
    return _setup(services, config, snapshot, refusal, problems, new_channel)


def _setup(
    services: Services,
    config: Config,
    snapshot: Snapshot | None,
    refusal: str,
    problems: Sequence[Problem],
    new_channel: str,
) -> Setup:
    states = {state.name: state for state in services.store.outbox.channels()}
    written = {
        name: snapshot.tables(name) if snapshot is not None else []
        for name in ("lane", "person", "channel")
    }
    found = [lane for lane in services.lanes() if lane.discovered]
    return Setup(
        refusal=refusal or None,
        mark=snapshot.mark if snapshot is not None else "",
        path=str(services.file.path) if services.file is not None else "",
        lanes=[
            *(_lane(index, lane) for index, lane in enumerate(written["lane"])),
            *(_found(number, lane) for number, lane in enumerate(found)),
        ],
        people=[
            *(_person(index, person) for index, person in enumerate(written["person"])),
            _person(None, {}),
        ],
        channels=list(_channels(written["channel"], states, new_channel)),
        sources=sorted(
            {source.name for source in config.sources}
            | {state.name for state in services.readings.sources()}
        ),
        tokens=[token for token in services.store.tokens.all() if token.revoked_at is None],
        problems=problems,
    )


def _lane(index: int, lane: Mapping[str, Any]) -> LaneItem:
    return LaneItem(
        index=index,
        id=f"lane-{index}",
        queue=str(lane.get("queue", "")),
        source=str(lane.get("source", "")),
        jobs=_list(lane.get("jobs", [])),
        texts={key: str(lane.get(key, "")) for key in LANE_TEXTS},
        ticks=frozenset({"wake_someone"} if lane.get("wake_someone") is True else ()),
        also=tuple(key for key in lane if key not in _LANE_HERE),
    )


def _found(number: int, lane: Lane) -> LaneItem:
    return LaneItem(
        index=None,
        id=f"found-{number}",
        queue=lane.queue,
        source=lane.source,
        jobs=lane.jobs,
        texts={**dict.fromkeys(LANE_TEXTS, ""), "name": lane.name},
    )


def _person(index: int | None, person: Mapping[str, Any]) -> Item:
    here = ("name", *PERSON_TEXTS)
    return Item(
        index=index,
        id="new-person" if index is None else f"person-{index}",
        texts={key: str(person.get(key, "")) for key in here},
        ticks=frozenset(_list(person.get("channels", []))),
        also=tuple(key for key in person if key not in (*here, "channels")),
    )


def _channels(
    written: Sequence[Mapping[str, Any]], states: Mapping[str, ChannelState], new: str
) -> Iterator[ChannelItem]:
    for index, channel in enumerate(written):
        kind = str(channel.get("kind", ""))
        keys = channel_keys(kind)
        hidden = frozenset(
            key for key in keys if key in channel and not may_show(kind, key, str(channel[key]))
        )
        texts = {key: "" if key in hidden else str(channel.get(key, "")) for key in keys}
        name = str(channel.get("name", ""))
        yield ChannelItem(
            index=index,
            id=f"channel-{index}",
            kind=kind,
            texts={"name": name, **texts},
            ticks=frozenset({"allow_private"} if channel.get("allow_private") is True else ()),
            also=tuple(k for k in channel if k not in ("name", "kind", "allow_private", *keys)),
            hidden=hidden,
            state=states.get(name),
        )
    if new in CHANNEL_KEYS:
        texts = dict.fromkeys(("name", *channel_keys(new)), "")
        yield ChannelItem(index=None, id="new-channel", kind=new, texts=texts)


def channel_keys(kind: str) -> tuple[str, ...]:
    """Return the keys of a kind of channel that are texts, the needed ones first."""
    needed, optional = CHANNEL_KEYS.get(kind, ((), ()))
    return (*needed, *optional)


def _list(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
