"""What only the whole file can tell: references between tables, duplicates, who is told."""

from collections.abc import Sequence
from dataclasses import replace

from tailback.core.model import Expectation, Lane
from tailback.server.config.model import Config
from tailback.server.config.problem import Report, did_you_mean
from tailback.server.config.values import slug


def cross_check(config: Config, report: Report) -> Config:
    """Resolve lane sources, person zones and lane references; record what does not fit."""
    for table, names in (
        ("source", [source.name for source in config.sources]),
        ("person", [person.name for person in config.people]),
        ("channel", [channel.name for channel in config.channels]),
        ("outcome", [outcome.name for outcome in config.outcomes]),
    ):
        _unique(table, "name", names, report)
    _unique("lane", "key", [lane.key for lane in config.lanes], report)
    _unique("heartbeat", "token", [beat.token for beat in config.heartbeats], report, secret=True)
    lanes = tuple(_lane(index, lane, config, report) for index, lane in enumerate(config.lanes))
    people = tuple(
        replace(person, time_zone=person.time_zone or config.server.time_zone)
        for person in config.people
    )
    _check_people(config, report)
    lanes = _check_outcomes(config, lanes, report)
    keys = {lane.key for lane in lanes} | {lane.name for lane in lanes}
    silences = [silence.lane for silence in config.silences]
    beats = [beat.lane for beat in config.heartbeats]
    for table, wanted in (("silence", silences), ("heartbeat", beats)):
        for index, lane_name in enumerate(wanted):
            if lane_name and lane_name not in keys:
                remedy = did_you_mean(lane_name, keys, "Write the key or the name of a lane.")
                report.add((table, index, "lane"), f'no lane is called "{lane_name}"', remedy)
    return replace(
        config,
        lanes=tuple(
            replace(lane, pinged={lane.key, lane.name} & set(beats) != set()) for lane in lanes
        ),
        people=people,
        silences=tuple(replace(item, lane=_key(item.lane, lanes)) for item in config.silences),
        heartbeats=tuple(replace(item, lane=_key(item.lane, lanes)) for item in config.heartbeats),
    )


def _key(name: str, lanes: Sequence[Lane]) -> str:
    by_name = {lane.name: lane.key for lane in lanes}
    return by_name.get(name, name)


def _unique(
    table: str, key: str, names: Sequence[str], report: Report, *, secret: bool = False
) -> None:
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if not name:
            continue
        if name in first:
            shown = "this value" if secret else f'"{name}"'
            what = f"{shown} is already used by [[{table}]] {first[name] + 1}"
            report.add((table, index, key), what, f"Give each {table} its own {key}.")
        else:
            first[name] = index


def _lane(index: int, lane: Lane, config: Config, report: Report) -> Lane:
    path = ("lane", index)
    _check_owner(path, lane, config, report)
    names = [source.name for source in config.sources]
    if lane.source:
        if names and lane.source not in names:
            remedy = did_you_mean(lane.source, names, "Sources: " + ", ".join(names) + ".")
            report.add((*path, "source"), f'no source is called "{lane.source}"', remedy)
        return lane
    if len(names) > 1:
        remedy = f'Say which one: source = "{names[0]}" (or {", ".join(names[1:])}).'
        report.add((*path, "source"), '"source" is missing and there are several', remedy)
        return lane
    return replace(lane, source=names[0] if names else "")


def _check_owner(path: tuple[str, int], lane: Lane, config: Config, report: Report) -> None:
    people = {person.name for person in config.people}
    if lane.owner is None:
        remedy = 'Name exactly one person: owner = "ana".'
        report.add((*path, "owner"), "has no owner, so nobody is told", remedy, "refused")
    wanted = [("owner", lane.owner)] if lane.owner else []
    wanted += [("owner_for", owner) for owner in lane.owner_for.values()]
    for key, owner in wanted:
        if owner not in people:
            remedy = did_you_mean(str(owner), people, f'Add [[person]] name = "{owner}".')
            report.add((*path, key), f'no person is called "{owner}"', remedy)


def _check_people(config: Config, report: Report) -> None:
    channels = {channel.name for channel in config.channels}
    people = {person.name for person in config.people}
    alone = {person.name for person in config.people if not person.turns}
    for index, person in enumerate(config.people):
        for name in person.channels:
            if name not in channels:
                remedy = did_you_mean(name, channels, f'Add [[channel]] name = "{name}".')
                what = f'no channel is called "{name}"'
                report.add(("person", index, "channels"), what, remedy)
        for name in person.turns:
            if name not in alone:
                remedy = did_you_mean(name, alone, "Name people who take no turns themselves.")
                report.add(("person", index, "turns"), f'no person is called "{name}"', remedy)
        if person.turns and person.channels:
            what = "has turns and channels: messages go to the person whose turn it is"
            report.add(("person", index, "channels"), what, "Leave channels out.")
        if not person.channels and not person.turns:
            remedy = 'Name at least one: channels = ["ana-mail"].'
            what = "has no channel, so messages cannot reach this person"
            report.add(("person", index, "channels"), what, remedy, "refused")
        if person.backup is not None and person.backup not in people - {person.name}:
            remedy = did_you_mean(person.backup, people - {person.name}, "Name another person.")
            what = f'no other person is called "{person.backup}"'
            report.add(("person", index, "backup"), what, remedy)


def _check_outcomes(config: Config, lanes: tuple[Lane, ...], report: Report) -> tuple[Lane, ...]:
    """Check the counters and return the lanes with what their counters must follow."""
    names = {source.name for source in config.sources}
    by_name = {name: lane.key for lane in lanes for name in (lane.key, lane.name)}
    follows: dict[str, Expectation] = {
        lane.key: lane.expects for lane in lanes if lane.expects is not None
    }
    for index, outcome in enumerate(config.outcomes):
        if outcome.source is not None and outcome.source not in names:
            remedy = did_you_mean(outcome.source, names, "Name one of the sources.")
            what = f'no source is called "{outcome.source}"'
            report.add(("outcome", index, "source"), what, remedy)
        if outcome.lane is None or outcome.expects is None:
            continue
        key = by_name.get(outcome.lane)
        if key is None:
            remedy = did_you_mean(outcome.lane, by_name, "Write the key or the name of a lane.")
            report.add(("outcome", index, "lane"), f'no lane is called "{outcome.lane}"', remedy)
        elif key in follows:
            what = f'"{outcome.lane}" follows a counter already'
            report.add(("outcome", index, "lane"), what, "Leave one of the two expects.")
        else:
            follows[key] = outcome.expects
    return tuple(replace(lane, expects=follows.get(lane.key)) for lane in lanes)


def discovered_key(source: str, queue: str, taken: set[str]) -> str:
    """Return a free lane key for a queue nobody configured, preferring the queue's own name."""
    for candidate in (slug(queue), slug(f"{source}-{queue}")):
        if candidate not in taken:
            return candidate
    number = 2
    while f"{slug(f'{source}-{queue}')}-{number}" in taken:
        number += 1
    return f"{slug(f'{source}-{queue}')}-{number}"
