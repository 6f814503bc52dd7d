"""Episodes, outbox and silences on SQLite."""

import json
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import asdict, replace
from typing import Any

from tailback.store.alerts import (
    Attempt,
    Cap,
    Change,
    ChannelState,
    Claimed,
    Line,
    Outgoing,
    SavedEpisode,
    SavedSilence,
    Sending,
)
from tailback.store.sql import statements
from tailback.store.sqlite.connection import Readers
from tailback.store.sqlite.writer import Writer
from tailback.store.text import storable

_SQL = statements("alerts")
_COLUMNS = (
    "id", "lane", "state", "rule", "cause", "opened_at", "resolved_at", "acknowledged_by",
    "acknowledged_until", "owner", "page", "step", "next_step_at", "message", "body", "changed_at",
    "parent",
)  # fmt: skip
_CLAIMED = (
    "id", "key", "episode", "channel", "person", "kind", "page", "fallbacks", "body",
    "created_at", "due_at", "attempts", "fell_back_at",
)  # fmt: skip
HOUR_S = 3_600.0
DIGESTED = "told in a digest"
SUPERSEDED = "over before it was sent"


class SqliteEpisodes:
    """Problems of lanes with their timelines."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def save(self, changes: Sequence[Change]) -> Future[None]:
        """Keep all changes or none."""

        def work(connection: sqlite3.Connection) -> None:
            for change in changes:
                _apply(connection, change)

        cost = sum(len(change.episode.body) + 2_000 for change in changes)
        return self._writer.call(work, cost=cost)

    def going_on(self, *, resolved_since: float) -> list[SavedEpisode]:
        """Return what ended since then and after it what is open."""
        with self._readers.reading() as connection:
            rows = connection.execute(_SQL["resolved_since"], {"since": resolved_since}).fetchall()
            rows += connection.execute(_SQL["open_episodes"]).fetchall()
        return [_episode(row) for row in rows]

    def newest(self, limit: int, *, before: float) -> list[SavedEpisode]:
        """Return episodes that opened before then, newest first."""
        with self._readers.reading() as connection:
            rows = connection.execute(
                _SQL["newest_episodes"], {"before": before, "limit": limit}
            ).fetchall()
        return [_episode(row) for row in rows]

    def get(self, episode: str) -> SavedEpisode | None:
        """Return one episode."""
        with self._readers.reading() as connection:
            row = connection.execute(_SQL["episode_by_id"], {"id": storable(episode)}).fetchone()
        return None if row is None else _episode(row)

    def children(self, episode: str) -> list[SavedEpisode]:
        """Return the episodes that are or were part of one, in the order of their opening."""
        with self._readers.reading() as connection:
            rows = connection.execute(_SQL["children"], {"parent": storable(episode)}).fetchall()
        return [_episode(row) for row in rows]

    def timeline(self, episode: str) -> list[Line]:
        """Return what happened to an episode, in order."""
        with self._readers.reading() as connection:
            rows = connection.execute(_SQL["timeline"], {"episode": storable(episode)})
            return [Line(*row) for row in rows]

    def add_line(self, line: Line) -> None:
        """Add to the timeline of an episode."""
        self._writer.execute(_SQL["add_line"], _storable(asdict(line))).result()

    def proven(self, since: float) -> dict[str, float]:
        """Return when the alert of each lane was last answered in a drill."""
        with self._readers.reading() as connection:
            rows = connection.execute(_SQL["proven_lanes"], {"since": since})
            return {str(lane): float(at) for lane, at in rows}


class SqliteOutbox:
    """Messages on their way."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def add(self, outgoing: Sequence[Outgoing], thread: str, *, now: float) -> int:
        """Queue messages of no episode; one whose key is known is not queued again."""
        return self._writer.call(
            lambda connection: sum(_queue(connection, one, thread, now) for one in outgoing)
        ).result()

    def ready_channels(self, now: float) -> list[str]:
        """Return the channels that have something to send now."""
        with self._readers.reading() as connection:
            return [row[0] for row in connection.execute(_SQL["ready_channels"], {"now": now})]

    def claim(self, channel: str, *, now: float, lease_s: float, limit: int) -> list[Claimed]:
        """Take rows of a channel until the lease ends."""
        wanted = {"channel": channel, "now": now, "lease_until": now + lease_s, "limit": limit}

        def work(connection: sqlite3.Connection) -> list[Claimed]:
            rows = connection.execute(_SQL["claim"], wanted).fetchall()
            return [_claimed(connection, row) for row in rows]

        taken = self._writer.call(work).result()
        return sorted(taken, key=lambda row: (not row.page, row.id))

    def collapse(self, channel: str, cap: Cap, *, now: float) -> bool:
        """Put what is due into one digest where a channel has got too much."""

        def work(connection: sqlite3.Connection) -> bool:
            return _collapse(connection, channel, cap, now)

        return self._writer.call(work).result()

    def finish(self, row: Claimed, attempt: Attempt) -> bool:
        """Record an attempt, what becomes of the row, and what goes elsewhere instead."""

        def work(connection: sqlite3.Connection) -> bool:
            return _finish(connection, row, attempt)

        return self._writer.call(work).result()

    def release(self, now: float) -> int:
        """End all leases."""
        return self._writer.execute(_SQL["release"], {"now": now}).result()

    def of(self, episode: str) -> list[Sending]:
        """Return the messages of an episode, in order."""
        with self._readers.reading() as connection:
            rows = connection.execute(_SQL["outbox_of"], {"episode": storable(episode)})
            return [Sending(*row) for row in rows]

    def oldest_ready_at(self, now: float) -> float | None:
        """Return since when the oldest message waits that could be sent."""
        with self._readers.reading() as connection:
            row = connection.execute(_SQL["oldest_ready"], {"now": now}).fetchone()
        return None if row[0] is None else float(row[0])

    def channels(self) -> list[ChannelState]:
        """Return what is known of every channel that was used."""
        with self._readers.reading() as connection:
            return [ChannelState(*row) for row in connection.execute(_SQL["channel_states"])]


class SqliteSilences:
    """Quiet times."""

    def __init__(self, writer: Writer, readers: Readers) -> None:
        self._writer = writer
        self._readers = readers

    def add(
        self, lane: str, *, starts_at: float, ends_at: float, reason: str, by: str, now: float
    ) -> int:
        """Keep a quiet time and return its number."""
        row = {
            "lane": storable(lane),
            "starts_at": starts_at,
            "ends_at": ends_at,
            "reason": storable(reason),
            "by": storable(by),
            "at": now,
        }
        found = self._writer.call(lambda c: c.execute(_SQL["add_silence"], row).fetchone())
        return int(found.result()[0])

    def end(self, silence: int, *, now: float) -> bool:
        """End a quiet time; False when it has ended or was never there."""
        return self._writer.execute(_SQL["end_silence"], {"id": silence, "now": now}).result() == 1

    def current(self, now: float) -> list[SavedSilence]:
        """Return what has not ended, also what has not begun."""
        with self._readers.reading() as connection:
            rows = connection.execute(_SQL["silences"], {"now": now})
            return [SavedSilence(*row) for row in rows]


def _apply(connection: sqlite3.Connection, change: Change) -> None:
    episode = change.episode
    connection.execute(_SQL["save_episode"], _storable(asdict(episode)))
    at = {"episode": storable(episode.id), "at": episode.changed_at}
    told: list[Outgoing] = []
    if change.to_told is not None:
        for channel, person, fallbacks, page in connection.execute(_SQL["told_channels"], at):
            told.append(
                replace(
                    change.to_told,
                    key=f"{change.to_told.key}:{channel}",
                    channel=channel,
                    person=person,
                    page=bool(page) and change.to_told.page,
                    fallbacks=_pairs(fallbacks),
                )
            )
    if change.supersede:
        connection.execute(_SQL["supersede"], {**at, "why": SUPERSEDED})
    for outgoing in (*change.outgoing, *told):
        _queue(connection, outgoing, episode.id, episode.changed_at)
    for line in change.lines:
        connection.execute(_SQL["add_line"], _storable(asdict(line)))


def _collapse(connection: sqlite3.Connection, channel: str, cap: Cap, now: float) -> bool:
    episode = f"digest:{channel}"
    at = {
        "channel": channel,
        "episode": episode,
        "now": now,
        "since": now - HOUR_S,
        "why": DIGESTED,
    }
    if connection.execute(_SQL["sent_lately"], at).fetchone()[0] < cap.most:
        return False
    last = connection.execute(_SQL["last_digest"], at).fetchone()[0]
    if last is not None and now - last < cap.every_s:
        connection.execute(_SQL["hold_for_digest"], {**at, "until": last + cap.every_s})
        return False
    rows = connection.execute(_SQL["put_into_digest"], at).fetchall()
    if not rows:
        return False
    made = sorted((_claimed(connection, row) for row in rows), key=lambda row: row.id)
    _queue(connection, cap.digest(made), episode, now)
    return True


def _queue(connection: sqlite3.Connection, outgoing: Outgoing, episode: str, at: float) -> int:
    row = _storable(asdict(outgoing))
    row.update(episode=storable(episode), at=at, fallbacks=json.dumps(outgoing.fallbacks))
    return connection.execute(_SQL["add_outgoing"], row).rowcount


def _finish(connection: sqlite3.Connection, row: Claimed, attempt: Attempt) -> bool:
    over = attempt.again_at is None
    connection.execute(
        _SQL["add_delivery"],
        {
            "outbox": row.id,
            "at": attempt.at,
            "took_s": attempt.took_s,
            "ok": attempt.ok,
            "status": attempt.status,
            "reason": storable(attempt.reason),
        },
    )
    about = {"name": row.channel, "at": attempt.at, "why": storable(attempt.reason)}
    if attempt.ok:
        connection.execute(_SQL["channel_ok"], about)
    elif attempt.broken:
        connection.execute(_SQL["channel_broken"], about)
    changed = connection.execute(
        _SQL["finish"],
        {
            "id": row.id,
            "attempts": row.attempts,
            "state": attempt.state,
            "again_at": attempt.again_at,
            "done_at": attempt.at if over else None,
            "why": storable(attempt.reason) or None,
            "fell_back_at": attempt.at if attempt.instead else None,
        },
    ).rowcount
    if changed != 1:
        return False
    for copy in attempt.instead:
        _queue(connection, copy, row.episode, attempt.at)
    if over or attempt.instead:
        _note(connection, row, attempt)
    return True


def _note(connection: sqlite3.Connection, row: Claimed, attempt: Attempt) -> None:
    what = "delivered" if attempt.ok else "not delivered"
    detail = f"{row.kind} to {row.person} by {row.channel}"
    if attempt.reason:
        detail += f": {attempt.reason}"
    if attempt.instead:
        detail += "; instead by " + ", ".join(copy.channel for copy in attempt.instead)
    line = Line(row.episode, attempt.at, "tailback", what, storable(detail))
    connection.execute(_SQL["add_line"], asdict(line))


def _claimed(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Claimed:
    values = dict(zip(_CLAIMED, row, strict=True))
    first = connection.execute(_SQL["first_key"], values).fetchone()
    values["fallbacks"] = _pairs(values["fallbacks"])
    values["page"] = bool(values["page"])
    return Claimed(**values, thread=first[0])


def _episode(row: tuple[Any, ...]) -> SavedEpisode:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["page"] = bool(values["page"])
    return SavedEpisode(**values)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(person), str(channel)) for person, channel in json.loads(text))


def _storable(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: storable(value) if isinstance(value, str) else value for name, value in row.items()
    }
