"""Does confirmed actions, some hundred jobs at a time; a crash repeats and forgets nothing.

Jobs are marked as sent before the broker is asked, told to the ledger before they are settled,
and asked for under the same mark again after a crash: the broker knows what was done under it.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from tailback import systems
from tailback.core import wording_actions
from tailback.core.actions import MARKS_S, TELLS, Outcome, Target
from tailback.core.events import Event
from tailback.core.system import ActionError, Actions
from tailback.server.config import Source
from tailback.server.loops.probe import describe
from tailback.server.payload import Payload, encode, event_struct
from tailback.store.actions import ActionJob, SavedAction
from tailback.store.base import LogBatch
from tailback.store.store import Store

BATCH = 500
IDLE_S = 0.5
TROUBLED_S = 5.0

_log = logging.getLogger(__name__)


class ActionLoop:
    """Does one batch of each running action per round."""

    def __init__(self, sources: Sequence[Source], store: Store) -> None:
        """Act on these sources."""
        self._sources = {source.name: source for source in sources}
        self._store = store
        self._opened: dict[str, Actions] = {}
        self._pause_s = IDLE_S

    def once(self, now: float) -> bool:
        """Do a batch of each; return whether anything got on."""
        running = self._store.actions.running()
        moved = [self._advance(action, now) for action in running]
        self._pause_s = 0.0 if any(moved) else TROUBLED_S if moved else IDLE_S
        return any(moved)

    def pause_s(self) -> float:
        """Return how long to wait: not at all while there is more to do."""
        return self._pause_s

    def close(self) -> None:
        """Give up the connections."""
        for name in list(self._opened):
            self._drop(name)

    def _advance(self, action: SavedAction, now: float) -> bool:
        store = self._store.actions
        source = self._sources.get(action.source)
        why = None
        if source is None or action.action not in source.actions:
            why = wording_actions.SWITCHED_OFF
        elif now - (action.confirmed_at or now) > MARKS_S:
            why = wording_actions.UNFINISHED_TOO_LONG
        if source is None or why is not None:
            store.give_up(action.id, unknown=why or "", stopped=why or "", now=now)
            store.end(action.id, now=now)
            return True
        jobs = store.send(action.id, BATCH, now=now)
        if not jobs:
            store.end(action.id, now=now)
            return True
        targets = [Target(job.id, job.queue) for job in jobs]
        try:
            outcomes = self._of(source).apply(
                action.action, targets, mark=action.id, now=now, dry=action.dry
            )
        except (ActionError, ImportError) as error:
            self._drop(source.name)
            problem = describe(error, source)
            _log.warning("action does not get on", extra={"action": action.id, "why": problem})
            store.trouble(action.id, problem)
            return False
        self._tell(action, jobs, outcomes)
        settled = [
            replace(job, state=outcome.state, why=outcome.why, at=now)
            for job, outcome in zip(jobs, outcomes, strict=True)
        ]
        store.settle(action.id, settled)
        store.trouble(action.id, None)
        return True

    def _tell(
        self, action: SavedAction, jobs: Sequence[ActionJob], outcomes: Sequence[Outcome]
    ) -> None:
        """Let the ledger know, once: a batch of the same producer and number is not kept again.

        The events are of the moment before the broker was asked, so that none is later than what
        a worker tells of the same job.
        """
        kind = TELLS.get(action.action)
        if kind is None or action.dry:
            return
        events = [
            event_struct(
                Event(kind=kind, at=job.at or 0.0, id=job.id, queue=job.queue, job=job.job)
            )
            for job, outcome in zip(jobs, outcomes, strict=True)
            if outcome.state == "done"
        ]
        if events:
            producer, at = f"tailback:action:{action.id}", jobs[0].at or 0.0
            payload = encode(Payload(events=events))
            self._store.log.append([LogBatch(producer, jobs[0].no, action.source, at, payload)])

    def _of(self, source: Source) -> Actions:
        if source.name not in self._opened:
            module = systems.load_actions(source.system or "")
            self._opened[source.name] = module.open_actions(source.write_url or "", source.options)
        return self._opened[source.name]

    def _drop(self, name: str) -> None:
        opened = self._opened.pop(name, None)
        if opened is not None:
            opened.close()
