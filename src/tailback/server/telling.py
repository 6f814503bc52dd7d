"""Tells people of an episode, one step of its plan after the other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tailback.core import wording_alerts, wording_causes
from tailback.core.causes import ITSELF
from tailback.core.messages import MessageKind
from tailback.core.policy.escalation import Progress, advance
from tailback.core.policy.people import IsHoliday, Person
from tailback.core.policy.silence import Quiet
from tailback.server.case import Case, Draft
from tailback.server.topic import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Who there is and what is quiet; `board_url` None: nobody knows where the board is."""

    people: Callable[[], Sequence[Person]]
    is_holiday: IsHoliday
    quiet: Callable[[float], Iterable[Quiet]]
    board_url: str | None = None


class Teller:
    """Decides by the plan of a case who is told next, and with which words."""

    def __init__(self, house: House) -> None:
        """Tell the people of `house`."""
        self._house = house

    def is_due(self, case: Case, topic: Topic, now: float) -> bool:
        """Return whether somebody is to be told now."""
        progress = case.progress
        if progress.silenced and topic.quiet_until(self._house.quiet(now), now) is None:
            return True
        return progress.next_at is not None and now >= progress.next_at

    def step(self, draft: Draft, topic: Topic, now: float) -> None:
        """Tell who is due, and note who was told or why nobody was."""
        case = draft.case
        until = topic.quiet_until(self._house.quiet(now), now)
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
        draft.note("told", ", ".join(move.people))
        text = before + topic.text(case.plan.owner)
        draft.tell(move.people, kind, topic.title(), text, topic.children())
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
            if case.parent is not None:
                return case.first_kind, wording_causes.goes_on()
            if case.first_kind == "escalated" and case.episode.lane != ITSELF:
                return "escalated", wording_alerts.pages_now()
            return case.first_kind, ""
        waited = wording_alerts.unanswered(now - (case.told_at or case.episode.opened_at))
        return ("reminder" if step is None else "escalated"), waited
