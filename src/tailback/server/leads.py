"""Problems beside the complaints about them, as the store keeps both."""

from collections.abc import Sequence

from tailback.core import fields
from tailback.core.complaints import Lead, Problem, lead_of, problem_of
from tailback.store.alerts import SavedEpisode
from tailback.store.complaints import Complaint
from tailback.store.store import Store

MAX_EPISODES = 2_000
DAY_S = 86_400.0


def problems_since(store: Store, since: float) -> list[Problem]:
    """Return the problems of lanes that opened since then, the newest 2,000 of them."""
    rows = store.episodes.newest(MAX_EPISODES, before=fields.YEAR_2100)
    return [as_problem(row) for row in rows if row.opened_at >= since]


def as_problem(row: SavedEpisode) -> Problem:
    """Return an episode as what complaints are held against."""
    return Problem(row.id, row.lane, row.opened_at, row.resolved_at)


def lead_before(store: Store, row: SavedEpisode) -> tuple[Lead | None, Sequence[Complaint]]:
    """Return the lead of an episode before its first complaint, and its complaints."""
    problem = as_problem(row)
    near = problems_since(store, row.opened_at - DAY_S)
    to = fields.YEAR_2100 if row.resolved_at is None else row.resolved_at + DAY_S
    about = store.complaints.between(row.opened_at - DAY_S, to, lane=row.lane)
    mine = [one for one in about if problem_of(one.lane, one.at, near) == problem]
    return lead_of(problem, [one.at for one in mine]), mine
