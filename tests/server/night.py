"""Nights on a virtual clock: events, the ledger, the judge, the desk, the sender, real receivers."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from tailback.core.facts import gather
from tailback.core.model import Lane
from tailback.core.policy.people import Person, no_holidays
from tailback.notify.channel import make
from tailback.server.config import Config
from tailback.server.desk import Desk
from tailback.server.loops.send import Sender, SendLoop
from tailback.server.replay import TICK_S, Line, Replay
from tailback.server.telling import House
from tailback.server.topic import Look
from tailback.server.watch import Watch
from tailback.store.sqlite.store import SqliteStore
from tailback.testing.receivers import HttpReceiver, SmtpReceiver

BEGIN = 1_795_600_800.0  # Wednesday 25 November 2026, 10:00 UTC
CHANNELS = ("mail", "slack", "pager", "hook")
PEOPLE = (
    Person(name="ana", channels=CHANNELS, backup="bo"),
    Person(name="bo", channels=("slack",)),
)
INSIDE = {"allow_private": "true"}


def line(kind: str, at: float, name: str = "j1", **more: Any) -> Line:
    """Return an event of a receipt mail, `at` seconds after the beginning."""
    said = {"id": name, "queue": "emails", "job": "shop.send_receipt", **more}
    return msgspec.json.decode(json.dumps({"kind": kind, "at": BEGIN + at, **said}), type=Line)


def done(at: float, name: str, **more: Any) -> list[Line]:
    """Return a job that is done within a second."""
    return [
        line("enqueued", at, name, **more),
        line("started", at + 0.2, name, worker="w", **more),
        line("succeeded", at + 1.0, name, ran_for=0.8, **more),
    ]


class Night(Replay):
    """A recording that is told to people as a running server would tell it."""

    def __init__(self, folder: Path, lanes: Iterable[Lane]) -> None:
        super().__init__(Config(lanes=tuple(lanes), people=PEOPLE), lambda _row: None)
        self.now = 0.0
        self.blind: tuple[float, str] | None = None
        self.mail, self.slack, self.pager, self.hook = (
            SmtpReceiver(),
            HttpReceiver(),
            HttpReceiver(),
            HttpReceiver(),
        )
        mail = {"to": "ana@example.com", "from": "t@example.com"}
        mail["smtp"] = f"smtp://127.0.0.1:{self.mail.port}"
        ways = {
            "mail": make("email", mail),
            "slack": make("slack", {"url": self.slack.url, **INSIDE}),
            "pager": make("pagerduty", {"url": self.pager.url, "routing_key": "r", **INSIDE}),
            "hook": make("webhook", {"url": self.hook.url, **INSIDE}),
        }
        self.store = SqliteStore(folder / "t.db", synchronous="NORMAL")
        house = House(
            people=lambda: PEOPLE,
            is_holiday=no_holidays,
            quiet=lambda _now: (),
            board_url="https://jobs.example.com/",
        )
        self.desk = Desk(self.store.episodes, house)
        sender = Sender(
            channel=ways.get,
            ack_url=lambda _episode, person, _now: f"https://jobs.example.com/ack/{person}",
            now=lambda: self.now,
            monotonic=lambda: 0.0,
            capped=lambda name: name in ("mail", "slack"),
            share=lambda: 0.0,
        )
        self.sender = SendLoop(self.store.outbox, sender)

    def play(self, lines: list[Line], after_s: float, *, blind: str | None = None) -> None:
        """Play a recording, then so many seconds more in which nothing can be read if `blind`."""
        self.feed(sorted(lines, key=lambda one: one.at))
        self.blind = (self.now, blind) if blind else None
        self.finish(after_s)

    def close(self) -> None:
        self.store.close()
        for receiver in (self.mail, self.slack, self.pager, self.hook):
            receiver.close()

    def _run_until(self, tick: float, at: float) -> float:
        while tick <= at:
            self._judge(tick)
            tick += TICK_S
        return tick

    def _judge(self, now: float) -> None:
        self.now = now
        super()._judge(now)
        self.desk.end_round(list(self._watched), now)
        assert self.desk.to_write.settle()
        while self.sender.once(now):
            assert self.sender.settle(20.0)

    def _judge_lane(self, watch: Watch, now: float) -> None:
        lane = watch.lane
        reading = self._readings.get(lane.queue)
        facts = None
        if self.blind or reading is not None:
            facts = gather(self.ledger, None if self.blind else reading, lane, now)
        seen = watch.look(self.ledger, now, facts=facts, deploy=self._deploy, blind=self.blind)
        look = Look(lane=lane, seen=seen, impact=self._impact(lane, seen.signals))
        self.desk.look(look, watch.episodes.current, now)
