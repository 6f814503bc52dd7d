"""What the setup page shows: the map from queues to customer actions, people, channels, tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tailback.core import wording_setup
from tailback.core.model import Lane
from tailback.server.config import Channel, Config, ConfigError, Person, Problem
from tailback.server.config.edit import EditError
from tailback.server.config.file import Snapshot
from tailback.server.services import Services
from tailback.store.access import Token
from tailback.store.alerts import ChannelState

TEXTS = ("name", "customer_action", "noticed_after", "affects", "owner")
_HERE = (*TEXTS, "wake_someone", "queue", "source", "jobs", "key")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupLane:
    """One line of the map. `index` is its place in the file; None: nobody configured it yet.

    `also` are keys that are set and edited in the file only.
    """

    index: int | None
    id: str
    queue: str
    source: str
    jobs: tuple[str, ...]
    texts: Mapping[str, str]
    wake_someone: bool
    also: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The whole page; `mark` names the state of the file that it shows."""

    refusal: str | None
    mark: str = ""
    path: str = ""
    lanes: Sequence[SetupLane] = ()
    people: Sequence[Person] = ()
    channels: Sequence[tuple[Channel, ChannelState | None]] = ()
    sources: Sequence[str] = ()
    tokens: Sequence[Token] = ()
    problems: Sequence[Problem] = field(default_factory=tuple)


def setup_of(services: Services) -> Setup:
    """Return what to show; reads the file and the store, so call it on a thread."""
    config, snapshot, refusal = services.config, None, wording_setup.NO_FILE
    problems: Sequence[Problem] = ()
    file = services.file
    if file is not None:
        try:
            snapshot = file.read()
            config = file.judged(snapshot)
            problems = config.findings
        except EditError as error:
            return _setup(services, config, None, str(error), ())
        except ConfigError as error:
            problems = error.problems
        refusal = file.refusal() or ""
    return _setup(services, config, snapshot, refusal, problems)


def _setup(
    services: Services,
    config: Config,
    snapshot: Snapshot | None,
    refusal: str,
    problems: Sequence[Problem],
) -> Setup:
    states = {state.name: state for state in services.store.outbox.channels()}
    written = snapshot.lanes() if snapshot is not None else []
    found = [lane for lane in services.lanes() if lane.discovered]
    return Setup(
        refusal=refusal or None,
        mark=snapshot.mark if snapshot is not None else "",
        path=str(services.file.path) if services.file is not None else "",
        lanes=[
            *(_written(index, lane) for index, lane in enumerate(written)),
            *(_found(number, lane) for number, lane in enumerate(found)),
        ],
        people=config.people,
        channels=[(channel, states.get(channel.name)) for channel in config.channels],
        sources=sorted(
            {source.name for source in config.sources}
            | {state.name for state in services.readings.sources()}
        ),
        tokens=[token for token in services.store.tokens.all() if token.revoked_at is None],
        problems=problems,
    )


def _written(index: int, lane: Mapping[str, Any]) -> SetupLane:
    jobs = lane.get("jobs", [])
    return SetupLane(
        index=index,
        id=f"lane-{index}",
        queue=str(lane.get("queue", "")),
        source=str(lane.get("source", "")),
        jobs=tuple(map(str, jobs)) if isinstance(jobs, list) else (str(jobs),),
        texts={key: str(lane.get(key, "")) for key in TEXTS},
        wake_someone=lane.get("wake_someone") is True,
        also=tuple(key for key in lane if key not in _HERE),
    )


def _found(number: int, lane: Lane) -> SetupLane:
    return SetupLane(
        index=None,
        id=f"found-{number}",
        queue=lane.queue,
        source=lane.source,
        jobs=lane.jobs,
        texts={**dict.fromkeys(TEXTS, ""), "name": lane.name},
        wake_someone=False,
    )
