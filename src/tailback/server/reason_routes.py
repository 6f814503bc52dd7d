"""The addresses of reasons: the table, one reason, and what people correct in them."""

import asyncio
from collections.abc import Sequence
from typing import Any, get_args

import msgspec
from litestar import Request, Router, delete, get, post
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath, FromQuery, JSONBody

from tailback.core.failures.overrides import Action, Override
from tailback.core.ledger import Ledger
from tailback.core.model import Lane
from tailback.core.rollups import SliceKey
from tailback.server.reason_table import ReasonRow, reason_table
from tailback.server.reason_usual import usual_of
from tailback.server.search.query import is_in
from tailback.server.search.view import Recovery
from tailback.server.services import Services, name_in, principal_of, services_of

MINUTE_S = 60
DAY_S = 86_400
TREND_STEP_S = 900
DEPLOYS_S = 400 * DAY_S
_READ = {"scope": "read"}
_OPERATE = {"scope": "operate"}


class ReasonsAnswer(msgspec.Struct, kw_only=True):
    """Every reason of the last seven days, the most failing first."""

    as_of: float
    reasons: list[ReasonRow]


class ReasonDetail(ReasonRow, kw_only=True):
    """One reason with its failed attempts of the last 24 hours per `step_s` seconds.

    `usual_1h` is how many fail at this hour of other days; null when the reason is new.
    """

    step_s: int
    points: list[tuple[int, int]]
    usual_1h: int | None = None
    recovery: Recovery
    rules: list[dict[str, Any]]


class NewRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A correction: merge, split, rename or rebucket the reason `key`."""

    action: str
    key: str
    to: str
    containing: str = ""


@get("/api/v1/reasons", opt=_READ, summary="Why jobs fail, in all lanes")
async def reasons(
    request: Request[Any, Any, Any], lane: FromQuery[str | None] = None
) -> ReasonsAnswer:
    """Answer failed attempts per reason in 1 h, 3 h, 24 h and 7 days, and who is affected."""
    services = services_of(request)
    now = services.now()
    return ReasonsAnswer(as_of=now, reasons=await reason_rows(services, now, lane))


@get("/api/v1/reasons/{key:path}", opt=_READ, summary="One reason")
async def reason(request: Request[Any, Any, Any]) -> ReasonDetail:
    """Answer one reason with its trend; the key of a merged one finds what it became."""
    services = services_of(request)
    now = services.now()
    book = services.corrections.book()
    key = name_in(request, "/api/v1/reasons/")
    wanted = book.alias(key)
    rows = [row for row in await reason_rows(services, now) if row.key == wanted]
    if not rows:
        raise NotFoundException(f"No reason {key!r} was seen in the last 7 days.")
    row = rows[0]
    points = await asyncio.to_thread(_trend, services, row, now)
    rules = [_said(rule) for rule in book.corrections.rules if rule.key in (*row.keys, wanted)]
    return ReasonDetail(
        **msgspec.structs.asdict(row),
        step_s=TREND_STEP_S,
        points=points,
        usual_1h=await asyncio.to_thread(usual_of, services.store.rollups, row, now),
        rules=rules,
        recovery=await services.finder.recovery(wanted, row.dead),
    )


@get("/api/v1/reason-rules", opt=_READ, summary="What people corrected in reasons")
async def rules(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Answer the corrections in the order in which they are applied."""
    book = services_of(request).corrections.book()
    return {"rules": [_said(rule) for rule in book.corrections.rules]}


@post("/api/v1/reason-rules", opt=_OPERATE, summary="Correct a reason")
async def add_rule(request: Request[Any, Any, Any], data: JSONBody[NewRule]) -> dict[str, Any]:
    """Merge, split, rename or rebucket a reason; answers the rule with its id."""
    services = services_of(request)
    action = next((one for one in get_args(Action) if one == data.action), None)
    if action is None:
        detail = f"action {data.action!r}: use one of {', '.join(get_args(Action))}"
        raise HTTPException(detail=detail, status_code=400)
    try:
        rule = await asyncio.to_thread(
            services.corrections.add,
            action=action,
            key=data.key,
            to=data.to,
            containing=data.containing,
            by=_who(request),
            now=services.now(),
        )
    except ValueError as error:
        raise HTTPException(detail=str(error), status_code=400) from error
    await _regroup(services, rule)
    return _said(rule)


@delete("/api/v1/reason-rules/{rule_id:str}", opt=_OPERATE, status_code=200, summary="Undo one")
async def undo_rule(request: Request[Any, Any, Any], rule_id: FromPath[str]) -> dict[str, Any]:
    """Take a correction back; answers what it was."""
    services = services_of(request)
    try:
        rule = await asyncio.to_thread(
            services.corrections.undo, rule_id, by=_who(request), now=services.now()
        )
    except KeyError as error:
        raise NotFoundException(f"There is no correction {rule_id!r}.") from error
    await _regroup(services, rule)
    return _said(rule)


async def reason_rows(services: Services, now: float, lane: str | None = None) -> list[ReasonRow]:
    """Return the table of reasons, of one lane when its key is given."""
    lanes = services.lanes()
    if lane is not None and lane not in {one.key for one in lanes}:
        raise NotFoundException(
            f"No lane is called {lane!r}; the board and /api/v1/lanes list them."
        )
    looks = await asyncio.wrap_future(services.engine.ask(lambda ledger: ledger.failing(now)))

    def build() -> list[ReasonRow]:
        store = services.store
        return reason_table(
            store.rollups.reasons(until=_end(now)),
            looks,
            store.reason_notes.all(),
            store.deploys.between(now - DEPLOYS_S, now + 1),
            services.corrections.book(),
            lambda place: lane_key(lanes, place),
            lane,
        )

    return await asyncio.to_thread(build)


def lane_key(lanes: Sequence[Lane], place: SliceKey) -> str | None:
    """Return the lane that watches a slice; one of its job type before one of the whole queue."""
    mine = [lane for lane in lanes if is_in(lane, *place)]
    return min(mine, key=lambda lane: not lane.jobs).key if mine else None


def _trend(services: Services, row: ReasonRow, now: float) -> list[tuple[int, int]]:
    to = -(-_end(now) // TREND_STEP_S) * TREND_STEP_S
    sums = dict.fromkeys(range(to - DAY_S, to, TREND_STEP_S), 0)
    for place in row.places:
        for key in row.keys:
            for at, failed in services.store.rollups.reason_series(
                place.source, place.queue, [place.job], key,
                from_=to - DAY_S, to=to, step_s=TREND_STEP_S,
            ):  # fmt: skip
                sums[at] += failed
    return list(sums.items())


def _end(now: float) -> int:
    return int(now) // MINUTE_S * MINUTE_S + MINUTE_S


async def _regroup(services: Services, rule: Override) -> None:
    """Let a split count for jobs that failed already; the other corrections only change words."""
    if rule.action == "split":
        key = services.corrections.key

        def work(ledger: Ledger) -> None:
            ledger.regroup(key)

        await asyncio.wrap_future(services.engine.ask(work))


def _said(rule: Override) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in Override.__slots__}


def _who(request: Request[Any, Any, Any]) -> str:
    return principal_of(request).person or "a token of scope operate"


reason_router = Router("/", route_handlers=[reasons, reason, rules, add_rule, undo_rule])
