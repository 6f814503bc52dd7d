"""Small hand-made days, run through the real ledger and the real watch on a virtual clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from tailback.core.episodes import EpisodeEvent
from tailback.core.events import Event, WorkerBeat
from tailback.core.facts import gather
from tailback.core.ledger import Ledger
from tailback.core.model import Lane, QueueReading
from tailback.server.reasons import reason_key
from tailback.server.watch import Seen, Watch

MONDAY = 1_767_571_200.0  # 2026-01-05 00:00 UTC
NINE = 9 * 3600.0
MINUTE = 60.0
HOUR = 3600.0
DAY = 86_400.0
TEMPLATE = {
    "type": "jinja2.exceptions.UndefinedError",
    "message": "'customer' has no attribute 'name'",
}
LIMITED = {"type": "requests.HTTPError", "message": "429 Too Many Requests", "status": 429}
ACTION = "get a receipt after paying"


def lane(**changes: object) -> Lane:
    given = {
        "key": "receipts",
        "name": "Receipt emails",
        "source": "shop",
        "queue": "emails",
        "customer_action": ACTION,
        "promise_s": 300.0,
        "promise_assumed": False,
        "wake_someone": True,
        "owner": "ana",
    }
    return Lane(**{**given, **changes})


@dataclass
class Line:
    """One lane and what happens to it; times are seconds after the begin, Monday 09:00."""

    lane: Lane = field(default_factory=lane)
    zone: dt.tzinfo = dt.UTC
    begin: float = MONDAY + NINE
    tick_s: float = 15.0
    events: list[EpisodeEvent] = field(default_factory=list)
    said: list[tuple[float, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(classify=reason_key)
        self.watch = Watch(self.lane, self.zone, self.begin, self._clock)
        self.now = 0.0
        self.deploy: tuple[float, str] | None = None
        self.blind: tuple[float, str | None] | None = None
        self.reading: QueueReading | None = None
        self.probed = False
        self.seen: Seen | None = None
        self._todo: list[tuple[float, int, object]] = []
        self._order = count()
        self._ids = count()

    # -- what happens

    def at(self, when: float, kind: str, job_id: str, **more: object) -> str:
        given = {"queue": self.lane.queue, "job": "send", **more}
        if given.get("due_at") is not None:
            given["due_at"] = self.begin + float(given["due_at"])
        event = Event(kind, self.begin + when, job_id, **given)
        heappush(self._todo, (when, next(self._order), event))
        return job_id

    def job(self, when: float, runs: float | None = 1.0, **more: object) -> str:
        """A job that comes and runs to a good end, or (None) only comes."""
        name = f"j{next(self._ids)}"
        self.at(when, "enqueued", name, **more)
        if runs is not None:
            self.at(when, "started", name, attempt=1, **more)
            self.at(when + runs, "succeeded", name, attempt=1, ran_for=runs, **more)
        return name

    def work(
        self, since: float, until: float, every: float, runs: float | None = 1.0, **more: object
    ) -> None:
        when = since
        while when < until:
            self.job(when, runs, **more)
            when += every

    def failing(
        self,
        when: float,
        times: int,
        every: float = 60.0,
        error: object = TEMPLATE,
        **more: object,
    ) -> str:
        """A job whose every attempt fails and that is tried again."""
        name = self.job(when, None, **more)
        for number in range(times):
            began = when + number * every
            self.at(began, "started", name, attempt=number + 1, **more)
            self.at(
                began + 0.3,
                "retrying",
                name,
                attempt=number + 1,
                ran_for=0.3,
                error=error,
                due_at=began + every,
                **more,
            )
        return name

    def workers(self, when: float, alive: int) -> None:
        heappush(self._todo, (when, next(self._order), alive))

    def beat(self, when: float, alive: int, slots: int, queue: str | None = None) -> None:
        beats = [
            WorkerBeat(f"w{n}", (queue or self.lane.queue,), slots, 600.0, None)
            for n in range(alive)
        ]
        heappush(self._todo, (when, next(self._order), beats))

    def reads(self, when: float, **numbers: object) -> None:
        if numbers.get("oldest_due_at") is not None:
            numbers["oldest_due_at"] = self.begin + float(numbers["oldest_due_at"])
        reading = QueueReading(
            source=self.lane.source, queue=self.lane.queue, taken_at=self.begin + when, **numbers
        )
        heappush(self._todo, (when, next(self._order), reading))

    # -- what is seen

    def until(self, when: float) -> Seen:
        while self.now < when:
            self.now += self.tick_s
            while self._todo and self._todo[0][0] <= self.now:
                self._take(heappop(self._todo)[2])
            now = self.begin + self.now
            facts = None
            if self.probed or self.blind is not None:
                facts = gather(self.ledger, self.reading, self.lane, now)
            seen = self.watch.look(
                self.ledger, now, facts=facts, blind=self.blind, deploy=self.deploy
            )
            self.seen = seen
            self.events += seen.events
            verdict = seen.judgement.verdict
            if not self.said or self.said[-1][1:] != (verdict.verdict, verdict.cause):
                self.said.append((self.now, verdict.verdict, verdict.cause))
        assert self.seen is not None
        return self.seen

    def _take(self, what: object) -> None:
        now = self.begin + self.now
        if isinstance(what, Event):
            self.ledger.apply(self.lane.source, [what], now)
        elif isinstance(what, QueueReading):
            self.probed = True
            self.reading = what
            self.ledger.take_reading(what)
        elif isinstance(what, int):
            self.ledger.set_workers(self.lane.source, self.lane.queue, what, now)
        else:
            self.ledger.heartbeat(self.lane.source, what, now)

    @property
    def says(self) -> tuple[str, str]:
        assert self.seen is not None
        verdict = self.seen.judgement.verdict
        return verdict.verdict, verdict.cause

    @property
    def sentence(self) -> str:
        assert self.seen is not None
        return self.seen.judgement.verdict.sentence

    @property
    def log(self) -> list[tuple[str, str]]:
        return [(event.event, event.rule) for event in self.events]

    @property
    def pages(self) -> list[float]:
        return [event.at - self.begin for event in self.events if event.page]

    def _clock(self, at: float) -> str:
        return dt.datetime.fromtimestamp(at, self.zone).strftime("%H:%M")


def settled(
    on: Lane | None = None, every: float = 30.0, zone: dt.tzinfo = dt.UTC, **more: object
) -> Line:
    """A lane with four normal working days of work from 07:00 to 12:00; time 0 is Friday 09:00."""
    line = Line(on or lane(), zone, MONDAY + 4 * DAY + NINE)
    line.now = -5 * DAY
    line.workers(-5 * DAY, 4)
    for day in range(-5, 0):
        line.work(day * DAY - 2 * HOUR, day * DAY + 3 * HOUR, every, **more)
    line.work(-2 * HOUR, 0, every, **more)
    line.tick_s = MINUTE
    line.watch = Watch(line.lane, zone, line.begin + line.now, line._clock)
    line.until(0)
    line.tick_s = 15.0
    line.events.clear()
    line.said.clear()
    return line
