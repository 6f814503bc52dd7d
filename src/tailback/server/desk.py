"""Keeps every episode with the messages about it: what changes together is written together.

It runs on the engine's thread. A change that could not be written (the disk is full) is tried
again at the next look, so the state in memory is never ahead of the disk for long.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future

from tailback.core import wording_alerts, wording_causes
from tailback.core.causes import ITSELF, Cause
from tailback.core.causes import PREFIX as SHARED
from tailback.core.drill import PREFIX
from tailback.core.episodes import REOPEN_WITHIN_S, Episode, EpisodeEvent
from tailback.core.impact import Impact
from tailback.core.messages import MessageKind
from tailback.core.policy.escalation import Progress, begin
from tailback.core.policy.people import works
from tailback.server.case import Case, Draft, revived
from tailback.server.roots import Roots
from tailback.server.telling import House, Teller
from tailback.server.to_write import ToWrite
from tailback.server.topic import Look, Shared, Topic
from tailback.store.alerts import EpisodeStore

UNWATCHED_S = 900.0
PROVEN_KEPT_S = 10.0
YEAR_S = 365 * 86_400.0
FORGET_S = 2 * REOPEN_WITHIN_S

_log = logging.getLogger(__name__)


def is_of_lanes(lane: str) -> bool:
    """Tell whether an episode is of lanes, not a drill nor about Tailback itself."""
    return lane != ITSELF and not lane.startswith(PREFIX)


class Desk:
    """Turns what happens to episodes into rows and messages."""

    def __init__(
        self, store: EpisodeStore, house: House, mine: Callable[[str], bool] = is_of_lanes
    ) -> None:
        """Write to `store`; `mine` tells by its lane whether an episode is kept here."""
        self._mine = mine
        self._store = store
        self._house = house
        self._cases: dict[str, Case] = {}
        self._teller = Teller(house)
        self._drafts: dict[str, Draft] = {}
        self._looks: dict[str, Look] = {}
        self._roots = Roots()
        self.to_write = ToWrite(store)
        self._unwatched: dict[str, float] = {}
        self._proven: dict[str, float] = {}
        self._proven_at = 0.0

    def restore(self, now: float) -> None:
        """Take up what was open, and what ended so lately that it may come back."""
        for row in self._store.going_on(resolved_since=now - REOPEN_WITHIN_S):
            if self._mine(row.lane):
                self._cases[row.id] = revived(row)
        self._roots.restore(case.episode for case in self._cases.values())

    def proven(self, lane: str, now: float) -> float | None:
        """Return when a drill of the lane was last answered, in the last year."""
        if now - self._proven_at >= PROVEN_KEPT_S:
            self._proven_at, self._proven = now, self._store.proven(now - YEAR_S)
        return self._proven.get(lane)

    def current(self, lane: str) -> Episode | None:
        """Return the episode that a lane's machine goes on with: the open or the latest one."""
        found = [case.episode for case in self._cases.values() if case.episode.lane == lane]
        return max(found, key=lambda e: (e.state != "resolved", e.opened_at), default=None)

    def look(self, look: Look, episode: Episode | None, now: float) -> None:
        """Take what happened to a lane's episode; people are told at the end of the round."""
        self._looks[look.lane.key] = look
        events = look.seen.events
        if episode is not None and self._is_unknown(episode, events):
            # Whatever went wrong when it began: a problem that nobody knows of is told now.
            opened = EpisodeEvent("opened", now, episode, episode.rule, episode.paged)
            events = [opened, *events]
        self._take(events, look, now)
        known = self._cases.get(episode.id) if episode is not None else None
        if known is not None:
            _count_accounts(known, look.impact)

    def acknowledged(self, event: EpisodeEvent, name: str, by: str, now: float) -> Future[None]:
        """Take an acknowledgement; the future resolves when it is durable."""
        case = self._cases[event.episode.id]
        draft = Draft(case, now, self._house.board_url)
        case.by, case.acknowledged_at = by, now
        case.progress = Progress(step=case.progress.step)
        text = wording_alerts.taken_over(by, name)
        draft.note("acknowledged", text, actor=by)
        draft.tell_told("acknowledged", text, text)
        return self.to_write.now(draft.change())

    def acknowledge(self, episode: str, by: str, now: float) -> Future[None] | None:
        """Acknowledge a shared cause; None when no such is open."""
        case = self._cases.get(episode)
        events = [] if case is None else self._roots.acknowledge(case.episode, by, now)
        return self.acknowledged(events[0], case.subject, by, now) if case and events else None

    def end_round(self, watched: Iterable[str], now: float) -> None:
        """Find what lanes suffer from together, tell who is due, and write."""
        keys = set(watched)
        looks, self._looks = self._looks, {}
        topics: dict[str, Topic] = {}
        try:
            topics.update(self._gather(looks, now))
        except Exception:  # noqa: BLE001 - each lane is told for itself then
            _log.exception("shared causes could not be found")
        for case in list(self._cases.values()):
            episode = case.episode
            look = looks.get(episode.lane)
            shared = episode.lane.startswith(SHARED)
            if episode.resolved_at is not None and now - episode.resolved_at > FORGET_S:
                del self._cases[episode.id]
            elif episode.state != "resolved" and episode.lane not in keys and not shared:
                if now - self._unwatched.setdefault(episode.lane, now) > UNWATCHED_S:
                    self._abandon(case, now)
            else:
                self._unwatched.pop(episode.lane, None)
                topic = topics.get(episode.lane) if shared else look
                if topic is not None and episode.state != "resolved":
                    self._go_on(case, topic, now)
        self._write()

    def follow(
        self,
        events: Sequence[EpisodeEvent],
        episode: Episode | None,
        topic: Topic,
        now: float,
        *,
        tell: bool,
    ) -> None:
        """Keep an episode that is of no lane, and with `tell` tell who is due."""
        self._take(events, topic, now)
        case = None if episode is None else self._cases.get(episode.id)
        if tell and case is not None and case.episode.state != "resolved":
            self._go_on(case, topic, now)
        self._write()

    def _write(self) -> None:
        drafts, self._drafts = self._drafts, {}
        self.to_write.add(draft.change() for draft in drafts.values())

    def _gather(self, looks: dict[str, Look], now: float) -> dict[str, Topic]:
        """Keep the episodes of shared causes and attach lanes; return what each is about."""
        topics: dict[str, Topic] = {}
        going = [case for case in self._cases.values() if case.episode.state != "resolved"]
        lanes = {case.episode.lane: case for case in going if case.episode.lane in looks}
        for change in self._roots.step(looks, lanes, now):
            topic = Shared(name=change.name, looks=change.looks, lanes=change.lanes)
            topics[change.cause.key] = topic
            self._take(change.events, topic, now)
            self._attach(change.cause, change.joined, topic, now)
        for case in lanes.values():
            self._leave(case, looks[case.episode.lane], now)
        return topics

    def _attach(self, cause: Cause, joined: Sequence[Case], topic: Shared, now: float) -> None:
        parent = self._roots.open(cause)
        if parent is None or not joined:
            return
        for case in joined:
            case.parent, case.attached = parent.id, True
            case.progress = Progress(step=case.progress.step)
            self._draft(case, now).note("attached", wording_causes.part_of(topic.name))
        keys = {case.episode.lane for case in joined}
        children = [
            wording_causes.Child(look.lane, look.seen.signals.oldest_s)
            for look in topic.looks
            if look.lane.key in keys
        ]
        self._draft(self._cases[parent.id], now).note("attached", wording_causes.names(children))

    def _inform(self, case: Case, topic: Shared, now: float) -> None:
        quiet = list(self._house.quiet(now))
        loud = {one.lane.key for one in topic.looks if one.quiet_until(quiet, now) is None}
        others = case.others(self._cases.values(), loud)
        for person in [one for one in case.plan.people if one.name in others]:
            if works(person, now, self._house.is_holiday):
                draft = self._draft(case, now)
                draft.note("informed", person.name)
                text = topic.informs(others[person.name], case.plan.owner or "")
                draft.inform(person.name, topic.title(), text)

    def _leave(self, case: Case, look: Look, now: float) -> None:
        """Let a lane that outlives what it was part of become an alert of its own."""
        if not case.attached or self._roots.is_open(case.parent):
            return
        if look.seen.judgement.firing and case.episode.state == "firing":
            case.attached, case.first_kind = False, "opened"
            case.progress = begin(case.plan, now)
            self._draft(case, now).note("goes on alone")

    def _go_on(self, case: Case, topic: Topic, now: float) -> None:
        """Take the step that is due; what seems well again is noted and nobody told of it."""
        try:
            seems_over = case.episode.clear_since is not None and topic.is_well()
            if self._teller.is_due(case, topic, now) and not seems_over:
                self._teller.step(self._draft(case, now), topic, now)
            elif case.clear_since != case.episode.clear_since:
                # Otherwise a server that is restarted often would never see the end of it.
                self._draft(case, now)
            if isinstance(topic, Shared) and not seems_over:
                self._inform(case, topic, now)
        except Exception:  # noqa: BLE001 - all others are told
            _log.exception("an episode could not be told", extra={"lane": case.episode.lane})

    def _take(self, events: Sequence[EpisodeEvent], topic: Topic, now: float) -> None:
        for event in events:
            case = self._case(event.episode, topic, now)
            self._happened(self._draft(case, now), event, topic, now)

    def _is_unknown(self, episode: Episode, events: Sequence[EpisodeEvent]) -> bool:
        if episode.state == "resolved" or episode.id in self._cases:
            return False
        return not any(e.event == "opened" and e.episode.id == episode.id for e in events)

    def _draft(self, case: Case, now: float) -> Draft:
        """Return what changes of a case in this round."""
        made = self._drafts.get(case.episode.id)
        if made is None:
            made = self._drafts[case.episode.id] = Draft(case, now, self._house.board_url)
        return made

    def _case(self, episode: Episode, topic: Topic, now: float) -> Case:
        case = self._cases.get(episode.id)
        if case is None:
            plan = topic.plan(self._house.people(), now)
            notice_in = topic.notice_in_s()
            case = self._cases[episode.id] = Case(
                episode=episode,
                plan=plan,
                subject=topic.title(),
                notice_at=None if notice_in is None else episode.opened_at + notice_in,
            )
        case.episode = episode
        return case

    def _happened(self, draft: Draft, event: EpisodeEvent, topic: Topic, now: float) -> None:
        case = draft.case
        text = case.message = topic.text(case.plan.owner)
        if event.event == "attached":
            draft.note("attached", event.rule)
        elif event.event == "resolved":
            case.progress, case.by, case.attached = Progress(), None, False
            words = case.message = topic.recovered(case.episode, now)
            draft.note("resolved", words)
            draft.tell_told("resolved", words, words, supersede=True)
        else:
            draft.note(event.event, text)
            if case.attached:
                return
            case.first_kind = _kind(event)
            case.progress = begin(case.plan, now)
            if not case.plan.steps:
                draft.note("nobody told", wording_alerts.nobody_is_told())

    def _abandon(self, case: Case, now: float) -> None:
        case.episode.state, case.episode.resolved_at = "resolved", now
        case.progress = Progress()
        draft = self._draft(case, now)
        words = case.message = wording_alerts.no_longer_watched(case.episode.lane)
        draft.note("resolved", words)
        draft.tell_told("resolved", words, words, supersede=True)


def _count_accounts(case: Case, impact: Impact) -> None:
    """Keep the most accounts that were affected at one time; resolved ones are not counted on."""
    if case.episode.state != "resolved" and (impact.accounts or 0) > (case.accounts or 0):
        case.accounts, case.accounts_exact = impact.accounts, impact.exact


def _kind(event: EpisodeEvent) -> MessageKind:
    if event.event == "reopened":
        return "reopened"
    return "escalated" if event.event == "escalated" else "opened"
