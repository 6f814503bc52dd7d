"""What happens to queues: faults with the verdict they deserve, and days on which nothing is wrong.

Ten days, Monday to Wednesday of the week after; the last is judged. Causes are those of public
incident reports of job systems; moments and seeds differ from replica to replica.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from _detection_queue import (
    DAY,
    HOUR,
    MINUTE,
    MINUTELY,
    NEVER,
    PATIENT,
    STEADY,
    THRICE,
    Batch,
    Change,
    Kind,
    Queue,
    Run,
    poisson,
)

DAYS = 10
LAST = (DAYS - 1) * DAY
BEGIN = 1_773_014_400.0  # Monday 2026-03-09 00:00 UTC
MOMENTS = ("at", "due_at", "oldest_due_at")
EITHER = ("stuck", "slow")
FEW_A_MINUTE = 0.2
NOTICED_WITHIN_S = 900.0

RECEIPTS = Queue(
    name="receipts",
    per_minute=6,
    workers=3,
    promise_s=600,
    kinds=(Kind("send_receipt", 1, 1.2),),
    backoff=MINUTELY,
    weekend=0.8,
)
RESETS = Queue(
    name="resets",
    per_minute=2,
    workers=2,
    promise_s=180,
    kinds=(Kind("send_reset", 1, 0.8),),
    weekend=0.7,
)
HOOKS = Queue(
    name="webhooks",
    per_minute=15,
    workers=4,
    promise_s=300,
    kinds=(Kind("deliver", 1, 1.5, 1.2),),
    backoff=PATIENT,
)
MIXED = Queue(
    name="default",
    per_minute=10,
    workers=4,
    promise_s=600,
    kinds=(
        Kind("send_receipt", 0.3, 1.0),
        Kind("sync_account", 0.4, 4.0, 1.0),
        Kind("export", 0.03, 40.0),
        Kind("track", 0.27, 1.0),
    ),
    backoff=THRICE,
)
EXPORTS = Queue(
    name="exports",
    per_minute=0.5,
    workers=2,
    promise_s=1800,
    kinds=(Kind("export", 1, 45.0, 1.0),),
    backoff=THRICE,
    weekend=0.2,
)
IMAGES = Queue(
    name="thumbs",
    per_minute=25,
    workers=4,
    promise_s=900,
    kinds=(Kind("thumbnail", 1, 0.8, 0.8),),
    weekend=0.9,
)
INVOICES = Queue(
    name="invoices",
    per_minute=2,
    workers=2,
    promise_s=900,
    kinds=(Kind("invoice", 1, 3.0),),
    backoff=PATIENT,
    weekend=0.3,
)
PAYOUTS = Queue(
    name="payouts",
    per_minute=0.03,
    workers=1,
    promise_s=3600,
    kinds=(Kind("payout", 1, 5.0),),
    weekend=0.3,
)
NIGHTLY = Queue(
    name="reports",
    per_minute=0.05,
    workers=1,
    promise_s=4 * HOUR,
    kinds=(Kind("report", 1, 100.0),),
    backoff=THRICE,
    shape=STEADY,
    batches=(Batch(at_s=2 * HOUR, jobs=60, mean_s=40.0),),
)
REMINDERS = Queue(
    name="reminders",
    per_minute=4,
    workers=2,
    promise_s=600,
    kinds=(Kind("remind", 1, 0.8),),
    delay_s=HOUR,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One queue for ten days; `want` are the verdicts that are right, none for a harmless day.

    `silent`: customers miss work that never came, a promise after `start`. `lane` is more of the
    lane's table. `upstream` is a business counter that goes on. The recording begins on a Monday
    and `weekday` days. `unknown` are kinds of lines, or fields of readings, that nobody sends.
    `skew_s` is how far the workers' clocks are ahead.
    """

    name: str
    queue: Queue
    changes: tuple[Change, ...] = ()
    want: tuple[str, ...] = ()
    start: float = LAST
    end: float = LAST + DAY
    silent: bool = False
    lane: str = ""
    upstream: bool = False
    deploys: tuple[float, ...] = ()
    zone: str = "UTC"
    begin: float = BEGIN
    seed: str = ""
    weekday: int = 0
    unknown: tuple[str, ...] = ()
    skew_s: float = 0.0

    def run(self) -> Run:
        return Run(self.queue, self.changes, DAYS, self.seed, self.weekday)

    def rows(self, run: Run) -> Iterator[dict[str, Any]]:
        """Yield the lines of a recording in order of time, with all that happened in it."""
        deploys = [{"kind": "deploy", "at": at, "release": "r2"} for at in self.deploys]
        for row in heapq.merge(run.events(), self._outcomes(), deploys, key=itemgetter("at")):
            moved = {key: row[key] + self.begin for key in MOMENTS if row.get(key) is not None}
            if row["kind"] in ("started", "succeeded", "retrying"):
                moved["at"] += self.skew_s
            line = {**row, **moved}
            yield {key: value for key, value in line.items() if key not in self.unknown}

    def is_seen(self, row: dict[str, Any]) -> bool:
        """Tell whether a line reaches the monitor: without hooks only a probe speaks."""
        if row["kind"] in self.unknown:
            return False
        return not self.queue.probed_only or row["kind"] in ("reading", "deploy", "outcome")

    def _outcomes(self) -> Iterator[dict[str, Any]]:
        draw, usual = random.Random(self.seed + "upstream"), Run(self.queue, (), DAYS, self.seed)
        for minute in range(int(DAYS * DAY / MINUTE) if self.upstream else 0):
            at = minute * MINUTE
            count = poisson(draw, usual.rate(at))
            if count:
                yield {"kind": "outcome", "at": at, "name": "orders.paid", "count": count}

    def config(self) -> str:
        queue = self.queue
        return f"""\
[server]
time_zone = "{self.zone}"
[[person]]
name = "ana"
channels = ["log"]
[[channel]]
name = "log"
kind = "webhook"
url = "http://127.0.0.1:9/"
[[outcome]]
name = "orders.paid"
[[lane]]
name = "{queue.name}"
queue = "{queue.name}"
customer_action = "go on"
noticed_after = "{queue.promise_s:g}s"
wake_someone = true
owner = "ana"
{self.lane}
"""

    def noticed_at(self, run: Run) -> float | None:
        """Return when customers notice: the third overdue job within 15 minutes, or the first.

        The first where few jobs come. None: nobody ever does.
        """
        if self.silent:
            return self.start + self.queue.promise_s
        promise = self.queue.promise_s
        late = sorted(
            job.due + promise
            for job in run.jobs
            if self.start <= job.due + promise and job.due < self.end
            and job.ended > job.due + promise
        )  # fmt: skip
        if self.queue.per_minute <= FEW_A_MINUTE:
            return late[0] if late else None
        for first, third in zip(late, late[2:], strict=False):
            if third - first <= NOTICED_WITHIN_S:
                return third
        return None


def scenarios(replica: int) -> list[Scenario]:
    """Return the faults and the harmless days of one replica."""
    draw = random.Random(f"replica {replica}")
    found = [
        *_failures(draw),
        *_slowness(draw),
        *_workers(draw),
        *_absence(draw),
        *_harmless(draw),
    ]
    return [
        replace(one, seed=f"{replica} {one.name} {number}") for number, one in enumerate(found)
    ]


def _window(
    draw: random.Random, hours: float = 2.0, low: float = 9, high: float = 15
) -> tuple[float, float]:
    start = LAST + draw.uniform(low, high) * HOUR
    return start, min(start + hours * HOUR, LAST + DAY)


def _fault(
    name: str, queue: Queue, want: tuple[str, ...], span: tuple[float, float],
    change: Callable[..., Change] = Change, **how: Any,
) -> Scenario:  # fmt: skip
    more = {key: how.pop(key) for key in ("silent", "lane", "upstream", "deploys") if key in how}
    start, end = span
    return Scenario(
        name=name,
        queue=queue,
        want=want,
        start=start,
        end=end,
        changes=(change(start=start, end=end, **how),),
        **more,
    )


def _failures(draw: random.Random) -> Iterator[Scenario]:
    stuck = ("stuck",)
    yield _fault("template broken by a deploy", RECEIPTS, stuck, _window(draw), error="template")
    yield _fault(
        "template broken, patient retries", INVOICES, stuck, _window(draw), error="template"
    )
    yield _fault("code error in one job type", MIXED, stuck, _window(draw), error="code", kind=0)
    yield _fault(
        "code error in a rare job type", MIXED, stuck, _window(draw, 3), error="code", kind=2
    )
    yield _fault(
        "certificate expired, no retries",
        replace(HOOKS, backoff=NEVER),
        stuck,
        _window(draw),
        error="certificate",
    )
    yield _fault("mail password changed", RESETS, stuck, _window(draw), error="credentials")
    yield _fault("payment provider down", INVOICES, stuck, _window(draw), error="unavailable")
    yield _fault(
        "provider half down", HOOKS, EITHER, _window(draw), error="unavailable", chance=0.75
    )
    yield _fault(
        "rate limit", HOOKS, ("slow",), _window(draw, 4, 9, 13), error="limit", per_minute=4
    )
    yield _fault(
        "rate limit on receipts",
        RECEIPTS,
        ("slow",),
        _window(draw, 4, 9, 13),
        error="limit",
        per_minute=2,
    )
    yield _fault(
        "connection pool used up",
        MIXED,
        EITHER,
        _window(draw),
        error="pool",
        error_after_s=30.0,
        chance=0.9,
    )
    yield _fault(
        "lock timeouts",
        INVOICES,
        EITHER,
        _window(draw, 3),
        error="lock",
        error_after_s=10.0,
        chance=0.85,
    )
    yield _fault(
        "disk full", EXPORTS, stuck, _window(draw, 4, 9, 13), error="disk", error_after_s=20.0
    )
    yield _fault(
        "one account's access withdrawn",
        HOOKS,
        stuck,
        _window(draw, 4, 9, 13),
        error="forbidden",
        account="acct_3",
    )
    yield _fault(
        "one payout fails",
        replace(PAYOUTS, per_minute=0.05),
        stuck,
        _window(draw, 6, 8, 10),
        error="unavailable",
    )
    yield _fault(
        "unknown task after a deploy",
        HOOKS,
        ("missing", "stuck"),
        _window(draw),
        error="discard",
        error_after_s=0.01,
    )
    yield _fault(
        "unknown task, one type",
        MIXED,
        ("missing", "stuck"),
        _window(draw),
        error="discard",
        error_after_s=0.01,
        kind=0,
    )
    yield _fault(
        "every job kills its worker",
        RECEIPTS,
        stuck,
        _window(draw),
        error="crash",
        error_after_s=3.0,
    )


def _slowness(draw: random.Random) -> Iterator[Scenario]:
    slow = ("slow",)
    yield _fault("slow provider", HOOKS, slow, _window(draw, 4, 9, 13), stretch=14.0)
    yield _fault("slow query plan", INVOICES, slow, _window(draw, 4, 9, 13), stretch=25.0)
    yield _fault("slow one job type", MIXED, slow, _window(draw, 4, 9, 13), stretch=12.0, kind=1)
    yield _fault(
        "database slows down by and by",
        RECEIPTS,
        slow,
        _window(draw, 6, 8, 10),
        stretch=60.0,
        ramp=True,
    )
    yield _fault("memory leak", IMAGES, slow, _window(draw, 10, 8, 10), stretch=20.0, ramp=True)
    yield _fault(
        "more traffic than capacity", IMAGES, slow, _window(draw, 4, 9, 13), arrivals=14.0
    )
    start, end = _window(draw, 3, 9, 13)
    flood = Batch(at_s=start, jobs=4000, mean_s=1.5, account="acct_900", once=True)
    yield Scenario(
        name="one account floods",
        queue=replace(HOOKS, batches=(flood,)),
        want=slow,
        start=start,
        end=end,
    )
    backfill = Batch(at_s=start, jobs=20_000, mean_s=0.6, once=True, spread_s=600.0)
    yield Scenario(
        name="backfill in the same queue",
        queue=replace(IMAGES, batches=(backfill,)),
        want=slow,
        start=start,
        end=end,
    )
    heavy = Batch(at_s=start, jobs=200, mean_s=60.0, kind=2, once=True, spread_s=300.0)
    yield Scenario(
        name="heavy job type crowds",
        queue=replace(MIXED, batches=(heavy,)),
        want=slow,
        start=start,
        end=end,
    )
    night = LAST + 2 * HOUR
    yield Scenario(
        name="nightly batch overruns",
        queue=NIGHTLY,
        want=slow,
        start=night,
        end=night + 9 * HOUR,
        changes=(Change(start=night, end=night + 9 * HOUR, stretch=12.0),),
    )


def _workers(draw: random.Random) -> Iterator[Scenario]:
    stuck = ("stuck",)
    yield _fault("workers killed", RECEIPTS, stuck, _window(draw), workers=0, kills=True)
    yield _fault("workers killed, busy", IMAGES, stuck, _window(draw), workers=0, kills=True)
    span = _window(draw)
    yield _fault(
        "workers not back after a deploy", HOOKS, stuck, span, workers=0, deploys=(span[0] - 5,)
    )
    start, end = _window(draw, 5, 9, 11)
    fewer = tuple(
        Change(start=start + hour * HOUR, end=end, workers=left, kills=True)
        for hour, left in ((0, 3), (0.5, 2), (1, 1))
    )
    yield Scenario(
        name="workers die one by one",
        queue=replace(HOOKS, kinds=(Kind("deliver", 1, 9.0, 0.8),)),
        want=EITHER,
        start=start,
        end=end,
        changes=fewer,
    )
    yield _fault("connected but taking nothing", RECEIPTS, stuck, _window(draw), asleep=True)
    yield _fault("frozen", INVOICES, stuck, _window(draw), frozen=True)
    yield _fault("frozen, busy", IMAGES, stuck, _window(draw), frozen=True)
    yield _fault(
        "calls without a timeout", HOOKS, EITHER, _window(draw, 3), error="hang", chance=0.02
    )
    yield _fault(
        "one job hangs",
        replace(INVOICES, workers=1),
        stuck,
        _window(draw),
        error="hang",
        only_first=1,
    )
    yield _fault(
        "poison jobs kill workers",
        replace(INVOICES, promise_s=600),
        EITHER,
        _window(draw, 3),
        error="crash",
        error_after_s=900.0,
        only_first=3,
    )
    yield _fault(
        "other queues come first", RECEIPTS, EITHER, _window(draw, 3), stretch=120.0, workers=1
    )
    yield _fault("due jobs are not moved", REMINDERS, stuck, _window(draw), asleep=True)
    yield _fault(
        "nobody consumes",
        replace(RECEIPTS, name="receipts-v2"),
        stuck,
        (LAST + 10 * HOUR, LAST + 13 * HOUR),
        workers=0,
    )
    yield _fault(
        "probe alone: workers gone",
        replace(RECEIPTS, probed_only=True),
        stuck,
        _window(draw),
        workers=0,
    )
    yield _fault(
        "probe alone: frozen", replace(HOOKS, probed_only=True), stuck, _window(draw), frozen=True
    )
    yield _fault(
        "probe alone: retry loop",
        replace(INVOICES, probed_only=True),
        stuck,
        _window(draw),
        error="code",
    )
    yield _fault(
        "probe alone: slow",
        replace(HOOKS, probed_only=True),
        ("slow",),
        _window(draw, 4, 9, 13),
        stretch=14.0,
    )


def _absence(draw: random.Random) -> Iterator[Scenario]:
    missing = ("missing",)
    yield _fault("producer silent", HOOKS, missing, _window(draw, 3), arrivals=0.0, silent=True)
    yield _fault(
        "producer silent, receipts", RECEIPTS, missing, _window(draw, 3), arrivals=0.0, silent=True
    )
    follows = 'expects = { from = "orders.paid", within = "2m", ratio = 0.95 }'
    yield _fault(
        "producer silent, orders go on",
        replace(RECEIPTS, promise_s=900),
        missing,
        _window(draw, 3),
        arrivals=0.0,
        silent=True,
        lane=follows,
        upstream=True,
    )
    yield _fault(
        "most of it is not enqueued",
        replace(RECEIPTS, promise_s=1800),
        missing,
        _window(draw, 4, 9, 13),
        arrivals=0.3,
        silent=True,
        lane=follows,
        upstream=True,
    )
    night = LAST + 2 * HOUR
    for name, lane in (
        ("nightly batch missing", ""),
        ("declared nightly batch missing", 'schedule = "0 2 * * *"'),
    ):
        yield _fault(
            name,
            NIGHTLY,
            missing,
            (night - MINUTE, night + 5 * HOUR),
            arrivals=0.0,
            silent=True,
            lane=lane,
        )
    single = replace(
        NIGHTLY,
        name="cleanup",
        per_minute=0.0,
        promise_s=2 * HOUR,
        batches=(Batch(at_s=3 * HOUR, jobs=1, mean_s=300.0),),
    )
    three = LAST + 3 * HOUR
    yield _fault(
        "declared single job missing",
        single,
        missing,
        (three - MINUTE, three + 6 * HOUR),
        arrivals=0.0,
        silent=True,
        lane='schedule = "0 3 * * *"',
    )
    yield _fault(
        "declared single job hangs",
        single,
        ("stuck",),
        (three - MINUTE, three + 12 * HOUR),
        error="hang",
        lane='schedule = "0 3 * * *"',
    )


def _harmless(draw: random.Random) -> Iterator[Scenario]:
    def day(name: str, queue: Queue, *changes: Change, **more: Any) -> Scenario:
        return Scenario(name=name, queue=queue, changes=changes, **more)

    def moment(length_s: float, **how: Any) -> Change:
        start = _window(draw)[0]
        return Change(start=start, end=start + length_s, **how)

    for queue in (RECEIPTS, HOOKS, MIXED, PAYOUTS, NIGHTLY, REMINDERS):
        yield day(f"usual day of {queue.name}", queue)
    yield day("usual day, probe alone", replace(RECEIPTS, probed_only=True))
    whole = {"start": LAST, "end": LAST + DAY}
    for queue, share in ((RECEIPTS, 0.2), (HOOKS, 0.15), (MIXED, 0.4)):
        yield day(f"holiday of {queue.name}", queue, Change(arrivals=share, **whole))
    at = _window(draw)[0]
    for queue, jobs, mean_s in ((IMAGES, 2000, 0.4), (HOOKS, 250, 1.0)):
        yield day(
            f"burst on {queue.name}",
            replace(queue, batches=(Batch(at_s=at, jobs=jobs, mean_s=mean_s, once=True),)),
        )
    yield day(
        "month's end run",
        replace(INVOICES, batches=(Batch(at_s=LAST + 6 * HOUR, jobs=200, mean_s=2.0, once=True),)),
    )
    yield day(
        "nightly batch", replace(EXPORTS, batches=(Batch(at_s=3 * HOUR, jobs=30, mean_s=50.0),))
    )
    late = (Change(start=LAST, end=LAST + DAY, arrivals=1.0),)
    yield day(
        "nightly batch 20 minutes later",
        replace(
            NIGHTLY,
            batches=(
                *_daily_but_last(60),
                Batch(at_s=LAST + 2 * HOUR + 1200, jobs=60, mean_s=40.0, once=True),
            ),
        ),
        *late,
    )
    spring = BEGIN + 14 * DAY  # summer time begins on the 29th, the Sunday inside
    yield day("summer time begins", NIGHTLY, zone="Europe/Lisbon", begin=spring)
    yield day("database fails over", RESETS, moment(90, error="lock"))
    yield day("all day a little flaky", replace(HOOKS, blips=0.1))
    yield day("network blip", RECEIPTS, moment(60, error="reset", chance=0.5))
    for queue, gap_s in ((RECEIPTS, 60), (HOOKS, 75), (RESETS, 30)):
        gap = moment(gap_s, workers=0)
        yield day(f"deploy of {queue.name}", queue, gap, deploys=(gap.start,))
    start = _window(draw)[0]
    rolling = tuple(
        Change(start=start + 90 * n, end=start + 90 * n + 60, workers=3) for n in range(4)
    )
    yield day("rolling deploy", HOOKS, *rolling, deploys=(start,))
    yield day("broker away for a minute", RECEIPTS, moment(60, asleep=True))
    for queue, times in ((RECEIPTS, 3.0), (IMAGES, 2.5)):
        yield day(f"campaign on {queue.name}", queue, moment(3 * HOUR, arrivals=times))
    yield day("lunch", HOOKS, moment(HOUR, arrivals=0.3))
    yield day("growing", replace(RECEIPTS, growth=0.04))
    yield day(
        "jobs of very different length",
        replace(EXPORTS, kinds=(Kind("export", 1, 45.0, 1.6),), workers=3),
    )
    yield day(
        "thousands for later",
        replace(
            REMINDERS,
            batches=(
                Batch(at_s=LAST + 10 * HOUR, jobs=1000, mean_s=0.1, once=True, spread_s=3000.0),
            ),
        ),
    )
    yield day("one customer cancels some", MIXED, moment(600, error="discard", account="acct_7"))
    yield day(
        "scaled to nothing at night",
        PAYOUTS,
        Change(start=LAST + HOUR, end=LAST + 5 * HOUR, workers=0, arrivals=0.0),
    )


def _daily_but_last(jobs: int) -> tuple[Batch, ...]:
    return tuple(
        Batch(at_s=day * DAY + 2 * HOUR, jobs=jobs, mean_s=40.0, once=True)
        for day in range(DAYS - 1)
    )
