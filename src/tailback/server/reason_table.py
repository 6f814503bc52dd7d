"""Joins what was counted, what fails now and what is noted of every reason into one table."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tailback.core import wording_failures
from tailback.core.ledger.failing_look import FailingLook, affected
from tailback.core.ledger.tenants import TenantCount, distinct
from tailback.core.rollups import SliceKey
from tailback.server.reasons import ReasonBook
from tailback.server.search.view import JobError
from tailback.store.base import ReasonCount
from tailback.store.ended import ReasonNote
from tailback.store.marks import Deploy

AFTER_DEPLOY_S = 3_600.0
_OURS = ("code error", "template error", "configuration error")


class ReasonPlace(msgspec.Struct, kw_only=True):
    """What one reason did to one job type of one queue."""

    source: str
    queue: str
    job: str
    lane: str | None
    count_1h: int = 0
    count_3h: int = 0
    count_24h: int = 0
    count_7d: int = 0


class ReasonRow(msgspec.Struct, kw_only=True):
    """One reason in all lanes; times are Unix seconds, unknown is null.

    `count_…` are failed attempts. `failing` are unfinished jobs that failed at least twice,
    `affected_accounts` those behind failing and dead jobs, `recovered_30m` the jobs that
    succeeded after they had failed first for this reason. `keys` are the reasons that people
    merged into this one, itself included.
    """

    key: str
    keys: list[str]
    bucket: str
    sentence: str
    after_deploy: str | None
    decided_by: str | None
    count_1h: int
    count_3h: int
    count_24h: int
    count_7d: int
    first_seen_at: float | None
    last_at: float | None
    last_retry_at: float | None
    failing: int
    dead: int
    recovered_30m: int
    affected_accounts: int
    affected_exact: bool
    top_accounts: list[str]
    first_error: JobError | None
    status: int | None
    places: list[ReasonPlace]


class _Sum:
    """Everything known of one shown reason while it is added up."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.places: dict[SliceKey, ReasonPlace] = {}
        self.looks: list[FailingLook] = []
        self.first_at: list[float] = []
        self.last_at: list[float] = []
        self.retried_at: list[float] = []
        self.errors: list[tuple[float, str, Mapping[str, Any]]] = []


LaneOf = Callable[[SliceKey], str | None]


def reason_table(
    counts: Iterable[ReasonCount],
    looks: Iterable[FailingLook],
    notes: Iterable[ReasonNote],
    deploys: Sequence[Deploy],
    book: ReasonBook,
    lane_of: LaneOf,
    lane: str | None = None,
) -> list[ReasonRow]:
    """Return every reason of the last seven days, or of one lane, the most failing first."""
    sums: dict[str, _Sum] = {}

    def sum_of(key: str) -> _Sum:
        found = sums.setdefault(book.alias(key), _Sum())
        found.keys.add(key)
        return found

    for count in counts:
        place = SliceKey(count.source, count.queue, count.job)
        if lane is None or lane_of(place) == lane:
            _add_count(sum_of(count.reason), place, count, lane_of)
    for look in looks:
        if lane is None or lane_of(look.place) == lane:
            _add_look(sum_of(look.key), look, lane_of)
    for note in notes:
        if book.alias(note.key) in sums:
            _add_note(sum_of(note.key), note)
    rows = [_row(key, found, deploys, book) for key, found in sums.items()]
    rows = [row for row in rows if row.count_7d or row.failing or row.dead]
    rows.sort(key=lambda row: (-row.failing - row.dead, -row.count_1h, -row.count_7d, row.key))
    return rows


def _add_count(found: _Sum, place: SliceKey, count: ReasonCount, lane_of: LaneOf) -> None:
    row = _place(found, place, lane_of)
    row.count_1h += count.last_1h
    row.count_3h += count.last_3h
    row.count_24h += count.last_24h
    row.count_7d += count.last_7d


def _add_look(found: _Sum, look: FailingLook, lane_of: LaneOf) -> None:
    place = _place(found, look.place, lane_of)
    # The first failures are known here some seconds before they are counted in the store.
    for name in ("count_1h", "count_3h", "count_24h", "count_7d"):
        setattr(place, name, max(getattr(place, name), look.failed_1h))
    found.looks.append(look)
    for times, at in (
        (found.first_at, look.first_at),
        (found.last_at, look.last_at),
        (found.retried_at, look.last_retry_at),
    ):
        if at is not None:
            times.append(at)
    if look.first_error is not None:
        found.errors.append((look.first_at or 0.0, look.key, look.first_error))


def _add_note(found: _Sum, note: ReasonNote) -> None:
    found.first_at.append(note.first_at)
    found.last_at.append(note.last_at)
    if note.last_retry_at is not None:
        found.retried_at.append(note.last_retry_at)
    if note.error is not None:
        found.errors.append((note.first_at, note.key, msgspec.json.decode(note.error)))


def _place(found: _Sum, place: SliceKey, lane_of: LaneOf) -> ReasonPlace:
    row = found.places.get(place)
    if row is None:
        row = found.places[place] = ReasonPlace(
            source=place.source, queue=place.queue, job=place.job, lane=lane_of(place)
        )
    return row


def _row(key: str, found: _Sum, deploys: Sequence[Deploy], book: ReasonBook) -> ReasonRow:
    first = min(found.errors, key=lambda one: one[:2], default=None)
    said = None if first is None else book.explain(first[2], first[1])
    bucket = "unknown" if said is None else said.bucket
    first_at = min(found.first_at, default=None)
    deploy = _deploy_before(first_at, deploys) if bucket in _OURS else None
    sentence = key if said is None else said.sentence
    people = affected(job for look in found.looks for job in look.jobs)
    accounts, exact = distinct([people.tenants])
    places = sorted(found.places.values(), key=lambda one: (-one.count_1h, -one.count_7d, one.job))
    status = first[2].get("status") if first is not None else None
    return ReasonRow(
        key=key,
        keys=sorted(found.keys),
        bucket=bucket,
        sentence=wording_failures.since_deploy(sentence, deploy),
        after_deploy=deploy,
        decided_by=None if said is None else said.decided_by,
        count_1h=sum(one.count_1h for one in places),
        count_3h=sum(one.count_3h for one in places),
        count_24h=sum(one.count_24h for one in places),
        count_7d=sum(one.count_7d for one in places),
        first_seen_at=first_at,
        last_at=max(found.last_at, default=None),
        last_retry_at=max(found.retried_at, default=None),
        failing=people.unfinished,
        dead=people.dead,
        recovered_30m=sum(look.recovered for look in found.looks),
        affected_accounts=accounts,
        affected_exact=exact,
        top_accounts=_top(people.tenants),
        first_error=None
        if said is None
        else JobError(
            type=said.first_error_type,
            message=said.first_error_message,
            status=status if isinstance(status, int) else None,
        ),
        status=status if isinstance(status, int) else None,
        places=places,
    )


def _top(tenants: TenantCount, limit: int = 20) -> list[str]:
    return sorted(tenants.jobs, key=lambda name: (-tenants.jobs[name], name))[:limit]


def _deploy_before(first_at: float | None, deploys: Sequence[Deploy]) -> str | None:
    """Return the release in whose first hour a reason was seen for the first time ever."""
    if first_at is None:
        return None
    before = [mark for mark in deploys if mark.at <= first_at]
    newest = max(before, key=lambda mark: mark.at, default=None)
    if newest is None or first_at - newest.at > AFTER_DEPLOY_S:
        return None
    return newest.release


def noted(looks: Iterable[FailingLook]) -> list[ReasonNote]:
    """Return what is to be remembered of every reason, whatever becomes of the ledger."""
    by_key: dict[str, list[FailingLook]] = {}
    for look in looks:
        if look.first_at is not None and look.last_at is not None:
            by_key.setdefault(look.key, []).append(look)
    notes = []
    for key, several in by_key.items():
        first = min(several, key=lambda one: one.first_at or 0.0)
        notes.append(
            ReasonNote(
                key,
                first.first_at or 0.0,
                max(one.last_at or 0.0 for one in several),
                max((o.last_retry_at for o in several if o.last_retry_at), default=None),
                None if first.first_error is None else msgspec.json.encode(first.first_error),
            )
        )
    return notes
