"""Incidents after public reports of job systems, and days that look like one: a second set.

They were written down before the judge had seen them, to find what it does not know.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from _detection_queue import DAY, HOUR, NEVER, STEADY, Batch, Change, Kind, Queue
from _detection_scenarios import (
    BEGIN,
    DAYS,
    EITHER,
    EXPORTS,
    HOOKS,
    IMAGES,
    INVOICES,
    LAST,
    MIXED,
    NIGHTLY,
    PAYOUTS,
    RECEIPTS,
    REMINDERS,
    RESETS,
    Scenario,
)

STUCK, SLOW, MISSING = ("stuck",), ("slow",), ("missing",)
GONE = ("missing", "stuck")
OCTOBER = 1_792_368_000.0  # Monday 2026-10-19 00:00 UTC; summer time ends on the 25th
RARE = replace(
    MIXED,
    name="mixed",
    kinds=(
        Kind("track", 0.9, 1.0),
        Kind("sync_account", 0.08, 4.0, 1.0),
        Kind("payout", 0.02, 2.0),
    ),
    promise_s=900,
)
BEAT = Queue(
    name="beat",
    per_minute=0.0,
    workers=1,
    promise_s=1800,
    kinds=(Kind("poll_bank", 1, 4.0),),
    batches=tuple(
        Batch(at_s=minute * 300.0, jobs=1, mean_s=4.0, spread_s=5.0) for minute in range(288)
    ),
    shape=STEADY,
)


def incidents(replica: int) -> list[Scenario]:
    """Return the incidents and the harmless days of one replica."""
    draw = random.Random(f"incidents {replica}")
    found = [*_upstreams(draw), *_databases(draw), *_fleets(draw), *_brokers(draw)]
    found += [*_producers(draw), *_blind_spots(draw), *_harmless(draw)]
    return [replace(one, seed=f"{replica} incident {n} {one.name}") for n, one in enumerate(found)]


def _span(
    draw: random.Random, hours: float, low: float = 9, high: float = 14
) -> tuple[float, float]:
    start = LAST + draw.uniform(low, high) * HOUR
    return start, min(start + hours * HOUR, LAST + DAY)


def _one(
    name: str, queue: Queue, want: tuple[str, ...], span: tuple[float, float],
    *more: Change, **how: Any,
) -> Scenario:  # fmt: skip
    """Return a fault of one change, besides `more`; what is no `Change` is the scenario's own."""
    own = ("silent", "lane", "upstream", "deploys", "weekday", "begin", "unknown", "skew_s")
    mine = {key: how.pop(key) for key in own if key in how}
    start, end = span
    change = Change(start=start, end=end, **how)
    return Scenario(
        name=name, queue=queue, want=want, start=start, end=end, changes=(change, *more), **mine
    )


def _upstreams(draw: random.Random) -> Iterator[Scenario]:
    """Other people's services: gone, slow, half there, back again with all at once."""
    span = _span(draw, 2)
    yield _one("names are not resolved for a third", HOOKS, EITHER, span, error="dns", chance=0.35)
    yield _one("API key rolled over", INVOICES, STUCK, _span(draw, 3), error="token")
    span = _span(draw, 1.5)
    end = span[1]
    yield _one(
        "herd of retries after an outage",
        replace(HOOKS, kinds=(Kind("deliver", 1, 6.0, 0.8),)),
        EITHER,
        span,
        Change(start=end, end=end + 2 * HOUR, stretch=2.0),
        error="unavailable",
    )
    yield _one(
        "calls time out after half a minute",
        RECEIPTS,
        EITHER,
        _span(draw, 2),
        error="timeout",
        error_after_s=30.0,
        chance=0.95,
    )
    yield _one(
        "one of ten fails for good",
        replace(RECEIPTS, backoff=NEVER),
        EITHER,
        _span(draw, 3),
        error="certificate",
        chance=0.15,
    )
    yield _one(
        "one account floods the imports",
        replace(
            EXPORTS,
            promise_s=900,
            batches=(
                Batch(at_s=LAST + 10 * HOUR, jobs=120, mean_s=60.0, account="acct_77", once=True),
            ),
        ),
        SLOW,
        (LAST + 10 * HOUR, LAST + 14 * HOUR),
    )


def _databases(draw: random.Random) -> Iterator[Scenario]:
    yield _one("lock storm slows every job", HOOKS, SLOW, _span(draw, 2), stretch=40.0)
    yield _one(
        "migration holds a lock",
        replace(INVOICES, workers=3),
        STUCK,
        _span(draw, 2),
        error="hang",
    )
    yield _one(
        "deadlocks, most come through later",
        INVOICES,
        EITHER,
        _span(draw, 3),
        error="deadlock",
        error_after_s=5.0,
        chance=0.7,
    )
    yield _one(
        "column dropped before the deploy", MIXED, STUCK, _span(draw, 2), error="schema", kind=1
    )
    start = LAST - 2 * DAY
    yield _one(
        "slower from day to day",
        replace(HOOKS, workers=2),
        SLOW,
        (start, LAST + DAY),
        stretch=12.0,
        ramp=True,
    )
    yield _one(
        "pool deadlock, half of the slots",
        replace(INVOICES, workers=4, per_minute=6, kinds=(Kind("invoice", 1, 25.0),)),
        EITHER,
        _span(draw, 3),
        error="hang",
        only_first=2,
    )


def _fleets(draw: random.Random) -> Iterator[Scenario]:
    start, end = _span(draw, 4, 9, 12)
    sawtooth = tuple(
        Change(start=start + n * HOUR, end=start + (n + 1) * HOUR, stretch=200.0, ramp=True)
        for n in range(4)
    )
    yield Scenario(
        name="memory leak, recycled each hour",
        queue=RECEIPTS,
        want=SLOW,
        start=start,
        end=end,
        changes=sawtooth,
    )
    yield _one(
        "half of the workers wedged",
        replace(IMAGES, kinds=(Kind("thumbnail", 1, 7.0),)),
        EITHER,
        _span(draw, 3),
        error="hang",
        only_first=3,
    )
    night = LAST + HOUR
    yield _one(
        "scaled to nothing and not back",
        replace(RECEIPTS, per_minute=3),
        STUCK,
        (night, LAST + 9 * HOUR),
        workers=0,
    )
    yield _one(
        "killed for memory again and again",
        EXPORTS,
        EITHER,
        _span(draw, 3),
        error="crash",
        error_after_s=60.0,
        chance=0.9,
    )
    yield _one(
        "restart loop, no job gets through",
        replace(RECEIPTS, kinds=(Kind("send_receipt", 1, 8.0),)),
        STUCK,
        _span(draw, 2),
        error="crash",
        error_after_s=4.0,
        unknown=("workers",),
    )
    yield _one(
        "a long job ahead of all, one worker",
        replace(INVOICES, workers=1, per_minute=1.5),
        STUCK,
        _span(draw, 2),
        error="hang",
        only_first=1,
        unknown=("workers",),
    )
    yield _one(
        "workers killed, no beat known", HOOKS, STUCK, _span(draw, 2), workers=0,
        kills=True, unknown=("workers",),
    )  # fmt: skip
    yield _one("weekend outage", HOOKS, STUCK, _span(draw, 3), workers=0, weekday=4,
               begin=BEGIN + 4 * DAY)  # fmt: skip


def _brokers(draw: random.Random) -> Iterator[Scenario]:
    yield _one("Redis fails over and loses what waits", replace(HOOKS, probed=True), GONE,
               _span(draw, 1), Change(start=LAST + 10 * HOUR, end=LAST + 10 * HOUR + 600, asleep=True),
               Change(start=LAST + 10 * HOUR + 300, end=LAST + 10 * HOUR + 301, loses=True))  # fmt: skip
    yield _one(
        "workers do not reconnect after a fail-over", RESETS, STUCK, _span(draw, 2), asleep=True
    )
    yield _one(
        "visibility timeout gives long jobs out again",
        replace(EXPORTS, promise_s=1200),
        EITHER,
        _span(draw, 4),
        error="redeliver",
        error_after_s=120.0,
    )
    yield _one(
        "dispatcher throttled", IMAGES, EITHER, _span(draw, 2), asleep=True, unknown=("workers",)
    )
    yield _one(
        "retries pile up where nobody moves them",
        REMINDERS,
        STUCK,
        _span(draw, 2),
        asleep=True,
        unknown=("workers",),
    )


def _producers(draw: random.Random) -> Iterator[Scenario]:
    yield _one("task renamed by a deploy", RECEIPTS, STUCK, _span(draw, 2), error="renamed")
    yield _one("queue name misspelt", HOOKS, GONE, _span(draw, 3), astray="webhoks", silent=True)
    yield _one(
        "one job type no longer enqueued",
        MIXED,
        MISSING,
        _span(draw, 6, 9, 11),
        kind=3,
        arrivals=0.0,
        silent=True,
    )
    yield _one("scheduler dead", BEAT, MISSING, _span(draw, 5, 9, 11), arrivals=0.0, silent=True)
    yield _one(
        "scheduler dead, declared",
        BEAT,
        MISSING,
        _span(draw, 5, 9, 11),
        arrivals=0.0,
        silent=True,
        lane='schedule = "*/5 * * * *"',
    )
    follows = 'expects = { from = "orders.paid", within = "2m", ratio = 0.95 }'
    for share, name in ((0.3, "two of three not enqueued"), (0.5, "half not enqueued")):
        yield _one(
            name,
            replace(RECEIPTS, promise_s=1800),
            MISSING,
            _span(draw, 4, 9, 12),
            arrivals=share,
            silent=True,
            lane=follows,
            upstream=True,
        )
    yield _one(
        "a client enqueues the same again and again", IMAGES, SLOW, _span(draw, 3), arrivals=20.0
    )
    yield _one("silent on a weekend", HOOKS, MISSING, _span(draw, 4), arrivals=0.0, silent=True,
               weekday=3, begin=BEGIN + 3 * DAY)  # fmt: skip


def _blind_spots(draw: random.Random) -> Iterator[Scenario]:
    """What is seen in part only: readings alone, some lines unknown, a rare type in a mix."""
    only = {"probed_only": True}
    ages = ("oldest_due_at", "oldest_source")
    yield _one(
        "counts alone: workers gone",
        replace(RECEIPTS, **only),
        STUCK,
        _span(draw, 2),
        workers=0,
        unknown=ages,
    )
    yield _one(
        "counts alone: connected but idle",
        replace(HOOKS, **only),
        STUCK,
        _span(draw, 2),
        asleep=True,
        unknown=(*ages, "done_counter"),
    )
    yield _one(
        "ages alone: frozen",
        replace(INVOICES, **only),
        STUCK,
        _span(draw, 2),
        frozen=True,
        unknown=("done_counter", "workers"),
    )
    yield _one(
        "ages alone: flooded",
        replace(HOOKS, **only),
        SLOW,
        _span(draw, 2),
        arrivals=15.0,
        unknown=("workers", "retrying"),
    )
    yield _one(
        "rare critical type fails in a mix",
        RARE,
        STUCK,
        _span(draw, 4, 9, 11),
        error="token",
        kind=2,
        lane='jobs = ["payout"]',
    )
    yield _one(
        "rare critical type waits behind a flood",
        replace(
            RARE,
            batches=(Batch(at_s=LAST + 11 * HOUR, jobs=15_000, mean_s=1.0, once=True),),
        ),
        SLOW,
        (LAST + 11 * HOUR, LAST + 14 * HOUR),
        lane='jobs = ["payout"]',
    )
    yield _one(
        "rare type stops in a lane of all",
        RARE,
        STUCK,
        _span(draw, 4, 9, 11),
        error="hang",
        kind=2,
    )
    yield _one(
        "enqueues are not told, workers freeze",
        HOOKS,
        STUCK,
        _span(draw, 2),
        frozen=True,
        unknown=("enqueued",),
    )
    yield _one(
        "clocks ahead, template broken",
        RECEIPTS,
        STUCK,
        _span(draw, 2),
        error="template",
        skew_s=100.0,
    )
    yield _one(
        "both see it: retry loop",
        replace(INVOICES, probed=True),
        STUCK,
        _span(draw, 2),
        error="code",
    )


def _harmless(draw: random.Random) -> Iterator[Scenario]:
    def day(name: str, queue: Queue, *changes: Change, **more: Any) -> Scenario:
        return Scenario(name=name, queue=queue, changes=changes, **more)

    def moment(length_s: float, **how: Any) -> Change:
        start = _span(draw, 1)[0]
        return Change(start=start, end=start + length_s, **how)

    whole = {"start": LAST, "end": LAST + DAY}
    yield day("harmless: Black Friday", RECEIPTS, Change(arrivals=6.0, **whole))
    yield day(
        "harmless: Black Friday, hooks", replace(HOOKS, workers=8), Change(arrivals=4.0, **whole)
    )
    low = Queue(
        name="low", per_minute=3, workers=3, promise_s=6 * HOUR, kinds=(Kind("rebuild", 1, 2.0),),
        batches=(Batch(at_s=LAST + 10 * HOUR, jobs=8000, mean_s=2.0, once=True),),
    )  # fmt: skip
    yield day("harmless: backfill on a patient queue", low)
    gaps = tuple(
        Change(start=at, end=at + 45, workers=0)
        for at in (LAST + hour * HOUR for hour in (9.2, 10.7, 13.1, 15.4, 16.9))
    )
    yield day("harmless: five deploys", HOOKS, *gaps, deploys=tuple(gap.start for gap in gaps))
    yield day("harmless: deploys nobody marks", HOOKS, *gaps)
    yield day(
        "harmless: holiday of a mixed queue",
        replace(MIXED, probed=True),
        Change(arrivals=0.1, **whole),
    )
    yield day("harmless: holiday of payouts", PAYOUTS, Change(arrivals=0.1, **whole))
    yield day("harmless: summer time ends", NIGHTLY, zone="Europe/Lisbon", begin=OCTOBER)
    yield day(
        "harmless: nightly batch takes twice as long",
        NIGHTLY,
        Change(start=LAST + 2 * HOUR, end=LAST + 6 * HOUR, stretch=1.9),
    )
    five = Batch(at_s=LAST + 11 * HOUR, jobs=5, mean_s=240.0, once=True, kind=2)
    yield day("harmless: five long jobs", replace(MIXED, workers=8, batches=(five,)))
    yield day("harmless: first tries fail, second help", replace(HOOKS, blips=0.25))
    yield day(
        "harmless: provider flaky for a while", HOOKS, moment(900, error="reset", chance=0.3)
    )
    yield day("harmless: new lane ramps up", RECEIPTS, Change(start=0, end=LAST - 3 * DAY, arrivals=0.0),
              Change(start=LAST - 3 * DAY, end=LAST - DAY, arrivals=0.2))  # fmt: skip
    sunday = {"weekday": 4, "begin": BEGIN + 4 * DAY}
    monday = {"weekday": 5, "begin": BEGIN + 5 * DAY}
    empty = replace(INVOICES, weekend=0.0)
    yield day("harmless: empty at weekends, Sunday", empty, **sunday)
    yield day("harmless: empty at weekends, Monday", empty, **monday)
    yield day("harmless: hooks on Monday", HOOKS, **monday)
    yield day("harmless: scaled to nothing each night", PAYOUTS, *(
        Change(start=n * DAY + HOUR, end=n * DAY + 5 * HOUR, workers=0, arrivals=0.0)
        for n in range(DAYS)
    ))  # fmt: skip
    yield day("harmless: scaled up from nothing on demand", replace(EXPORTS, workers=2),
              *(Change(start=LAST + h * HOUR, end=LAST + h * HOUR + 120, workers=0) for h in range(0, 24, 2)))  # fmt: skip
    yield day("harmless: clocks of workers ahead", RECEIPTS, skew_s=100.0)
    yield day("harmless: clocks of workers behind", RECEIPTS, skew_s=-100.0)
    yield day(
        "harmless: counts alone",
        replace(RECEIPTS, probed_only=True),
        unknown=("oldest_due_at", "oldest_source"),
    )
    yield day("harmless: ages alone, campaign", replace(HOOKS, probed_only=True), moment(2 * HOUR, arrivals=2.0),
              unknown=("done_counter", "workers"))  # fmt: skip
    yield day(
        "harmless: some accounts cancel all", MIXED, moment(300, error="discard", account="acct_2")
    )
    yield day("harmless: scheduled jobs every five minutes", BEAT)
    yield day(
        "harmless: long jobs all day",
        replace(
            EXPORTS,
            per_minute=0.2,
            kinds=(Kind("export", 1, 500.0, 0.6),),
            workers=4,
            promise_s=3600,
        ),
    )
    yield day(
        "harmless: lunch of a small shop",
        replace(RECEIPTS, per_minute=2),
        moment(1.5 * HOUR, arrivals=0.15),
    )
    yield day("harmless: short freeze", HOOKS, moment(50, frozen=True))
    yield day("harmless: usual mix, rare lane", RARE, lane='jobs = ["payout"]')
