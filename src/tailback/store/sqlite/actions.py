"""Actions on jobs on SQLite."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from math import inf
from typing import Any

from tailback.store.actions import ActionJob, Done, SavedAction
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.writer import Writer
from tailback.store.text import storable

_SQL = statements("actions")
_AUDIT = statements("access")
JOBS_AT_ONCE = 5_000
"""Jobs that one transaction writes down: others write between two of them."""


class SqliteActions:
    """Satisfies `tailback.store.actions.ActionStore`."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def plan(self, action: SavedAction, jobs: Sequence[ActionJob]) -> None:
        row = asdict(action) | {"query": storable(action.query), "actor": storable(action.actor)}
        self._writer.execute(_SQL["add_action"], row).result()
        for start in range(0, len(jobs), JOBS_AT_ONCE):
            self._add(action.id, jobs[start : start + JOBS_AT_ONCE])

    def _add(self, id: str, jobs: Sequence[ActionJob]) -> None:  # noqa: A002
        rows = [
            {
                "action": id,
                "no": job.no,
                "id": storable(job.id),
                "queue": storable(job.queue),
                "job": storable(job.job),
            }
            for job in jobs
        ]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(_SQL["add_action_job"], rows)

        self._writer.call(work).result()

    def confirm(self, id: str, *, actor: str, dry: bool, now: float, since: float) -> bool:  # noqa: A002
        wanted = {"id": id, "actor": storable(actor), "dry": dry, "now": now, "since": since}

        def work(connection: sqlite3.Connection) -> bool:
            if connection.execute(_SQL["confirm_action"], wanted).rowcount != 1:
                return False
            found = _action(connection.execute(_SQL["action"], wanted).fetchone())
            counts = connection.execute(_SQL["action_counts"], wanted).fetchall()
            jobs = sum(count for _, count in counts)
            said = {"query": found.query, "jobs": jobs, "dry_run": dry}
            _note(connection, found, f"{found.action} jobs", said, actor=found.actor, now=now)
            return True

        return self._writer.call(work).result()

    def running(self) -> list[SavedAction]:
        return [_action(row) for row in self._read("running_actions")]

    def newest(self, limit: int, *, before: float = inf) -> list[SavedAction]:
        rows = self._read("newest_actions", limit=limit, before=before)
        return [_action(row) for row in rows]

    def find(self, id: str) -> SavedAction | None:  # noqa: A002
        rows = self._read("action", id=id)
        return _action(rows[0]) if rows else None

    def counts(self, id: str) -> Mapping[str, int]:  # noqa: A002
        return dict(self._read("action_counts", id=id))

    def jobs(self, id: str, *, after: int, limit: int) -> list[ActionJob]:  # noqa: A002
        return [
            ActionJob(*row) for row in self._read("action_jobs", id=id, after=after, limit=limit)
        ]

    def of_job(self, source: str, id: str) -> list[Done]:  # noqa: A002
        rows = self._read("actions_of_job", source=source, id=storable(id), limit=20)
        return [replace(done, dry=bool(done.dry)) for done in (Done(*row) for row in rows)]

    def send(self, id: str, limit: int, *, now: float) -> list[ActionJob]:  # noqa: A002
        def work(connection: sqlite3.Connection) -> list[ActionJob]:
            wanted = {"id": id, "limit": limit, "now": now}
            rows = connection.execute(_SQL["sent_action_jobs"], wanted).fetchall()
            if not rows:
                connection.execute(_SQL["send_action_jobs"], wanted)
                rows = connection.execute(_SQL["sent_action_jobs"], wanted).fetchall()
            return [ActionJob(*row) for row in rows]

        return self._writer.call(work).result()

    def settle(self, id: str, jobs: Sequence[ActionJob]) -> None:  # noqa: A002
        rows = [
            {"action": id, "no": job.no, "state": job.state, "why": job.why, "at": job.at}
            for job in jobs
        ]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(_SQL["settle_action_job"], rows)

        self._writer.call(work).result()

    def trouble(self, id: str, problem: str | None) -> None:  # noqa: A002
        self._writer.execute(_SQL["trouble_action"], {"id": id, "problem": problem}).result()

    def give_up(self, id: str, *, unknown: str, stopped: str, now: float) -> None:  # noqa: A002
        def work(connection: sqlite3.Connection) -> None:
            for state, to, why in (("sent", "unknown", unknown), ("planned", "stopped", stopped)):
                row = {"id": id, "state": state, "to": to, "why": why, "at": now}
                connection.execute(_SQL["settle_rest"], row)

        self._writer.call(work).result()

    def stop(self, id: str, *, actor: str, why: str, now: float) -> bool:  # noqa: A002
        wanted = {"id": id, "why": storable(why), "now": now}

        def work(connection: sqlite3.Connection) -> bool:
            stopped = connection.execute(_SQL["stop_action_jobs"], wanted).rowcount
            if stopped:
                found = _action(connection.execute(_SQL["action"], wanted).fetchone())
                did, said = f"stop {found.action} jobs", {"stopped": stopped}
                _note(connection, found, did, said, actor=storable(actor), now=now)
            return stopped > 0

        return self._writer.call(work).result()

    def end(self, id: str, *, now: float) -> None:  # noqa: A002
        self._writer.execute(_SQL["end_action"], {"id": id, "now": now}).result()

    def _read(self, name: str, **wanted: Any) -> list[tuple[Any, ...]]:
        with self._readers.reading() as connection:
            return connection.execute(_SQL[name], wanted).fetchall()


def _note(
    connection: sqlite3.Connection,
    action: SavedAction,
    did: str,
    said: Mapping[str, Any],
    *,
    actor: str,
    now: float,
) -> None:
    """Write a line of the audit about an action."""
    line = {
        "at": now,
        "actor": actor,
        "action": did,
        "subject": action.source,
        "origin": None,
        "detail": json.dumps({"action": action.id, **said}),
    }
    connection.execute(_AUDIT["add_audit"], line)


def _action(row: tuple[Any, ...]) -> SavedAction:
    action = SavedAction(*row)
    return replace(action, dry=bool(action.dry))
