"""Keeps every episode with the messages about it: what changes together is written together.

It runs on the engine's thread. A change that could not be written (the disk is full) is tried
again at the next look, so the state in memory is never ahead of the disk for long.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from tailback.core import wording_alerts
from tailback.core.drill import PREFIX
from tailback.core.episodes import REOPEN_WITHIN_S, Episode, EpisodeEvent
from tailback.core.impact import Impact
from tailback.core.messages import MessageKind
from tailback.core.model import Lane
from tailback.core.policy.escalation import Progress, advance, begin
from tailback.core.policy.people import IsHoliday, Person
from tailback.core.policy.plan import owner_of, plan_for
from tailback.core.policy.silence import Quiet, silenced_until
from tailback.server.case import Case, Draft, revived
from tailback.server.reasons import explained
from tailback.server.watch import Seen
from tailback.store.alerts import Change, EpisodeStore
from tailback.store.errors import StoreError

UNWATCHED_S = 900.0
PROVEN_KEPT_S = 10.0
YEAR_S = 365 * 86_400.0
FORGET_S = 2 * REOPEN_WITHIN_S

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Who there is and what is quiet; `board_url` None: nobody knows where the board is."""

    people: Sequence[Person]
    is_holiday: IsHoliday
    quiet: Callable[[float], Iterable[Quiet]]
    board_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One lane as it was just judged."""

    lane: Lane
    seen: Seen
    impact: Impact


class Desk:
    """Turns what happens to episodes into rows and messages."""

    def __init__(self, store: EpisodeStore, house: House) -> None:
        """Write to `store`."""
        self._store = store
        self._house = house
        self._cases: dict[str, Case] = {}
        self._waiting: list[Change] = []
        self._writing: list[tuple[Change, Future[None]]] = []
        self._unwatched: dict[str, float] = {}
        self._proven: dict[str, float] = {}
        self._proven_at = 0.0

    def restore(self, now: float) -> None:
        """Take up what was open, and what ended so lately that it may come back."""
        for row in self._store.going_on(resolved_since=now - REOPEN_WITHIN_S):
            if not row.lane.startswith(PREFIX):
                self._cases[row.id] = revived(row)

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
        """Take what happened to a lane's episode, and the step that is due."""
        drafts: dict[str, Draft] = {}
        events = look.seen.events
        if episode is not None and self._is_unknown(episode, events):
            # Whatever went wrong when it began: a problem that nobody knows of is told now.
            opened = EpisodeEvent("opened", now, episode, episode.rule, episode.paged)
            events = [opened, *events]
        for event in events:
            case = self._case(event.episode, look)
            draft = drafts.setdefault(case.episode.id, self._draft(case, now))
            self._happened(draft, event, look, now)
        case_now = self._cases.get(episode.id) if episode is not None else None
        if case_now is not None:
            _count_accounts(case_now, look.impact)
        if case_now is not None and _is_due(case_now, now):
            draft = drafts.setdefault(case_now.episode.id, self._draft(case_now, now))
            self._step(draft, look, now)
        elif case_now is not None and case_now.clear_since != case_now.episode.clear_since:
            # Otherwise a server that is restarted often would never see the end of it.
            drafts.setdefault(case_now.episode.id, self._draft(case_now, now))
        self._waiting += [draft.change() for draft in drafts.values()]

    def acknowledged(self, event: EpisodeEvent, lane: Lane, by: str, now: float) -> Future[None]:
        """Take an acknowledgement; the future resolves when it is durable."""
        case = self._cases[event.episode.id]
        draft = self._draft(case, now)
        case.by, case.acknowledged_at = by, now
        case.progress = Progress(step=case.progress.step)
        text = wording_alerts.taken_over(by, lane.name)
        draft.note("acknowledged", text, actor=by)
        draft.tell_told("acknowledged", text, text)
        self.flush()
        change = draft.change()
        written = self._store.save([change])
        self._writing.append((change, written))
        return written

    def end_round(self, watched: Iterable[str], now: float) -> None:
        """Close what nobody watches any more, forget what is over, and write."""
        keys = set(watched)
        for case in list(self._cases.values()):
            episode = case.episode
            if episode.resolved_at is not None and now - episode.resolved_at > FORGET_S:
                del self._cases[episode.id]
            elif episode.state != "resolved" and episode.lane not in keys:
                if now - self._unwatched.setdefault(episode.lane, now) > UNWATCHED_S:
                    self._abandon(case, now)
            else:
                self._unwatched.pop(episode.lane, None)
        self.flush()

    def flush(self) -> None:
        """Write what waits; what failed before comes first."""
        failed = []
        going = []
        for change, future in self._writing:
            if not future.done():
                going.append((change, future))
            elif future.exception() is not None:
                failed.append(change)
        if failed:
            _log.error("episodes could not be written, trying again", extra={"n": len(failed)})
        self._writing = going
        waiting, self._waiting = failed + self._waiting, []
        for change in waiting:
            try:
                self._writing.append((change, self._store.save([change])))
            except StoreError as error:
                _log.warning("episodes cannot be written yet", extra={"why": str(error)})
                self._waiting.append(change)

    def _is_unknown(self, episode: Episode, events: Sequence[EpisodeEvent]) -> bool:
        if episode.state == "resolved" or episode.id in self._cases:
            return False
        return not any(e.event == "opened" and e.episode.id == episode.id for e in events)

    def _draft(self, case: Case, now: float) -> Draft:
        return Draft(case, now, self._house.board_url)

    def _case(self, episode: Episode, look: Look) -> Case:
        case = self._cases.get(episode.id)
        if case is None:
            plan = plan_for(owner_of(look.lane, _bucket(look)), self._house.people)
            subject = wording_alerts.title(look.lane, look.seen.judgement.verdict.verdict)
            notice_in = look.impact.notice_in_s
            case = self._cases[episode.id] = Case(
                episode=episode,
                plan=plan,
                subject=subject,
                notice_at=None if notice_in is None else episode.opened_at + notice_in,
            )
        case.episode = episode
        return case

    def _happened(self, draft: Draft, event: EpisodeEvent, look: Look, now: float) -> None:
        case, text = draft.case, self._text(draft.case, look)
        case.message = text
        if event.event == "attached":
            draft.note("attached", event.rule)
        elif event.event == "resolved":
            case.progress, case.by = Progress(), None
            words = case.message = _recovered(case, look.lane, now)
            draft.note("resolved", words)
            draft.tell_told("resolved", words, words, supersede=True)
        else:
            case.first_kind = _kind(event)
            draft.note(event.event, text)
            case.progress = begin(case.plan, now)
            if not case.plan.steps:
                draft.note("nobody told", wording_alerts.nobody_is_told())

    def _step(self, draft: Draft, look: Look, now: float) -> None:
        case = draft.case
        until = silenced_until(self._house.quiet(now), look.lane.key, now)
        move = advance(
            case.plan,
            case.progress,
            now,
            page=case.episode.paged,
            silenced_until=until,
            is_holiday=self._house.is_holiday,
        )
        if move is None:
            return
        case.progress = move.progress
        if not move.people:
            draft.note("waits", wording_alerts.waits(silenced=until is not None))
            return
        kind, before = self._introduction(case, move.step, now)
        title = wording_alerts.title(look.lane, look.seen.judgement.verdict.verdict)
        text = before + self._text(case, look)
        draft.note("told", ", ".join(move.people))
        draft.tell(move.people, kind, title, text)
        if case.episode.state == "acknowledged":
            case.progress = Progress(step=case.progress.step)

    def _introduction(self, case: Case, step: int | None, now: float) -> tuple[MessageKind, str]:
        if step == 0:
            case.told_at = now
            if case.first_kind == "reopened":
                return "reopened", wording_alerts.came_back()
            if case.first_kind == "escalated" and case.by and case.episode.state == "firing":
                passed = now - (case.acknowledged_at or now)
                return "escalated", wording_alerts.still_broken(case.by, passed)
            return case.first_kind, ""
        waited = wording_alerts.unanswered(now - (case.told_at or case.episode.opened_at))
        return ("reminder" if step is None else "escalated"), waited

    def _text(self, case: Case, look: Look) -> str:
        lane = replace(look.lane, owner=case.plan.owner)
        return wording_alerts.alert(lane, look.seen.judgement, look.seen.signals, look.impact)

    def _abandon(self, case: Case, now: float) -> None:
        case.episode.state, case.episode.resolved_at = "resolved", now
        case.progress = Progress()
        draft = self._draft(case, now)
        words = case.message = wording_alerts.no_longer_watched(case.episode.lane)
        draft.note("resolved", words)
        draft.tell_told("resolved", words, words, supersede=True)
        self._waiting.append(draft.change())


def _count_accounts(case: Case, impact: Impact) -> None:
    """Keep the most accounts that were affected at one time; resolved ones are not counted on."""
    if case.episode.state != "resolved" and (impact.accounts or 0) > (case.accounts or 0):
        case.accounts, case.accounts_exact = impact.accounts, impact.exact


def _is_due(case: Case, now: float) -> bool:
    return case.progress.next_at is not None and now >= case.progress.next_at


def _kind(event: EpisodeEvent) -> MessageKind:
    if event.event == "reopened":
        return "reopened"
    return "escalated" if event.event == "escalated" else "opened"


def _bucket(look: Look) -> str | None:
    reason = look.seen.judgement.reason
    if reason is None or not reason.first_error:
        return None
    return explained(reason.first_error).bucket


def _recovered(case: Case, lane: Lane, now: float) -> str:
    episode = case.episode
    return wording_alerts.recovered(lane, episode.worst_age_s, now - episode.opened_at)
