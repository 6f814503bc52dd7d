"""One continuous problem of a lane, from pending to resolved: at most one open at a time.

The machine is pure: it is fed one judgement after the other and returns what happened, with the
reason. Rules that fire while an episode is open join it as evidence; they open no second one.
"""

from dataclasses import dataclass, field
from typing import Literal

from tailback.core.judge.finding import Finding
from tailback.core.judge.verdict import Judgement

State = Literal["firing", "acknowledged", "resolved"]
Change = Literal["opened", "escalated", "acknowledged", "reopened", "attached", "resolved"]

REOPEN_WITHIN_S = 1800.0
CLEAR_LONGEST_S = 300.0
PAGE_SHARE = 0.5
FLAPS = 3
# These end when work comes again, not when nobody expects any more of it.
NEEDS_ARRIVAL = frozenset({"silence", "shortfall", "schedule"})
FLAP_WINDOW_S = 3600.0
FLAP_HOLD_S = 1800.0
ACK_LASTS_S = 3600.0


@dataclass(slots=True)
class Episode:
    """One problem of one lane; times are Unix seconds.

    `against_normal` says that it was judged beside a normal day and not on a first one.
    """

    id: str
    lane: str
    rule: str
    kind: str
    cause: str
    opened_at: float
    last_firing_at: float
    against_normal: bool = False
    state: State = "firing"
    paged: bool = False
    evidence: list[str] = field(default_factory=list)
    clear_since: float | None = None
    resolved_at: float | None = None
    acknowledged_by: str | None = None
    acknowledged_until: float | None = None
    reopened: list[float] = field(default_factory=list)
    worst_age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EpisodeEvent:
    """What happened to an episode, and why (`rule`)."""

    event: Change
    at: float
    episode: Episode
    rule: str
    page: bool = False


class EpisodeMachine:
    """The episodes of one lane; `wake` says whether its trouble may wake somebody."""

    __slots__ = ("current", "lane", "promise_s", "wake")

    def __init__(self, lane: str, promise_s: float, *, wake: bool) -> None:
        self.lane = lane
        self.promise_s = promise_s
        self.wake = wake
        self.current: Episode | None = None

    @property
    def open(self) -> Episode | None:
        """Return the episode that is not resolved."""
        if self.current is None or self.current.state == "resolved":
            return None
        return self.current

    def step(self, judgement: Judgement, now: float) -> list[EpisodeEvent]:
        """Take the next judgement and return what changed."""
        episode, events = self.open, []
        if episode is not None and episode.kind == "blind" and not judgement.blind:
            # Seen again: what is seen now is another problem, or none.
            events += self._resolve(episode, now) if judgement.firing else []
        if judgement.firing:
            return events + self._firing(judgement, now)
        if judgement.blind:
            return []
        return self._clear(judgement, now)

    def acknowledge(self, by: str, now: float, lasts_s: float = ACK_LASTS_S) -> list[EpisodeEvent]:
        """Note that somebody looks after it; that ends when it is not mended in time."""
        episode = self.open
        if episode is None:
            return []
        episode.state = "acknowledged"
        episode.acknowledged_by, episode.acknowledged_until = by, now + lasts_s
        return [EpisodeEvent("acknowledged", now, episode, episode.rule)]

    def _firing(self, judgement: Judgement, now: float) -> list[EpisodeEvent]:
        first = judgement.firing[0]
        episode, events = self.current, []
        if episode is None or self._is_over(episode, first, now):
            episode = self.current = self._begun(judgement, now)
            events.append(EpisodeEvent("opened", now, episode, first.rule, episode.paged))
        elif episode.state == "resolved":
            episode.state, episode.resolved_at = "firing", None
            episode.acknowledged_by = episode.acknowledged_until = None
            episode.reopened = [*_lately(episode.reopened, now), now]
            events.append(EpisodeEvent("reopened", now, episode, first.rule))
        episode.clear_since, episode.last_firing_at = None, now
        episode.worst_age_s = max(episode.worst_age_s, judgement.age_s or 0.0)
        events += self._joined(episode, judgement, now)
        if not episode.paged and self._pages(judgement):
            episode.paged = True
            events.append(EpisodeEvent("escalated", now, episode, first.rule, page=True))
        if episode.state == "acknowledged" and now > (episode.acknowledged_until or 0.0):
            episode.state, episode.acknowledged_by = "firing", None
            events.append(EpisodeEvent("escalated", now, episode, first.rule, episode.paged))
        return events

    def _begun(self, judgement: Judgement, now: float) -> Episode:
        first, number = judgement.firing[0], f"{self.lane}-{int(now)}"
        if self.current is not None and self.current.id == number:
            number += "-2"
        return Episode(
            id=number,
            lane=self.lane,
            rule=first.rule,
            kind=first.kind,
            cause=judgement.verdict.cause,
            opened_at=now,
            last_firing_at=now,
            against_normal=judgement.normal is not None,
            paged=self._pages(judgement),
            evidence=[finding.rule for finding in judgement.firing],
        )

    def _joined(self, episode: Episode, judgement: Judgement, now: float) -> list[EpisodeEvent]:
        new = [f.rule for f in judgement.firing if f.rule not in episode.evidence]
        episode.evidence += new
        return [EpisodeEvent("attached", now, episode, rule) for rule in new]

    def _is_over(self, episode: Episode, first: Finding, now: float) -> bool:
        ended = episode.resolved_at
        if ended is None:
            return False
        return now - ended > REOPEN_WITHIN_S or (first.kind == "blind") != (
            episode.kind == "blind"
        )

    def _pages(self, judgement: Judgement) -> bool:
        if not self.wake:
            return False
        age = judgement.age_s or 0.0
        return any(_wakes(finding, age, self.promise_s) for finding in judgement.firing)

    def _clear(self, judgement: Judgement, now: float) -> list[EpisodeEvent]:
        episode = self.open
        if episode is None:
            return []
        if not _recovered(episode, judgement):
            episode.clear_since = None
            return []
        if episode.clear_since is None:
            episode.clear_since = now
        hold = min(CLEAR_LONGEST_S, self.promise_s)
        if len(_lately(episode.reopened, now)) >= FLAPS:
            hold = FLAP_HOLD_S
        if now - episode.clear_since < hold:
            return []
        return self._resolve(episode, now)

    def _resolve(self, episode: Episode, now: float) -> list[EpisodeEvent]:
        episode.state, episode.resolved_at = "resolved", now
        return [EpisodeEvent("resolved", now, episode, episode.rule)]


def _lately(times: list[float], now: float) -> list[float]:
    return [at for at in times if now - at < FLAP_WINDOW_S]


def _recovered(episode: Episode, judgement: Judgement) -> bool:
    """Tell whether the lane is well again, which silence alone does not prove."""
    if not judgement.calm:
        return False
    if NEEDS_ARRIVAL.intersection(episode.evidence):
        return judgement.arrived_at is not None and judgement.arrived_at >= episode.opened_at
    return True


def _wakes(finding: Finding, age_s: float, promise_s: float) -> bool:
    if finding.rule in ("silence", "schedule"):
        return finding.sure and finding.value >= PAGE_SHARE * promise_s
    return finding.sure and finding.kind != "blind" and age_s >= PAGE_SHARE * promise_s
