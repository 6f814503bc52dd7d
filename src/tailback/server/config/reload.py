"""What of a changed file a running server takes over, and what waits for its next start."""

from dataclasses import dataclass

from tailback.core.model import Lane
from tailback.server.config.model import Config

_TABLES = {
    "[server]": "server",
    "[oidc]": "oidc",
    "[[source]]": "sources",
    "[[person]]": "people",
    "[[channel]]": "channels",
    "[[silence]]": "silences",
    "[[outcome]]": "outcomes",
    "[[heartbeat]]": "heartbeats",
}


@dataclass(frozen=True, slots=True)
class Takeover:
    """The lanes to go on with (None: as before) and the tables that need a restart."""

    lanes: tuple[Lane, ...] | None
    restart_for: tuple[str, ...]


def takeover(running: Config, changed: Config) -> Takeover:
    """Return what a server that runs with `running` does with `changed`.

    Lanes are taken over at once, unless one names a person or a source that this server does not
    know: then all of them wait for the restart that these need anyway.
    """
    restart_for = tuple(
        table
        for table, name in _TABLES.items()
        if getattr(running, name) != getattr(changed, name)
    )
    people = {person.name for person in running.people}
    sources = {source.name for source in running.sources}
    known = all(
        ({lane.owner, *lane.owner_for.values()} - {None}) <= people
        and (lane.source in sources or not lane.source)
        for lane in changed.lanes
    )
    if not known or changed.lanes == running.lanes:
        return Takeover(None, restart_for)
    return Takeover(changed.lanes, restart_for)
