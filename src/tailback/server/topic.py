"""What an episode is about, as it was just seen: one lane, or what several lanes suffer from."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from tailback.core import wording_alerts, wording_causes
from tailback.core.causes import Cause
from tailback.core.episodes import Episode
from tailback.core.impact import Impact
from tailback.core.messages import Child
from tailback.core.model import Lane
from tailback.core.policy.people import Person
from tailback.core.policy.plan import Plan, duty_plan, owner_of
from tailback.core.policy.silence import Quiet, silenced_until
from tailback.core.text import clean_name
from tailback.server.reasons import explained
from tailback.server.watch import Seen

MOST_CHILDREN = 500


class Topic(Protocol):
    """What a person is told of an episode."""

    def title(self) -> str: ...
    def text(self, owner: str | None) -> str: ...
    def recovered(self, episode: Episode, now: float) -> str: ...
    def plan(self, people: Sequence[Person], now: float) -> Plan: ...
    def is_well(self) -> bool: ...
    def notice_in_s(self) -> float | None: ...
    def quiet_until(self, quiet: Iterable[Quiet], now: float) -> float | None: ...
    def children(self) -> tuple[Child, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One lane as it was just judged."""

    lane: Lane
    seen: Seen
    impact: Impact

    def title(self) -> str:
        """Return what is so, in a line."""
        return wording_alerts.title(self.lane, self.seen.judgement.verdict.verdict)

    def text(self, owner: str | None) -> str:
        """Return the alert."""
        lane = replace(self.lane, owner=owner)
        return wording_alerts.alert(lane, self.seen.judgement, self.seen.signals, self.impact)

    def recovered(self, episode: Episode, now: float) -> str:
        """Say that the lane is well again."""
        lasted = now - episode.opened_at
        return wording_alerts.recovered(self.lane, episode.worst_age_s, lasted)

    def owner(self) -> str | None:
        """Return who looks after it, given why its jobs fail."""
        reason = self.seen.judgement.reason
        bucket = None
        if reason is not None and reason.first_error:
            bucket = explained(reason.first_error).bucket
        return owner_of(self.lane, bucket)

    def plan(self, people: Sequence[Person], now: float) -> Plan:
        """Return who is told."""
        return duty_plan(self.owner(), people, now)

    def is_well(self) -> bool:
        """Tell whether no rule fires now."""
        return not self.seen.judgement.firing

    def notice_in_s(self) -> float | None:
        """Return in how many seconds the first customer notices."""
        return self.impact.notice_in_s

    def quiet_until(self, quiet: Iterable[Quiet], now: float) -> float | None:
        """Return when the silence of the lane ends."""
        return silenced_until(quiet, self.lane.key, now)

    def children(self) -> tuple[Child, ...]:
        """A lane has none."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A cause with the lanes that suffer from it now; `name` says it in a line."""

    name: str
    looks: Sequence[Look]
    lanes: int

    def title(self) -> str:
        """Return what is broken."""
        return self.name

    def text(self, owner: str | None) -> str:
        """Return the alert with the lanes listed, those that are latest by their promise first."""
        blind = all(look.seen.judgement.blind for look in self.looks)
        known = (look.seen.signals.blind_why for look in self.looks)
        return wording_causes.alert(
            self.name,
            _suffering(self._latest_first()),
            owner,
            blind=blind,
            why=next(filter(None, known), None) if blind else None,
        )

    def informs(self, lanes: Collection[str], owner: str) -> str:
        """Return what the owner of these lanes is told: that somebody else looks after it."""
        looks = [look for look in self._latest_first() if look.lane.key in lanes]
        return wording_causes.informs(self.name, _suffering(looks), owner)

    def children(self) -> tuple[Child, ...]:
        """Return the lanes that suffer now, those that are latest by their promise first."""
        return tuple(
            Child(
                lane=look.lane.key,
                name=clean_name(look.lane.name, wording_alerts.NAME_CHARS),
                oldest_age_s=look.seen.signals.oldest_s,
                promise_s=look.lane.promise_s,
            )
            for look in self._latest_first()[:MOST_CHILDREN]
        )

    def _latest_first(self) -> list[Look]:
        return sorted(self.looks, key=_lateness, reverse=True)

    def recovered(self, episode: Episode, now: float) -> str:
        """Say that the cause is gone."""
        return wording_causes.recovered(self.name, self.lanes, now - episode.opened_at)

    def owner(self) -> str | None:
        """Return who owns most of the lanes."""
        owners = Counter(owner for look in self.looks if (owner := look.owner()) is not None)
        return next((owner for owner, _lanes in owners.most_common(1)), None)

    def plan(self, people: Sequence[Person], now: float) -> Plan:
        """Return who is told."""
        return duty_plan(self.owner(), people, now)

    def is_well(self) -> bool:
        """Tell whether all of its lanes are well."""
        return all(look.is_well() for look in self.looks)

    def notice_in_s(self) -> float | None:
        """Return in how many seconds the first customer of any lane notices."""
        known = (look.impact.notice_in_s for look in self.looks)
        return min((one for one in known if one is not None), default=None)

    def quiet_until(self, quiet: Iterable[Quiet], now: float) -> float | None:
        """Return when the first silence ends, provided that every lane is quiet."""
        planned = list(quiet)
        ends = [look.quiet_until(planned, now) for look in self.looks]
        known = [end for end in ends if end is not None]
        return min(known) if known and len(known) == len(ends) else None


def cause_title(cause: Cause, looks: Iterable[Look]) -> str:
    """Return what is broken in words, the reason as its lanes give it."""
    reasons = (look.seen.judgement.reason for look in looks)
    said = next((one.sentence for one in reasons if one and one.reason == cause.scope), None)
    return wording_causes.title(cause, said)


def _suffering(looks: Iterable[Look]) -> list[wording_causes.Child]:
    return [wording_causes.Child(look.lane, look.seen.signals.oldest_s) for look in looks]


def _lateness(look: Look) -> float:
    return (look.seen.signals.oldest_s or 0.0) / look.lane.promise_s
