"""What the board's template shows beyond the view model: words, bars and sparklines."""

from dataclasses import dataclass

from markupsafe import Markup

from tailback.core import wording
from tailback.core.drill import is_proven
from tailback.core.wording_drills import unproven
from tailback.server.spark import spark_svg
from tailback.server.view import Board, LaneRow, LaneView, ReasonView, SourceRow

STALE_AFTER_S = 15.0
FOLD_FROM_LANES = 13
"""From so many lanes on, the healthy ones are folded under one line."""
_TROUBLE = ("stuck", "missing", "slow")
_WORDS = (*_TROUBLE, "unknown", "healthy")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """One lane as shown."""

    view: LaneView
    name: str
    promise_assumed: bool
    unseen_since: float | None
    sentence_rest: str
    top_reason: str | None
    top_error: str | None
    share_percent: float
    notice: str
    accounts: str
    where: str
    normal: str
    success_ago_s: float
    spark: Markup
    notes: list[str]
    runs: list[str]
    unproven: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSource:
    """One source as shown."""

    name: str
    system: str | None
    state: str
    since: float | None
    why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole board as shown."""

    version: int
    as_of: float
    summary: str
    lanes: int
    sources: list[PageSource]
    blind: list[PageSource]
    notices: list[str]
    tally: list[tuple[str, int]]
    fold: int
    trouble: int
    worst: str
    icon: str
    stale_for_s: float | None


def page_of(board: Board, now: float) -> Page:
    """Return what to show of `board` at `now` (Unix seconds)."""
    words = [row.view.verdict for row in board.rows]
    worst = words[0] if words else "empty"
    trouble = sum(1 for word in words if word in _TROUBLE)
    late = now - board.as_of
    sources = [_source(source) for source in board.sources]
    return Page(
        version=board.version,
        as_of=board.as_of,
        summary=board.summary,
        lanes=len(words),
        sources=sources,
        blind=[source for source in sources if source.since is not None],
        notices=board.notices,
        tally=[(word, words.count(word)) for word in _WORDS if word in words],
        fold=words.count("healthy") if len(words) >= FOLD_FROM_LANES else 0,
        trouble=trouble,
        worst=worst,
        icon=_icon(worst, trouble),
        stale_for_s=late if late > STALE_AFTER_S else None,
    )


def _icon(worst: str, trouble: int) -> str:
    if trouble:
        return "mark-trouble"
    return {"unknown": "mark-blind", "healthy": "mark-quiet"}.get(worst, "mark")


def row_of(row: LaneRow, as_of: float) -> PageRow:
    """Return what to show of one lane."""
    view = row.view
    share = 0.0 if view.oldest_age_s is None else view.oldest_age_s / view.promise_s
    # of a healthy lane, what failed before stands in the opened row
    first = view.reasons[0] if view.reasons and view.verdict != "healthy" else None
    success = view.last_success_at
    worried = view.verdict in _TROUBLE
    return PageRow(
        view=view,
        name=row.name,
        promise_assumed=row.promise_assumed,
        unseen_since=row.unseen_since,
        sentence_rest=wording.without_verdict(view.sentence),
        top_reason=first.sentence if first and first.sentence not in view.sentence else None,
        top_error=_error_text(first) if first else None,
        share_percent=round(min(100.0, share * 100), 1),
        notice=wording.customers_notice(view.customers_notice_in_s) if worried else "",
        accounts=wording.accounts(view.affected_accounts, exact=view.affected_exact)
        if view.affected_accounts
        else "",
        where=wording.where(view.source, view.system, view.queue, view.jobs),
        normal=wording.normal_age(view.normal_age_s),
        success_ago_s=max(0.0, as_of - success) if success is not None else 0.0,
        spark=spark_svg(row.spark, view.promise_s),
        notes=row.notes,
        runs=row.runs,
        unproven=unproven(view.drilled_at)
        if view.owner and not is_proven(view.drilled_at, as_of)
        else None,
    )


def _error_text(reason: ReasonView) -> str | None:
    """Return the raw text of the first error unless the sentence says the same."""
    first = reason.first_error
    if first is None or not first.message or first.message in reason.sentence:
        return None
    return first.message


def _source(source: SourceRow) -> PageSource:
    return PageSource(
        name=source.name,
        system=source.system,
        state=wording.source_state(
            blind=source.blind_since is not None, seen=source.seen_at is not None, why=source.why
        ),
        since=source.blind_since,
        why=source.why,
    )
