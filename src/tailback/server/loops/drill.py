"""Moves drills along: from the job that is enqueued to the person who answers."""

import logging
import uuid
from dataclasses import dataclass, replace

import msgspec

from tailback import systems
from tailback.core import wording_drills
from tailback.core.drill import (
    PREFIX,
    Gap,
    Link,
    Mode,
    Stand,
    broken_link,
    noticed,
    owner_gap,
    report_gap,
    silence_gap,
)
from tailback.core.events import Event
from tailback.core.messages import Message
from tailback.core.model import Lane
from tailback.core.policy.people import on_duty
from tailback.core.policy.plan import Plan, duty_plan, fallbacks_of
from tailback.core.system import EnqueueError
from tailback.server.config.current import Current
from tailback.server.engine import Engine
from tailback.store.alerts import Change, Line, Outgoing, SavedEpisode
from tailback.store.store import Store

EVERY_S = 1.0
LATEST = 1e15
ANSWER_S = 10.0

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Drill:
    """What a drill needs to go on after a restart; `job` None: only the rule is drilled."""

    lane: str
    lane_name: str
    source: str
    job: str | None
    plan: Plan
    stand: Stand
    queue: str = ""
    jobs: tuple[str, ...] = ()

    @property
    def watched(self) -> Lane:
        """The part of the lane that its rule looks at."""
        return Lane(
            key=self.lane,
            name=self.lane_name,
            source=self.source,
            queue=self.queue,
            jobs=self.jobs,
        )


class DrillError(Exception):
    """A drill cannot begin; the text says why."""


class DrillLoop:
    """Begins drills and looks after those that are under way; everything is in the store."""

    def __init__(self, config: Current, store: Store, engine: Engine, board_url: str) -> None:
        """Drill the lanes of `config`."""
        self._config = config
        self._store = store
        self._engine = engine
        self._board_url = board_url

    def begin(self, lane: Lane, mode: Mode, by: str, now: float) -> str:
        """Begin a drill and return its episode; DrillError when nobody could be told."""
        people = self._config().people
        plan = duty_plan(lane.owner, people, now)
        if not plan.steps:
            raise DrillError(wording_drills.nobody())
        if self._under_way():
            raise DrillError(wording_drills.under_way())
        owners = [on_duty(name, people, now) or "" for name in _owners(lane)]
        gap = owner_gap(owners, [person.name for person in plan.people])
        job, why = (None, "") if gap else self._enqueue(lane, mode, now)
        stand = Stand(mode=mode, enqueued_at=now if job else None)
        drill = Drill(
            lane=lane.key,
            lane_name=lane.name,
            source=lane.source,
            job=job,
            plan=plan,
            stand=stand,
            queue=lane.queue,
            jobs=lane.jobs,
        )
        number = f"drill-{lane.key}-{int(now)}"
        if gap is not None:
            why = wording_drills.misfit(gap)
            failed = self._fail(_row(number, drill, now), drill, "rule", why, now)
            self._store.episodes.save([failed]).result()
            return number
        detail = wording_drills.enqueued(lane.queue) if job else why
        row = _row(number, drill, now)
        lines = [Line(number, now, by, "enqueued" if job else "rule drill", detail)]
        self._store.episodes.save([Change(episode=row, lines=tuple(lines))]).result()
        return number

    def once(self, now: float) -> bool:
        """Move every open drill one step; return whether there is one."""
        rows = self._under_way()
        for row in rows:
            change = self._step(row, msgspec.json.decode(row.body, type=Drill), now)
            if change is not None:
                self._store.episodes.save([change]).result()
        return bool(rows)

    def pause_s(self) -> float:
        """Return how long to wait until the next look."""
        return EVERY_S

    def close(self) -> None:
        """Hold nothing."""

    def _under_way(self) -> list[SavedEpisode]:
        going = self._store.episodes.going_on(resolved_since=LATEST)
        return [row for row in going if row.lane.startswith(PREFIX)]

    def _enqueue(self, lane: Lane, mode: Mode, now: float) -> tuple[str | None, str]:
        """Return the job's id, or None and why there is none."""
        source = next((s for s in self._config().sources if s.name == lane.source), None)
        if source is None or source.write_url is None or source.system is None:
            return None, wording_drills.no_write_url()
        module = systems.load_enqueue(source.system)
        if module is None:
            return None, wording_drills.cannot(source.system)
        job = str(uuid.uuid4())
        try:
            module.enqueue(source.write_url, lane.queue, job, mode, now, source.options)
        except EnqueueError as error:
            raise DrillError(wording_drills.not_enqueued(str(error))) from error
        return job, ""

    def _step(self, row: SavedEpisode, drill: Drill, now: float) -> Change | None:
        change = None
        if drill.stand.told_at is None:
            change = self._from_worker(row, drill, now)
        elif drill.stand.sent_at is None:
            change = self._from_channel(row, drill, now)
        return change or self._too_late(row, drill, now)

    def _from_worker(self, row: SavedEpisode, drill: Drill, now: float) -> Change | None:
        events = self._reported(drill.job)
        gap = self._gap(drill, events)
        if gap is not None:
            return self._fail(row, drill, "rule", wording_drills.misfit(gap), now)
        told = [(event.kind, event.at) for _source, event in events]
        if drill.job is None or noticed(drill.stand.mode, told, now):
            return self._tell(row, drill, now)
        return None

    def _from_channel(self, row: SavedEpisode, drill: Drill, now: float) -> Change | None:
        messages = self._store.outbox.of(row.id)
        if messages and all(message.state == "failed" for message in messages):
            why = wording_drills.refused(messages[0].why)
            return self._fail(row, drill, "channel", why, now)
        sent = [message.done_at for message in messages if message.state == "sent"]
        if not sent:
            return None
        drill.stand = replace(drill.stand, sent_at=min(at for at in sent if at is not None))
        return Change(episode=_row(row.id, drill, now, row))

    def _too_late(self, row: SavedEpisode, drill: Drill, now: float) -> Change | None:
        link = broken_link(drill.stand, now)
        if link is None:
            return None
        unused = silence_gap(drill.watched, self._known(drill)) if link == "worker" else None
        if unused is not None:
            return self._fail(row, drill, "rule", wording_drills.misfit(unused), now)
        return self._fail(row, drill, link, wording_drills.broken(link), now)

    def _reported(self, job: str | None) -> list[tuple[str, Event]]:
        if job is None:
            return []
        return self._engine.ask(lambda ledger: ledger.drill(job)).result(ANSWER_S)

    def _gap(self, drill: Drill, events: list[tuple[str, Event]]) -> Gap | None:
        """Return why the lane's rule would not have seen what a worker reported."""
        if not events:
            return None
        reported = [(source, event.queue) for source, event in events]
        return report_gap(drill.watched, reported, self._known(drill))

    def _known(self, drill: Drill) -> list[tuple[str, str]]:
        return [(part.queue, part.job) for part in self._store.rollups.slices(drill.source)]

    def _tell(self, row: SavedEpisode, drill: Drill, now: float) -> Change:
        drill.stand = replace(drill.stand, told_at=now)
        owner = drill.plan.steps[0].people[0]
        text = wording_drills.told(drill.lane_name, real=drill.job is not None)
        pairs = [(owner, channel) for channel in drill.plan.person(owner).channels]
        lines = [Line(row.id, now, "tailback", "told", owner)]
        if drill.job is not None:
            lines.insert(0, Line(row.id, now, "tailback", "seen", wording_drills.seen()))
        out = self._outgoing(row, drill, pairs, text, now)
        return Change(
            episode=_row(row.id, drill, now, row, text), lines=tuple(lines), outgoing=out
        )

    def _fail(self, row: SavedEpisode, drill: Drill, link: Link, why: str, now: float) -> Change:
        """End a drill; whom the link `channel` does not reach, another is told for."""
        _log.error("drill failed", extra={"drill": row.id, "why": why})
        owner = drill.plan.steps[0].people[0]
        own = [(owner, channel) for channel in drill.plan.person(owner).channels]
        pairs = list(fallbacks_of(drill.plan, owner)[:1])
        pairs = own + pairs if link != "channel" else pairs or own[:1]
        text = wording_drills.failed(drill.lane_name, why)
        out = self._outgoing(row, drill, pairs, text, now, "failed")
        over = replace(
            _row(row.id, drill, now, row, text), state="resolved", resolved_at=now, cause=link
        )
        lines = (Line(row.id, now, "tailback", "drill failed", why),)
        return Change(episode=over, lines=lines, outgoing=out, supersede=True)

    def _outgoing(
        self,
        row: SavedEpisode,
        drill: Drill,
        pairs: list[tuple[str, str]],
        text: str,
        now: float,
        serial: str = "1",
    ) -> tuple[Outgoing, ...]:
        title = wording_drills.title(drill.lane_name)
        message = Message(
            kind="drill",
            episode=row.id,
            lane=drill.lane,
            subject=title,
            title=title,
            text=text,
            at=now,
            opened_at=row.opened_at,
            rule="drill",
            cause="drill",
            owner=drill.plan.owner,
            board_url=self._board_url,
        )
        return tuple(
            Outgoing(
                key=f"{row.id}:{serial}:{channel}",
                channel=channel,
                person=person,
                kind="drill",
                body=msgspec.json.encode(message),
                due_at=now,
            )
            for person, channel in pairs
        )


def _owners(lane: Lane) -> list[str]:
    return [name for name in (lane.owner, *lane.owner_for.values()) if name is not None]


def answered(row: SavedEpisode, by: str, now: float) -> Change:
    """Return the change by which a drill has passed: a person has answered."""
    took = wording_drills.passed(by, now - row.opened_at)
    over = replace(
        row,
        state="resolved",
        resolved_at=now,
        acknowledged_by=by,
        message=took,
        changed_at=now,
    )
    return Change(episode=over, lines=(Line(row.id, now, by, "acknowledged", took),))


def _row(
    number: str, drill: Drill, now: float, before: SavedEpisode | None = None, text: str = ""
) -> SavedEpisode:
    return SavedEpisode(
        id=number,
        lane=PREFIX + drill.lane,
        state="firing",
        rule="drill",
        cause="drill",
        opened_at=before.opened_at if before else now,
        resolved_at=None,
        acknowledged_by=None,
        acknowledged_until=None,
        owner=drill.plan.owner,
        page=False,
        step=0,
        next_step_at=None,
        message=text or (before.message if before else ""),
        body=msgspec.json.encode(drill),
        changed_at=now,
    )
