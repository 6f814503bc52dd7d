"""Who is told in which order, fixed when an episode opens so that an edit cannot drop a step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tailback.core.model import Lane
from tailback.core.policy.people import Person, on_duty, people_now

BACKUP_AFTER_S = 300.0
EVERYONE_AFTER_S = 900.0
EVERYONE = "everyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """These people are told when nobody has acknowledged for `after_s` seconds."""

    after_s: float
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps of one episode, with the people as they were; no steps: nobody can be told."""

    owner: str | None = None
    people: tuple[Person, ...] = ()
    steps: tuple[Step, ...] = ()

    def person(self, name: str) -> Person:
        """Return a person of the plan."""
        return next(person for person in self.people if person.name == name)


def owner_of(lane: Lane, bucket: str | None) -> str | None:
    """Return the one owner: of this bucket of failures when somebody has it, else of the lane."""
    return (lane.owner_for.get(bucket) if bucket else None) or lane.owner


def plan_for(owner: str | None, people: Sequence[Person]) -> Plan:
    """Return who is told: the owner, the backup after 5 minutes, everyone after 15."""
    known = {person.name: person for person in people if person.channels}
    first = known.get(owner or "")
    steps = []
    if first is not None:
        steps.append(Step(after_s=0.0, people=(first.name,)))
        if first.backup in known:
            steps.append(Step(after_s=BACKUP_AFTER_S, people=(known[first.backup].name,)))
    told = {name for step in steps for name in step.people}
    if first is None or set(known) - told:
        if owner is None or not known:
            return Plan(owner=owner)
        # An owner whom nothing can reach must not make the alert silent.
        after = EVERYONE_AFTER_S if first is not None else 0.0
        steps.append(Step(after_s=after, people=tuple(known)))
    return Plan(owner=owner, people=tuple(known.values()), steps=tuple(steps))


def duty_plan(owner: str | None, people: Sequence[Person], now: float) -> Plan:
    """Return who is told of what begins at `now`, a rota being the person whose turn it is."""
    return plan_for(on_duty(owner, people, now), people_now(people, now))


def everyone_plan(people: Sequence[Person], now: float) -> Plan:
    """Return the plan of what nobody owns: all who can be reached, at once."""
    known = tuple(person for person in people_now(people, now) if person.channels)
    names = tuple(person.name for person in known)
    steps = (Step(after_s=0.0, people=names),) if names else ()
    return Plan(owner=EVERYONE, people=known, steps=steps)


def fallbacks_of(plan: Plan, name: str) -> tuple[tuple[str, str], ...]:
    """Return where a message to `name` goes instead: pairs (person, channel), the best first.

    The backup comes first, then the others in the order of the file; channels that reach `name`
    as well are left out.
    """
    me = plan.person(name)
    others = [person for person in plan.people if person.name != name]
    others.sort(key=lambda person: person.name != me.backup)
    seen: Mapping[str, None] = dict.fromkeys(me.channels)
    found: dict[str, str] = {}
    for person in others:
        for channel in person.channels:
            if channel not in seen and channel not in found:
                found[channel] = person.name
    return tuple((person, channel) for channel, person in found.items())
