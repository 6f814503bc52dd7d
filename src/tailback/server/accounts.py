"""Is this account affected? The answer that support sends, exact and with the jobs behind it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Router, get

from tailback.core import wording
from tailback.core.ledger.job import DEAD, Job
from tailback.core.model import Lane
from tailback.server.search.live import place_of
from tailback.server.search.rows import Rows
from tailback.server.search.view import JobRow
from tailback.server.services import Services, name_in, services_of

MAX_JOBS = 20
REPEATED = 2
# As where affected accounts are counted: early enough to act before the customer notices.
LATE_SHARE = 0.5


class AccountReason(msgspec.Struct, kw_only=True):
    """Why jobs of the account fail: how many of them, unfinished or dead."""

    key: str
    sentence: str
    jobs: int


class AccountLane(msgspec.Struct, kw_only=True):
    """What waits too long or fails for the account in one lane."""

    lane: str
    customer_action: str | None
    late_jobs: int = 0
    failing_jobs: int = 0
    oldest_age_s: float | None = None
    reasons: list[AccountReason] = []


class AccountAnswer(msgspec.Struct, kw_only=True):
    """Whether an account is affected, in one sentence, per lane, and by which jobs."""

    account: str
    affected: bool
    sentence: str
    unfinished_jobs: int
    lanes: list[AccountLane]
    jobs: list[JobRow]


@get("/api/v1/accounts/{tenant:path}", opt={"scope": "read"}, summary="Is this account affected?")
async def account_of(request: Request[Any, Any, Any]) -> AccountAnswer:
    """Answer whether an account waits too long or fails, with a sentence to send."""
    tenant = name_in(request, "/api/v1/accounts/")
    return await about_account(services_of(request), tenant)


async def about_account(services: Services, tenant: str) -> AccountAnswer:
    """Return whether an account is affected."""
    jobs, sayer = await services.finder.of_tenant(tenant)
    return await asyncio.to_thread(answer, tenant, jobs, sayer, services.now())


def answer(tenant: str, jobs: Sequence[Job], sayer: Rows, now: float) -> AccountAnswer:
    """Return the answer for the unfinished and dead jobs of an account."""
    lanes: dict[str, AccountLane] = {}
    troubled: list[Job] = []
    for job in jobs:
        lane = sayer.lane_of(job)
        if lane is not None and _note(lanes, lane, job, sayer, now):
            troubled.append(job)
    troubled.sort(key=place_of)
    found = sorted(lanes.values(), key=lambda one: -(one.oldest_age_s or 0.0))
    actions = [one.customer_action or one.lane for one in found]
    return AccountAnswer(
        account=tenant,
        affected=bool(found),
        sentence=wording.account_sentence(tenant, actions, affected=bool(found)),
        unfinished_jobs=sum(job.phase < DEAD for job in jobs),
        lanes=found,
        jobs=[sayer.live(job) for job in troubled[:MAX_JOBS]],
    )


def _note(lanes: dict[str, AccountLane], lane: Lane, job: Job, sayer: Rows, now: float) -> bool:
    """Note what is wrong with a job; return whether anything is."""
    age = now - job.first_due
    late = job.phase < DEAD and age >= LATE_SHARE * lane.promise_s
    failing = job.phase == DEAD or (job.phase < DEAD and job.fails >= REPEATED)
    if not late and not failing:
        return False
    said = lanes.get(lane.key)
    if said is None:
        said = lanes[lane.key] = AccountLane(
            lane=lane.key, customer_action=lane.customer_action, reasons=[]
        )
    said.late_jobs += late
    said.failing_jobs += failing
    if job.phase < DEAD:
        said.oldest_age_s = max(round(age, 3), said.oldest_age_s or 0.0)
    _count_reason(said, *sayer.reason_of(job))
    return True


def _count_reason(said: AccountLane, key: str | None, sentence: str | None) -> None:
    if key is None:
        return
    for reason in said.reasons:
        if reason.key == key:
            reason.jobs += 1
            return
    said.reasons.append(AccountReason(key=key, sentence=sentence or key, jobs=1))


account_router = Router("/", route_handlers=[account_of])
