"""One search over the ledger and the archive: unfinished and dead jobs first, then ended ones."""

import asyncio
import base64
import binascii
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import msgspec

from tailback import clock
from tailback.core.ledger import Ledger
from tailback.core.ledger.job import DEAD, PHASE_WORDS, Job
from tailback.core.model import Lane
from tailback.server.archive import Archive
from tailback.server.engine import Engine
from tailback.server.reasons import ReasonBook
from tailback.server.search.ended import ALL_ROWS, Found, can_have, find_ended
from tailback.server.search.live import Matcher, Place, gather, place_of, steps_of
from tailback.server.search.problems import (
    AdviceRow,
    Problems,
    advice_rows,
    failing_courses,
    may_be_problem,
    poison_of,
)
from tailback.server.search.query import Query, QueryError, parse_query
from tailback.server.search.rows import Rows
from tailback.server.search.view import JobDetail, JobPage, Recovery

MOST_COUNTED = 5_000
BUDGET_S = 0.8
"""A page that is not full by then says where to go on."""


class Cursor(NamedTuple):
    """Where the next page begins: after a place in the ledger, or below a row of a block."""

    after: Place | None = None
    below: tuple[int, int] | None = None


class Finder:
    """Answers searches; made once by the composition root."""

    def __init__(
        self,
        engine: Engine,
        archive: Archive,
        lanes: Callable[[], list[Lane]],
        reasons: Callable[[], ReasonBook],
        monotonic: Callable[[], float] = clock.monotonic,
    ) -> None:
        """Search what `engine` holds and `archive` keeps."""
        self._engine = engine
        self._archive = archive
        self._lanes = lanes
        self._reasons = reasons
        self._monotonic = monotonic

    async def page(self, text: str, limit: int, cursor: str | None = None) -> JobPage:
        """Return one page; raises `QueryError` when search or cursor cannot be read."""
        query = self._query(text)
        at = read_cursor(cursor)
        jobs: list[Job] = []
        if at.below is None:
            jobs = await self._ask(lambda ledger: gather(ledger, query))
        return await asyncio.to_thread(self._page, query, jobs, at, limit)

    async def detail(self, job_id: str, source: str | None = None) -> JobDetail | None:
        """Return one job with its timeline; None when nothing is known of it."""

        def look(ledger: Ledger) -> list[tuple[Job, Any]]:
            jobs = gather(ledger, Query(exact={"id": job_id}))
            return [(job, steps_of(ledger, job)) for job in jobs]

        live = await self._ask(look)
        rows = self._rows()
        for job, steps in live:
            if source is None or (job.slice is not None and job.slice.key.source == source):
                return rows.live_detail(job, steps)
        ended = await asyncio.to_thread(self._ended_with, job_id, source)
        return None if ended is None else rows.ended_detail(ended)

    async def problems(self, text: str, now: float) -> Problems:
        """Return every dead or poison job that matches, the newest first."""
        query = self._query(text)

        def look(ledger: Ledger) -> tuple[list[Job], int]:
            jobs = [job for job in gather(ledger, query) if may_be_problem(job)]
            parts = (part for part in ledger.shared.slices if query.takes(*part.key))
            return jobs, sum(part.unlisted_by(now) for part in parts)

        jobs, unlisted = await self._ask(look)
        return await asyncio.to_thread(self._problems, query, jobs, unlisted, now)

    def no_problems(self, now: float) -> Problems:
        """Return what a search that cannot be read finds."""
        return Problems([], self._rows(), now, Query())

    async def recovery(self, reason: str, never: int) -> Recovery:
        """Return after how many attempts jobs that failed first for a reason succeeded."""
        query = self._query(f'reason:"{reason}" state:succeeded')
        until = self._monotonic() + BUDGET_S
        searched = await asyncio.to_thread(
            find_ended, self._archive, query, None, MOST_COUNTED,
            lambda: self._monotonic() > until,
        )  # fmt: skip
        attempts = Counter(found.body.count("fails", found.row) + 1 for found in searched.found)
        whole = searched.stopped_at is None and len(searched.found) < MOST_COUNTED
        ended = [found.body.moment("ended_at", found.row) for found in searched.found]
        return Recovery(
            succeeded_after=sorted(attempts.items()),
            never=never,
            counted=len(ended),
            since=min(ended, default=None),
            complete=whole,
        )

    async def changeable(
        self, text: str, job: str | None, source: str, states: Collection[str]
    ) -> list[Job]:
        """Return unfinished and dead jobs of a source in these states, the newest first.

        They are those of a search, or the one whose id is `job`.
        """
        query = self._query(text) if job is None else Query(exact={"id": job})

        def look(ledger: Ledger) -> list[Job]:
            return [
                job
                for job in gather(ledger, query)
                if job.slice is not None
                and job.slice.key.source == source
                and PHASE_WORDS[job.phase] in states
            ]

        jobs = await self._ask(look)
        matcher = self._matcher(query)
        return await asyncio.to_thread(lambda: sorted(filter(matcher.matches, jobs), key=place_of))

    async def of_tenant(self, tenant: str) -> tuple[list[Job], Rows]:
        """Return every unfinished or dead job of an account, and what says it."""
        query = Query(exact={"tenant": tenant})
        return await self._ask(lambda ledger: gather(ledger, query)), self._rows()

    async def advice(
        self, now: float, takes: Callable[[str, str, str], bool] | None = None
    ) -> list[AdviceRow]:
        """Return what to change in the retries of job types that fail now, of `takes` if given."""
        courses = await self._ask(lambda ledger: failing_courses(ledger, takes))
        return await asyncio.to_thread(advice_rows, courses, self._lanes(), now)

    def _problems(self, query: Query, jobs: Sequence[Job], unlisted: int, now: float) -> Problems:
        sayer, matcher = self._rows(), self._matcher(query)
        mine = [
            job
            for job in jobs
            if matcher.matches(job) and (job.phase == DEAD or poison_of(job, sayer, now))
        ]
        return Problems(sorted(mine, key=place_of), sayer, now, query, unlisted)

    def _page(self, query: Query, jobs: Sequence[Job], at: Cursor, limit: int) -> JobPage:
        rows = self._rows()
        picked = self._matcher(query).page(jobs, at.after, limit)
        page = [rows.live(job) for job in picked]
        if len(page) == limit:
            return JobPage(
                jobs=page, next=cursor_text(Cursor(place_of(picked[-1]))), complete=True
            )
        if not can_have(query):
            return JobPage(jobs=page, next=None, complete=True)
        until = self._monotonic() + BUDGET_S
        searched = find_ended(
            self._archive,
            query,
            at.below,
            limit - len(page),
            lambda: self._monotonic() > until,
        )
        page += [rows.ended(found) for found in searched.found]
        return JobPage(
            jobs=page,
            next=_next(searched.found, searched.stopped_at, full=len(page) == limit),
            complete=searched.stopped_at is None,
        )

    def _query(self, text: str) -> Query:
        query = parse_query(text, self._lanes())
        query.reasons = frozenset(
            key for wanted in query.reasons for key in self._reasons().sources(wanted)
        )
        return query

    def _ended_with(self, job_id: str, source: str | None) -> Found | None:
        query = Query(exact={"id": job_id})
        found = find_ended(self._archive, query, None, 50, lambda: False).found
        mine = (f for f in found if source in (None, f.terms.slices[f.keys.slice[f.row]][0]))
        return next(mine, None)

    def _matcher(self, query: Query) -> Matcher:
        return Matcher(query, self._engine.ledger)

    def _rows(self) -> Rows:
        return Rows(self._engine.ledger, self._lanes(), self._reasons())

    async def _ask(self, question: Callable[[Ledger], Any]) -> Any:
        def on_engine(ledger: Ledger) -> Any:
            answer = question(ledger)
            # What ended until now is searched in the archive, so it must be there.
            self._engine.keep_ended()
            return answer

        return await asyncio.wrap_future(self._engine.ask(on_engine))


def _next(found: Sequence[Found], stopped_at: int | None, *, full: bool) -> str | None:
    if stopped_at is not None:
        return cursor_text(Cursor(below=(stopped_at, ALL_ROWS)))
    if full and found:
        return cursor_text(Cursor(below=(found[-1].number, found[-1].row)))
    return None


def cursor_text(cursor: Cursor) -> str:
    """Return a cursor as text that is safe in an address."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str | None) -> Cursor:
    """Read what `cursor_text` wrote."""
    if not text:
        return Cursor()
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=Cursor)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise QueryError("This cursor is not one of ours: begin at the first page.") from error
