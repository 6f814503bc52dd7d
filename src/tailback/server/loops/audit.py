"""Finds firing episodes whose next person was not told in time, whatever the reason.

It runs apart from the judge, so it also notices when the judge itself has stopped.
"""

import logging
from dataclasses import replace

from tailback.core import wording_alerts
from tailback.core.episodes import FLAP_HOLD_S
from tailback.core.policy.escalation import OVERDUE_S, is_neglected
from tailback.server.case import Case, Draft, revived
from tailback.server.desk import is_of_lanes
from tailback.store.alerts import EpisodeStore, SavedEpisode

EVERY_S = 60.0
AGAIN_S = 3_600.0
LATEST = 1e15

_log = logging.getLogger(__name__)


class AuditLoop:
    """Looks at what is written, not at what the judge believes."""

    def __init__(self, store: EpisodeStore, started_at: float, board_url: str | None) -> None:
        """Audit `store`; a server that has just started at `started_at` is given time."""
        self._store = store
        self._started_at = started_at
        self._board_url = board_url
        self._told: dict[str, float] = {}

    def once(self, now: float) -> bool:
        """Tell everyone of the plan of each neglected episode; return whether there was one."""
        if now - self._started_at <= OVERDUE_S:
            return False
        found = False
        for row in self._store.going_on(resolved_since=LATEST):
            if row.state != "firing" or not is_of_lanes(row.lane):
                continue
            case = revived(row)
            if _is_ending(case, now) or self._is_part(case, now):
                continue
            if not is_neglected(case.plan, case.progress, now):
                continue
            found = True
            if now - self._told.get(row.id, -AGAIN_S) >= AGAIN_S:
                self._told[row.id] = now
                self._tell(row, now)
        return found

    def pause_s(self) -> float:
        """Return how long to wait until the next look."""
        return EVERY_S

    def close(self) -> None:
        """Hold nothing."""

    def _is_part(self, case: Case, now: float) -> bool:
        """Tell whether people are told of another episode instead, or were until just now."""
        parent = self._store.get(case.parent) if case.attached and case.parent else None
        if parent is None:
            return False
        return parent.resolved_at is None or now - parent.resolved_at <= OVERDUE_S

    def _tell(self, row: SavedEpisode, now: float) -> None:
        _log.error("nobody was told in time", extra={"episode": row.id})
        case = revived(row)
        late_s = now - (row.next_step_at or row.changed_at)
        draft = Draft(case, now, self._board_url, serial=f"late-{int(now)}")
        text = wording_alerts.neglected(late_s) + row.message
        draft.note("neglected", text)
        everyone = [person.name for person in case.plan.people]
        draft.tell(everyone, "escalated", case.subject, text)
        # The row stays as it was read: what the judge has written meanwhile is newer.
        self._store.save([replace(draft.change(), episode=row)]).result()


def _is_ending(case: Case, now: float) -> bool:
    """Tell whether it seems well again: nobody is told of that until it is sure."""
    return case.clear_since is not None and now - case.clear_since <= FLAP_HOLD_S + OVERDUE_S
