"""When scheduled work is due: cron expressions read, and walked through time."""

import datetime as dt
import math
from bisect import bisect_right
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from tailback.core.model import Lane
from tailback.core.timetable import NO_SCHEDULE, Timetable

KEPT = 50
UTC = "UTC"
UNKNOWN = "unknown"


class Times:
    """The due moments of one timetable; cron times are local and keep to daylight saving."""

    def __init__(self, timetable: Timetable, zone: dt.tzinfo, begin: float) -> None:
        """Walk from `begin` (Unix seconds) on; `zone` counts where the timetable names none."""
        self._every_s = timetable.every_s
        self._cron = timetable.cron or "* * * * *"
        self._zone = zone_of(timetable.zone) or zone
        self._times = self._from(begin)
        self._dues = [begin, _following(self._times)]
        self._before = (math.inf, math.inf)

    def next_after(self, at: float) -> float:
        """Return the first due moment after `at`; infinity when there is none."""
        if self._every_s is not None:
            return at + self._every_s
        if at < self._dues[0]:
            if at != self._before[0]:
                self._before = (at, _following(self._from(at)))
            return self._before[1]
        while self._dues[-1] <= at:
            self._dues = [*self._dues[-KEPT:], _following(self._times)]
        return self._dues[bisect_right(self._dues, at)]

    def _from(self, at: float) -> CronSim:
        return CronSim(self._cron, dt.datetime.fromtimestamp(at, self._zone))


def _following(times: CronSim) -> float:
    found = next(times, None)
    return math.inf if found is None else found.timestamp()


def declared(lane: Lane) -> list[Timetable]:
    """Return the schedule that the file declares for a lane, or nothing when it says "none"."""
    if lane.schedule is None or lane.schedule == NO_SCHEDULE:
        return []
    timetable = Timetable(name=lane.name, queue=lane.queue, cron=lane.schedule)
    return [in_words(timetable)]


def in_words(timetable: Timetable, zone: str | None = None) -> Timetable:
    """Return it with the words that say when it runs; one that cannot be read is held to nothing.

    So is one whose time zone is not known here. Where only its next time was told, the server's
    `zone` and UTC are tried for it.
    """
    held = replace(timetable, next_at=None)
    if timetable.cron is None:
        return held
    try:
        said = CronSim(timetable.cron, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).explain()
    except CronSimError:
        return replace(held, cron=None)
    name = timetable.zone
    if timetable.next_at is not None and name is None:
        name = next((one for one in (zone, UTC) if _is_due(timetable, one)), UNKNOWN)
    if name is not None and zone_of(name) is None:
        return replace(held, cron=None)
    words = said[:1].lower() + said[1:]
    return replace(held, zone=name, words=words if name in (None, zone) else f"{words} ({name})")


def _is_due(timetable: Timetable, zone: str | None) -> bool:
    """Tell whether the next time that was told is one of this time zone."""
    told = timetable.next_at
    return (
        told is not None
        and zone is not None
        and (
            Times(replace(timetable, zone=zone), dt.UTC, told - 1.0).next_after(told - 1.0) == told
        )
    )


def zone_of(name: str | None) -> dt.tzinfo | None:
    """Return a time zone by its name or offset ("+01:00"); None when it is not known."""
    if name is None:
        return None
    if name[:1] in ("+", "-"):
        try:
            return dt.datetime.strptime(name, "%z").tzinfo
        except ValueError:
            return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
