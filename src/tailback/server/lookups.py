"""Questions to the ledger: which jobs match, what one job is at, whether an account is affected.

They run on the engine's thread, so each looks at a bounded number of jobs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tailback.core import wording
from tailback.core.ledger import JobView, Ledger
from tailback.core.model import Lane

QUALIFIERS = ("lane", "queue", "job", "state", "tenant", "reason", "error", "id", "worker")
MAX_LOOKED_AT = 20_000
PER_SLICE = 1_000


class QueryError(ValueError):
    """A search cannot be read; the text says why."""


@dataclass(slots=True)
class Query:
    """A search: every qualifier must match exactly, every free word somewhere."""

    exact: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


def parse_query(text: str) -> Query:
    """Read `lane:receipt-emails tenant:acct_42 timeout`."""
    query = Query()
    for part in text.split():
        name, colon, value = part.partition(":")
        if not colon or name not in QUALIFIERS:
            query.words.append(part.lower())
        elif not value:
            raise QueryError(f"{name}: needs a value, such as {name}:example.")
        else:
            query.exact[name] = value
    return query


def find_jobs(
    ledger: Ledger, query: Query, lanes: Sequence[Lane], limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """Return matching unfinished and dead jobs, oldest first, and whether all were looked at."""
    found: list[JobView] = []
    looked_at = 0
    wanted = _lane(query, lanes)
    for view in _candidates(ledger, query, wanted):
        looked_at += 1
        if looked_at > MAX_LOOKED_AT:
            break
        if _matches(view, query):
            found.append(view)
    found.sort(key=lambda view: (view.first_due_at, view.id))
    return [asdict(view) for view in found[:limit]], looked_at <= MAX_LOOKED_AT


def find_job(ledger: Ledger, job_id: str, source: str | None) -> dict[str, Any] | None:
    """Return one job of any source, or of the given one."""
    for name in [source] if source else sorted(ledger.desks):
        view = ledger.job(name, job_id)
        if view is not None:
            return asdict(view)
    return None


def account(ledger: Ledger, tenant: str, lanes: Sequence[Lane]) -> dict[str, Any]:
    """Return whether an account waits too long or fails, in which lanes, and in one sentence."""
    hit = []
    unsure = False
    for lane in lanes:
        late = failing = 0
        for part in ledger.slices(lane.source, lane.queue, lane.jobs):
            counted = part.lates.get(lane.key)
            for tenants in (counted.tenants if counted else None, part.failing_tenants):
                unsure = unsure or bool(tenants is not None and tenants.level)
            late += counted.tenants.jobs.get(tenant, 0) if counted else 0
            failing += part.failing_tenants.jobs.get(tenant, 0)
        if late or failing:
            hit.append(
                {
                    "lane": lane.key,
                    "customer_action": lane.customer_action,
                    "late_jobs": late,
                    "failing_jobs": failing,
                }
            )
    actions = [str(item["customer_action"] or item["lane"]) for item in hit]
    affected = True if hit else None if unsure else False
    sentence = wording.account_sentence(tenant, actions, affected=affected)
    return {"account": tenant, "affected": affected, "sentence": sentence, "lanes": hit}


def _lane(query: Query, lanes: Sequence[Lane]) -> Lane | None:
    key = query.exact.get("lane")
    if key is None:
        return None
    for lane in lanes:
        if lane.key == key:
            return lane
    raise QueryError(f"No lane is called {key}.")


def _candidates(ledger: Ledger, query: Query, lane: Lane | None) -> Iterator[JobView]:
    job_id = query.exact.get("id")
    if job_id is not None:
        for source in sorted(ledger.desks):
            view = ledger.job(source, job_id)
            if view is not None and (lane is None or _in_lane(view, lane)):
                yield view
        return
    places = [(lane.source, lane.queue)] if lane is not None else ledger.queues()
    jobs = lane.jobs if lane is not None else ()
    for source, queue in places:
        if query.exact.get("queue", queue) != queue:
            continue
        yield from ledger.oldest(source, queue, jobs, PER_SLICE)
        yield from ledger.dead(source, queue, jobs, PER_SLICE)


def _in_lane(view: JobView, lane: Lane) -> bool:
    in_queue = (view.source, view.queue) == (lane.source, lane.queue)
    return in_queue and (not lane.jobs or view.job in lane.jobs)


def _error_text(view: JobView) -> str:
    errors = (view.first_error or {}, view.latest_error or {})
    return " ".join(f"{error.get('type', '')} {error.get('message', '')}" for error in errors)


_FIELDS: dict[str, Callable[[JobView], str | None]] = {
    "queue": lambda view: view.queue,
    "job": lambda view: view.job,
    "state": lambda view: view.state,
    "tenant": lambda view: view.tenant,
    "reason": lambda view: view.reason,
    "worker": lambda view: view.worker,
}


def _matches(view: JobView, query: Query) -> bool:
    for name, wanted in query.exact.items():
        if name in _FIELDS and _FIELDS[name](view) != wanted:
            return False
        if name == "error" and wanted.lower() not in _error_text(view).lower():
            return False
    text = f"{view.id} {view.job} {view.tenant or ''} {_error_text(view)}".lower()
    return all(word in text for word in query.words)
