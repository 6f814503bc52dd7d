"""Plans actions on jobs and lets them begin: first which jobs is shown, then confirmed."""

import asyncio
import secrets
from collections.abc import Iterable, Sequence

from tailback import systems
from tailback.core import wording_actions
from tailback.core.actions import ACTIONS, CONFIRM_WITHIN_S, MAX_JOBS
from tailback.core.ledger.job import Job
from tailback.server.config import Source
from tailback.server.search import Finder
from tailback.store.actions import ActionJob, ActionStore, SavedAction


class PlanError(Exception):
    """An action is not possible; the text says why and what to do."""


class ActionDesk:
    """Knows which actions the configuration switched on; the loop `act` does them."""

    def __init__(self, sources: Sequence[Source], store: ActionStore, finder: Finder) -> None:
        """Plan actions on jobs that `finder` finds."""
        self._sources = {source.name: source for source in sources}
        self._store = store
        self._finder = finder

    def possible(
        self, source: str | None = None, state: str | None = None
    ) -> list[tuple[str, str]]:
        """Return (source, action) switched on, of one source and for one state if given."""
        return [
            (name, action)
            for name, known in self._sources.items()
            for action in known.actions
            if source in (None, name) and (state is None or state in _states(known, action))
        ]

    def hints(self, sources: Iterable[str]) -> list[str]:
        """Return why nothing can be done to dead jobs of sources: not switched on, or never."""
        known = (self._sources[name] for name in dict.fromkeys(sources) if name in self._sources)
        return [hint for one in known if (hint := _hint(one)) is not None]

    async def plan(
        self, action: str, source: str, text: str, job: str | None, *, actor: str, now: float
    ) -> SavedAction:
        """Write down which jobs of a search, or which one, would be changed.

        Raises `PlanError`, and `QueryError` for a search that cannot be read.
        """
        known = self._sources.get(source)
        if known is None:
            raise PlanError(wording_actions.unknown_source(source))
        name = next((one for one in ACTIONS if one == action), None)
        if name is None or name not in known.actions:
            raise PlanError(wording_actions.not_allowed(source, action))
        states = _states(known, name)
        jobs = await self._finder.changeable(text, job, source, states)
        if not jobs:
            raise PlanError(wording_actions.nothing_matches(name, states))
        query = text if job is None else f"id:{job}"
        saved = SavedAction(secrets.token_hex(8), now, actor, name, source, query, len(jobs))
        rows = [_row(no, found) for no, found in enumerate(jobs[:MAX_JOBS])]
        await asyncio.to_thread(self._store.plan, saved, rows)
        return saved

    def confirm(self, id: str, *, actor: str, dry: bool, now: float) -> None:  # noqa: A002
        """Let a planned action begin; raises `PlanError` when it cannot any more."""
        since = now - CONFIRM_WITHIN_S
        if not self._store.confirm(id, actor=actor, dry=dry, now=now, since=since):
            raise PlanError(wording_actions.NOT_CONFIRMABLE)

    def stop(self, id: str, *, actor: str, now: float) -> None:  # noqa: A002
        """Stop what an action has not begun yet; raises `PlanError` when nothing is left."""
        why = wording_actions.stopped_by(actor)
        if not self._store.stop(id, actor=actor, why=why, now=now):
            raise PlanError(wording_actions.NOTHING_TO_STOP)


def _states(source: Source, action: str) -> tuple[str, ...]:
    system = systems.load(source.system or "")
    return system.at(source.write_url or "").actions[action]


def _hint(source: Source) -> str | None:
    if source.system is None or any("dead" in _states(source, one) for one in source.actions):
        return None
    system = systems.load(source.system)
    can = system.at(source.write_url or source.url or "").actions
    actions = [action for action, states in can.items() if "dead" in states]
    if actions:
        return wording_actions.could_be(source.name, actions)
    return wording_actions.keeps_no_dead(system.title, source.name) if can else None


def _row(no: int, job: Job) -> ActionJob:
    queue, name = (job.slice.key.queue, job.slice.key.job) if job.slice is not None else ("", "")
    return ActionJob(no, job.id, queue, name)
