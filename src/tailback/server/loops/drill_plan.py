"""Begins the drills that nobody asks for: monthly, and after a change of what an alert needs."""

import logging
from collections.abc import Callable
from hashlib import sha256

import msgspec

from tailback.core.drill import PROVEN_FOR_S, Appointment, appointment
from tailback.core.model import Lane
from tailback.core.policy.people import IsHoliday, works
from tailback.core.policy.plan import Plan, duty_plan, plan_for
from tailback.server.config.current import Current
from tailback.server.loops.drill import DrillError, DrillLoop
from tailback.store.store import Store

EVERY_S = 60.0
AGAIN_S = 86_400.0
YEAR_S = 365 * 86_400.0
KEPT = "drill_plan"
BY = "the monthly plan"

_log = logging.getLogger(__name__)


class DrillPlanLoop:
    """Keeps an appointment for each configured lane with an owner; one drill goes on at a time."""

    def __init__(
        self,
        config: Current,
        store: Store,
        lanes: Callable[[], list[Lane]],
        drills: DrillLoop,
        is_holiday: IsHoliday,
    ) -> None:
        """Plan drills of `lanes`; owners get them while they work."""
        self._config = config
        self._store = store
        self._lanes = lanes
        self._drills = drills
        self._is_holiday = is_holiday

    def once(self, now: float) -> bool:
        """Make appointments and keep the first that is due; return whether a drill began."""
        kept = self._store.meta.get(KEPT)
        before = msgspec.json.decode(kept, type=dict[str, Appointment]) if kept else {}
        proven = self._store.episodes.proven(now - YEAR_S)
        plan = dict(before)
        began = False
        for lane in self._lanes():
            who = duty_plan(lane.owner, self._config().people, now)
            if lane.discovered or not who.steps:
                continue
            # by the file: a hand-over of a rota is no change that an alert must be proven after
            mark = self._mark(lane, plan_for(lane.owner, self._config().people))
            made = appointment(before.get(lane.key), mark, proven.get(lane.key), now)
            if not began and now >= made.due_at and self._is_there(who, now):
                began = self._begin(lane, now)
                due_at = now + (PROVEN_FOR_S if began else AGAIN_S)
                made = Appointment(mark=mark, made_at=now, due_at=due_at)
            plan[lane.key] = made
        if plan != before:
            self._store.meta.set(KEPT, msgspec.json.encode(plan).decode())
        return began

    def pause_s(self) -> float:
        """Return how long to wait until the next look."""
        return EVERY_S

    def close(self) -> None:
        """Hold nothing."""

    def _begin(self, lane: Lane, now: float) -> bool:
        try:
            self._drills.begin(lane, "fail", BY, now)
        except DrillError as error:
            _log.warning("no planned drill", extra={"lane": lane.key, "why": str(error)})
            return False
        return True

    def _is_there(self, who: Plan, now: float) -> bool:
        return works(who.person(who.steps[0].people[0]), now, self._is_holiday)

    def _mark(self, lane: Lane, who: Plan) -> str:
        """Return what changes with the lane's rule, its people and their channels."""
        used = {name for person in who.people for name in person.channels}
        channels = [channel for channel in self._config().channels if channel.name in used]
        return sha256(repr((lane, who, channels)).encode()).hexdigest()[:16]
