"""Keeps the one problem of Tailback itself: parts that do not work, told to everyone.

It runs on a thread of its own, apart from the engine and the sender that it watches. Where
messages cannot be kept, or are not sent, it sends by itself.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from tailback.core import wording_itself as words
from tailback.core.alive import MUTE, Lack, Part, Vitals, lacks, troubles
from tailback.core.causes import ITSELF
from tailback.core.episodes import Episode, EpisodeEvent, EpisodeMachine
from tailback.core.judge.finding import Finding
from tailback.core.judge.verdict import Judgement
from tailback.core.messages import Child
from tailback.core.model import Verdict
from tailback.core.policy.people import Person
from tailback.core.policy.plan import Plan, everyone_plan
from tailback.core.policy.silence import Quiet
from tailback.server.desk import Desk
from tailback.server.direct import Direct
from tailback.server.pulse import Pulse
from tailback.server.view import Notices

HOLD_S = 60.0
CALM_S = 300.0
# Without these the outbox is no way to anybody.
NO_OUTBOX: frozenset[Part] = frozenset({"database", "outbox"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ourselves:
    """What does not work now; nobody owns it, so everyone is told."""

    found: Sequence[Lack]

    def title(self) -> str:
        """Return what is so, in a line."""
        return words.TITLE

    def text(self, owner: str | None) -> str:
        """Return the alert."""
        del owner
        return words.alert(self.found)

    def recovered(self, episode: Episode, now: float) -> str:
        """Say that everything works again."""
        return words.recovered(now - episode.opened_at)

    def plan(self, people: Sequence[Person], now: float) -> Plan:
        """Return everyone who can be reached."""
        return everyone_plan(people, now)

    def is_well(self) -> bool:
        """Tell whether everything works."""
        return not self.found

    def notice_in_s(self) -> float | None:
        """Customers notice nothing of it."""
        return None

    def quiet_until(self, quiet: Iterable[Quiet], now: float) -> float | None:
        """No silence is of it."""
        del quiet, now
        return None

    def children(self) -> tuple[Child, ...]:
        """No lane is of it alone."""
        return ()


class Itself:
    """Looks at the pulse and keeps the episode; safe from several threads."""

    def __init__(
        self, pulse: Pulse, desk: Desk, direct: Direct, wakes: Callable[[], bool]
    ) -> None:
        """Keep the episode at a `desk` of its own; `wakes`: somebody may be woken for a lane."""
        self._pulse = pulse
        self._desk = desk
        self._direct = direct
        self._wakes = wakes
        self._lock = threading.Lock()
        self._machine = EpisodeMachine(ITSELF, CALM_S, wake=False)
        self._since: dict[Part, float] = {}
        self._known: set[Part] = set()
        self.notices = Notices()

    def restore(self, now: float) -> None:
        """Take up what was open."""
        self._desk.restore(now)
        self._machine.current = self._desk.current(ITSELF)

    def look(self, now: float) -> bool:
        """Feel the pulse, keep the episode, tell who is due; return whether all is well."""
        vitals = self._pulse.feel(now)
        told = troubles(vitals)
        found = {lack.part: lack for lack in [*lacks(vitals), *told]}
        self._since = {part: self._since.get(part, now) for part in found}
        self._notice(found, vitals, now)
        with self._lock:
            # One unlucky look is nothing to tell.
            held = [lack for lack in told if now - self._since[lack.part] >= HOLD_S]
            topic = Ourselves(held)
            events = self._step(topic.found, now)
            episode = self._machine.current
            blocked = not NO_OUTBOX.isdisjoint(lack.part for lack in topic.found)
            state = episode.state if episode is not None else None
            if episode is not None and (state == "resolved" or (blocked and state == "firing")):
                self._direct.tell(episode, topic, now)
            self._desk.follow(events, episode, topic, now, tell=not blocked)
        return not told

    def acknowledge(self, by: str, now: float) -> Future[None] | None:
        """Note that somebody looks after it; None when nothing is wrong."""
        with self._lock:
            events = self._machine.acknowledge(by, now)
            return self._desk.acknowledged(events[0], words.NAME, by, now) if events else None

    def _notice(self, found: Mapping[Part, Lack], vitals: Vitals, now: float) -> None:
        """Say on the board and in the log what two looks in a row found."""
        lasting = [lack for lack in found.values() if now > self._since[lack.part]]
        if {lack.part for lack in lasting} != self._known:
            self._known = {lack.part for lack in lasting}
            _log.warning("parts of tailback itself", extra={"parts": sorted(self._known)})
        # The board names each source that cannot be read, and why, by itself.
        own = [words.notice(lack.words) for lack in lasting if lack.part != "sources"]
        unused = [words.unverified(vitals.unverified)] if vitals.unverified else []
        self.notices = Notices(lines=(*own, *unused), ails=bool(own))

    def _step(self, held: Sequence[Lack], now: float) -> list[EpisodeEvent]:
        before = self._machine.open
        # What joins makes it worse, as when a disk that was nearly full is full.
        events = [
            replace(event, event="escalated") if event.event == "attached" else event
            for event in self._machine.step(_judgement(held), now)
        ]
        episode = self._machine.open
        mute = not MUTE.isdisjoint(lack.part for lack in held)
        if episode is not None and mute and not episode.paged and self._wakes():
            episode.paged = True
            if before is not None:
                events.append(EpisodeEvent("escalated", now, episode, "monitor", page=True))
        return events


def _judgement(held: Sequence[Lack]) -> Judgement:
    return Judgement(
        Verdict(verdict="unknown", cause="monitor", sentence=""),
        tuple(Finding(lack.part, "late", 1.0, 1.0, 0.0, sure=False) for lack in held),
        None,
        None,
        None,
        calm=not held,
    )
