"""What of a changed file a running server takes over, and what waits for its next start."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tailback.server.config.model import Config

_AT_ONCE = {
    "[[lane]]": "lanes",
    "[[person]]": "people",
    "[[channel]]": "channels",
    "[[silence]]": "silences",
    "[[heartbeat]]": "heartbeats",
    "[[outcome]]": "outcomes",
}
_AT_START = {
    "[server]": "server",
    "[oidc]": "oidc",
    "[[source]]": "sources",
}
WAITS_FOR_START = tuple(_AT_START)


@dataclass(frozen=True, slots=True)
class Takeover:
    """The configuration to go on with (None: as before), and the tables that differ in it.

    `restart_for` are the tables that wait for the next start.
    """

    config: Config | None
    tables: tuple[str, ...]
    restart_for: tuple[str, ...]


def takeover(running: Config, changed: Config) -> Takeover:
    """Return what a server that runs with `running` does with `changed`.

    Lanes, the counters they follow, and who is told of them and when, are taken over at once and
    together. When a lane or a counter names a source that this server does not know, all of them
    wait for the restart that the source needs: the lanes of before must not lose the people of
    before. A counter goes on asking its source as that was at the start.
    """
    tables, restart_for = (_differing(of, running, changed) for of in (_AT_ONCE, _AT_START))
    sources = {source.name for source in running.sources}
    named = {lane.source for lane in changed.lanes} | {one.source for one in changed.outcomes}
    if not named <= {*sources, "", None}:
        return Takeover(None, (), restart_for + tables)
    if not tables:
        return Takeover(None, (), restart_for)
    values = {name: getattr(changed, name) for name in _AT_ONCE.values()}
    return Takeover(replace(running, **values), tables, restart_for)


def _differing(tables: Mapping[str, str], one: Config, other: Config) -> tuple[str, ...]:
    return tuple(
        table for table, name in tables.items() if getattr(one, name) != getattr(other, name)
    )
