"""Keeps the episodes of what several lanes suffer from together, and who belongs to which."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tailback.core.causes import BLINDING, LEAST, PREFIX, Cause, cause_of, shared
from tailback.core.episodes import REOPEN_WITHIN_S, Episode, EpisodeEvent, EpisodeMachine
from tailback.core.judge.finding import Finding
from tailback.core.judge.verdict import Judgement
from tailback.core.model import Verdict
from tailback.server.case import Case
from tailback.server.topic import Look, cause_title


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is new of one cause: events, lanes that joined; `looks` are all that suffer now.

    `lanes` counts those that ever suffered from this episode.
    """

    cause: Cause
    name: str
    events: Sequence[EpisodeEvent]
    joined: Sequence[Case]
    looks: Sequence[Look]
    lanes: int


class Roots:
    """One machine per shared cause; a cause that is over is kept, for it may come back."""

    def __init__(self) -> None:
        """Know no cause yet."""
        self._machines: dict[Cause, EpisodeMachine] = {}
        self._names: dict[Cause, str] = {}
        self._lanes: dict[Cause, set[str]] = {}

    def restore(self, episodes: Iterable[Episode]) -> None:
        """Go on with the causes among these episodes, which are in the order of their time."""
        for episode in episodes:
            if episode.lane.startswith(PREFIX):
                self._machine(cause_of(episode.lane)).current = episode

    def open(self, cause: Cause) -> Episode | None:
        """Return the open episode of a cause."""
        machine = self._machines.get(cause)
        return None if machine is None else machine.open

    def is_open(self, episode: str | None) -> bool:
        """Tell whether an episode is that of a cause which goes on."""
        return any(m.open is not None and m.open.id == episode for m in self._machines.values())

    def acknowledge(self, episode: Episode, by: str, now: float) -> list[EpisodeEvent]:
        """Note that somebody looks after a cause."""
        for machine in self._machines.values():
            if machine.open is episode:
                return machine.acknowledge(by, now)
        return []

    def step(
        self, looks: Mapping[str, Look], cases: Mapping[str, Case], now: float
    ) -> Iterator[Change]:
        """Take one round: the looks at all lanes, and the open episodes by lane.

        In causal order, so that a lane belongs to the first cause that explains it: whoever
        takes a change attaches the lanes that joined before asking for the next one.
        """
        self._forget(now)
        found = shared(
            (look.lane, look.seen.judgement, look.seen.signals) for look in looks.values()
        )
        going = [cause for cause, machine in self._machines.items() if machine.open is not None]
        order = list(LEAST)
        causes = sorted({*found, *going}, key=lambda c: (order.index(c.kind), c.scope))
        for cause in causes:
            change = self._one(cause, looks, cases, now)
            if change is not None:
                yield change

    def _forget(self, now: float) -> None:
        for cause, machine in list(self._machines.items()):
            ended = machine.current.resolved_at if machine.current is not None else None
            if ended is not None and now - ended > REOPEN_WITHIN_S:
                del self._machines[cause]
                self._names.pop(cause, None)
                self._lanes.pop(cause, None)

    def _one(
        self, cause: Cause, looks: Mapping[str, Look], cases: Mapping[str, Case], now: float
    ) -> Change | None:
        before = self.open(cause)
        mine = [case for case in cases.values() if _suffers(cause, looks[case.episode.lane])]
        free = [
            case
            for case in cases.values()
            if _is_free(cause, case) and _belongs(cause, looks[case.episode.lane], before)
        ]
        if before is None and not free:
            return None
        machine = self._machine(cause)
        if before is None:
            self._lanes[cause] = set()
        inside = [c for c in cases.values() if before and c.attached and c.parent == before.id]
        if cause.kind not in BLINDING and inside and not mine and _all_blind(inside, looks):
            # What is not seen neither goes on nor ends.
            return self._change(cause, [], [], inside, looks)
        ages = [looks[case.episode.lane].seen.signals.oldest_s or 0.0 for case in mine]
        machine.promise_s = max(
            (looks[case.episode.lane].lane.promise_s for case in mine), default=machine.promise_s
        )
        events = machine.step(_judgement(cause, len(mine), max(ages, default=0.0)), now)
        episode = machine.open
        if episode is None:
            return self._change(cause, events, [], inside, looks)
        if any(case.episode.paged for case in [*inside, *free]) and not episode.paged:
            episode.paged = True
            if before is not None:
                rule = cause.kind
                events.append(EpisodeEvent("escalated", now, episode, rule, page=True))
        return self._change(cause, events, free, [*inside, *free], looks)

    def _change(
        self,
        cause: Cause,
        events: Sequence[EpisodeEvent],
        joined: Sequence[Case],
        inside: Sequence[Case],
        looks: Mapping[str, Look],
    ) -> Change:
        ever = self._lanes.setdefault(cause, set())
        ever.update(case.episode.lane for case in inside)
        seen = [looks[case.episode.lane] for case in inside]
        name = self._names.setdefault(cause, cause_title(cause, seen))
        return Change(
            cause=cause, name=name, events=events, joined=joined, looks=seen, lanes=len(ever)
        )

    def _machine(self, cause: Cause) -> EpisodeMachine:
        machine = self._machines.get(cause)
        if machine is None:
            machine = self._machines[cause] = EpisodeMachine(cause.key, 0.0, wake=False)
        return machine


def _suffers(cause: Cause, look: Look) -> bool:
    judgement = look.seen.judgement
    if not cause.explains(judgement.verdict.cause):
        return False
    if cause.kind == "reason":
        return judgement.reason is not None and judgement.reason.reason == cause.scope
    return cause.kind == "monitor" or look.lane.source == cause.scope


def _belongs(cause: Cause, look: Look, known: Episode | None) -> bool:
    """Tell whether a lane suffers from the cause, or is late after one that is known already."""
    return _suffers(cause, look) or (known is not None and cause.covers(look.lane))


def _is_free(cause: Cause, case: Case) -> bool:
    """Tell whether a lane may be told as part of the cause: what was told already goes on.

    A blinding cause says nothing new of a lane that was late before.
    """
    if case.attached:
        return False
    return cause.kind not in BLINDING or case.episode.kind == "blind" or case.told_at is None


def _all_blind(cases: Sequence[Case], looks: Mapping[str, Look]) -> bool:
    return all(looks[case.episode.lane].seen.judgement.blind for case in cases)


def _judgement(cause: Cause, lanes: int, age_s: float) -> Judgement:
    """Return what the machine is told: the cause holds as long as a lane suffers from it."""
    finding = Finding(cause.kind, "late", lanes, LEAST[cause.kind], 0.0, sure=False)
    return Judgement(
        Verdict(verdict="stuck", cause=cause.kind, sentence=""),
        (finding,) if lanes else (),
        None,
        age_s,
        None,
        calm=not lanes,
    )
