"""Joins what is configured, measured and judged of one lane into its row of the view."""

from collections.abc import Sequence

import msgspec

from tailback.core import wording_failures, wording_redis
from tailback.core.facts import LaneFacts, ReasonFacts
from tailback.core.impact import impact_of
from tailback.core.model import Lane, Verdict
from tailback.core.redis_memory import evicts_by, noted
from tailback.core.text import clean_name
from tailback.server.readings import SourceState
from tailback.server.reasons import ReasonBook
from tailback.server.view import FirstError, LaneRow, LaneView, ReasonView, Spark

MAX_REASONS = 3
MAX_NOTES = 8
NOTE_CHARS = 300
_ORDER = {"stuck": 0, "missing": 1, "slow": 2, "unknown": 3, "healthy": 4}


def worst_first(rows: Sequence[LaneRow]) -> list[LaneRow]:
    """Return the rows by verdict, then by how much of the promise is used up, then by name."""

    def rank(row: LaneRow) -> tuple[int, float, str]:
        age = row.view.oldest_age_s or 0.0
        return _ORDER[row.view.verdict], -age / row.view.promise_s, row.name

    return sorted(rows, key=rank)


def lane_row(
    lane: Lane,
    facts: LaneFacts,
    verdict: Verdict,
    state: SourceState | None,
    spark: Spark,
    *,
    normal_age_s: float | None = None,
    episode_id: str | None = None,
    drilled_at: float | None = None,
    book: ReasonBook | None = None,
    runs: Sequence[str] = (),
) -> LaneRow:
    """Return the row of one lane; `book` holds what people corrected in reasons.

    `runs` say when its work comes by itself.
    """
    measured_at = facts.measured_at
    if measured_at is None and state is not None:
        measured_at = state.seen_at
    return LaneRow(
        view=msgspec.structs.replace(
            _view(lane, facts, verdict, state, measured_at, book or ReasonBook()),
            normal_age_s=_round(normal_age_s),
            episode_id=episode_id,
            drilled_at=drilled_at,
        ),
        name=lane.name,
        promise_assumed=lane.promise_assumed,
        discovered=lane.discovered,
        unseen_since=measured_at if verdict.verdict == "unknown" else None,
        spark=spark,
        notes=[*shown_notes(facts.notes), *wording_failures.unlisted(facts.unlisted)],
        runs=list(runs),
    )


def _view(
    lane: Lane,
    facts: LaneFacts,
    verdict: Verdict,
    state: SourceState | None,
    measured_at: float | None,
    book: ReasonBook,
) -> LaneView:
    due = facts.oldest_due_at
    age = None if due is None else max(0.0, facts.now - due)
    impact = impact_of(lane, facts)
    return LaneView(
        lane=lane.key,
        source=lane.source,
        system=state.system if state is not None else None,
        queue=lane.queue,
        jobs=list(lane.jobs),
        verdict=verdict.verdict,
        cause=verdict.cause,
        sentence=verdict.sentence,
        oldest_age_s=_round(age),
        oldest_source=facts.oldest_source,
        promise_s=lane.promise_s,
        normal_age_s=None,
        customers_notice_in_s=_round(impact.notice_in_s),
        completions_5m=facts.completions_5m,
        arrivals_5m=_last_minutes(facts.arrivals),
        last_success_at=facts.last_success_at,
        waiting=facts.waiting,
        running=facts.running,
        retrying=facts.retrying,
        scheduled=facts.scheduled,
        dead=facts.dead,
        failed_1h=facts.failed_1h,
        retries_1h=facts.retries_1h,
        workers=facts.workers,
        affected_accounts=impact.accounts,
        affected_exact=impact.exact,
        affects=lane.affects,
        customer_action=lane.customer_action,
        reasons=_reasons(facts.reasons, book)[:MAX_REASONS],
        owner=lane.owner,
        drilled_at=None,
        measured_at=measured_at,
        episode_id=None,
    )


def shown_notes(notes: Sequence[str]) -> list[str]:
    """Return what a probe noted, which may hold text of jobs, made harmless and short."""
    return [clean_name(_in_words(note), NOTE_CHARS) for note in notes[:MAX_NOTES]]


def _in_words(note: str) -> str:
    full, policy = noted([note]), evicts_by([note])
    if full is not None:
        return wording_redis.full(full)
    return note if policy is None else wording_redis.evicts(policy)


def _reasons(reasons: Sequence[ReasonFacts], book: ReasonBook) -> list[ReasonView]:
    """Say each reason as people corrected it; those merged into one are added up."""
    shown: dict[str, ReasonView] = {}
    for reason in reasons:
        view = _reason(reason, book)
        other = shown.get(view.key)
        shown[view.key] = view if other is None else _added(other, view)
    return list(shown.values())


def _reason(reason: ReasonFacts, book: ReasonBook) -> ReasonView:
    error = reason.first_error
    said = book.explain(error, reason.key) if error is not None else None
    return ReasonView(
        key=said.key if said is not None else book.alias(reason.key),
        bucket=said.bucket if said is not None else "unknown",
        sentence=said.sentence if said is not None else reason.key,
        count_1h=reason.count_1h,
        first_error=None
        if said is None
        else FirstError(said.first_error_type, said.first_error_message),
        last_at=reason.last_at,
        last_retry_at=reason.last_retry_at,
        status=reason.status,
    )


def _added(one: ReasonView, other: ReasonView) -> ReasonView:
    return msgspec.structs.replace(
        one,
        count_1h=(one.count_1h or 0) + (other.count_1h or 0),
        last_at=_later(one.last_at, other.last_at),
        last_retry_at=_later(one.last_retry_at, other.last_retry_at),
    )


def _later(one: float | None, other: float | None) -> float | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _last_minutes(series: tuple[int, ...] | None, minutes: int = 5) -> int | None:
    return None if series is None else sum(series[-minutes:])


def _round(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
