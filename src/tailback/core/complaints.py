"""Complaints beside problems: whether the team knew before its users told it.

Pure. A complaint belongs to the problem of its lane that goes on at the time, or to the nearest
one that began or ended within the hour: people complain late, and sometimes before an alert.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

NEAR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of one lane; `to_at` None: it goes on. `told_at` is when the team knew."""

    id: str
    lane: str
    told_at: float
    to_at: float | None


@dataclass(frozen=True, slots=True)
class Lead:
    """A problem that users complained about; `lead_s` is negative when they were first."""

    problem: str
    told_at: float
    complained_at: float

    @property
    def lead_s(self) -> float:
        """Return how long before the first complaint the team knew."""
        return self.complained_at - self.told_at


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadWeek:
    """Complaints of one week, by when they came.

    `unseen` complaints were about no problem that is known; `knew_first` of `problems` were told
    before the first complaint; `median_lead_s` is None where no problem was complained about.
    """

    week: str
    complaints: int
    unseen: int
    problems: int
    knew_first: int
    median_lead_s: float | None


def problem_of(lane: str, at: float, problems: Iterable[Problem]) -> Problem | None:
    """Return the problem that a complaint about a lane belongs to, None: nobody knows of one."""
    near = [(_distance(one, at), -one.told_at, one) for one in problems if one.lane == lane]
    near = [item for item in near if item[0] <= NEAR_S]
    return min(near, key=lambda item: item[:2])[2] if near else None


def _distance(problem: Problem, at: float) -> float:
    if at < problem.told_at:
        return problem.told_at - at
    return 0.0 if problem.to_at is None else max(0.0, at - problem.to_at)


def lead_of(problem: Problem, complained_at: Sequence[float]) -> Lead | None:
    """Return the lead of a problem before its first complaint, None without one."""
    first = min(complained_at, default=None)
    return None if first is None else Lead(problem.id, problem.told_at, first)


def lead_weeks(
    complaints: Iterable[tuple[str, float]],
    problems: Sequence[Problem],
    week_of: Callable[[float], str],
) -> list[LeadWeek]:
    """Return the weeks in which users complained, newest first.

    `complaints` are pairs (lane, Unix seconds). A problem counts in the week of its first one.
    """
    times: dict[Problem, list[float]] = {}
    all_of: dict[str, int] = {}
    unseen: dict[str, int] = {}
    for lane, at in complaints:
        week = week_of(at)
        all_of[week] = all_of.get(week, 0) + 1
        problem = problem_of(lane, at, problems)
        if problem is None:
            unseen[week] = unseen.get(week, 0) + 1
        else:
            times.setdefault(problem, []).append(at)
    leads: dict[str, list[float]] = {}
    for problem, ats in times.items():
        lead = Lead(problem.id, problem.told_at, min(ats))
        leads.setdefault(week_of(lead.complained_at), []).append(lead.lead_s)
    return [
        LeadWeek(
            week=week,
            complaints=all_of[week],
            unseen=unseen.get(week, 0),
            problems=len(leads.get(week, ())),
            knew_first=sum(lead > 0 for lead in leads.get(week, ())),
            median_lead_s=median(leads[week]) if week in leads else None,
        )
        for week in sorted(all_of, reverse=True)
    ]
