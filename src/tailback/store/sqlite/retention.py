"""Forgetting by tier, a bounded piece at a time so that accepted batches never wait long.

Segments are kept 14 days (longer while a checkpoint needs them), ended jobs 14 days, minutes 14
days and then folded into hours, hours 400 days. A queue not read for 14 days is forgotten. A
repeated batch is recognised for 24 hours, and beyond that while it is among the newest 1,024 of a
producer that was heard in the last 14 days.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from tailback.store.sql import statements
from tailback.store.sqlite.writer import Writer

DAY_S = 86_400
HOUR_S = 3_600
LINK_DAYS = 7
MESSAGE_DAYS = 90
REPEATS_S = 24 * HOUR_S
NEWEST_SEQS = 1_024

_SQL = statements("retention")
_LOG = statements("log")

Step = Callable[[sqlite3.Connection], int]


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days each tier is kept; `rows` bounds one piece of work."""

    segment_days: int = 14
    minute_days: int = 14
    hour_days: int = 400
    rows: int = 2_000


class Pruner:
    """Forgets what is older than its tier."""

    def __init__(self, writer: Writer, retention: Retention) -> None:
        self._writer = writer
        self._keep = retention
        self._producer_cursor = 0

    def prune(self, now: float) -> bool:
        """Do one bounded piece of every tier; return whether there may be more to do.

        Each tier is a transaction of its own, so the work of others goes in between.
        """
        changed = [self._writer.call(step).result() for step in self._steps(now)]
        return any(changed)

    def _steps(self, now: float) -> list[Step]:
        # Whole hours only: minutes of one hour fold together, wherever `now` stands in it.
        minutes = int((now - self._keep.minute_days * DAY_S) // HOUR_S) * HOUR_S
        hours = now - self._keep.hour_days * DAY_S
        return [
            self._delete("drop_segments", now - self._keep.segment_days * DAY_S),
            self._fold("fold_minutes", "drop_folded_minutes", minutes),
            self._fold("fold_reasons", "drop_folded_reasons", minutes),
            self._delete("drop_hours", hours),
            self._delete("drop_reason_hours", hours),
            self._delete("drop_ended", now - self._keep.segment_days * DAY_S),
            self._delete("drop_reason_notes", hours),
            self._delete("drop_outcomes", hours),
            self._delete("drop_deploys", hours),
            self._delete("drop_readings", now - self._keep.segment_days * DAY_S),
            self._delete("drop_complaints", hours),
            self._delete("drop_links", now - LINK_DAYS * DAY_S),
            self._delete("drop_outbox", now - MESSAGE_DAYS * DAY_S),
            self._delete("drop_deliveries", now - MESSAGE_DAYS * DAY_S),
            self._delete("drop_action_jobs", hours, planned_before=now - DAY_S),
            self._delete("drop_actions", hours, planned_before=now - DAY_S),
            lambda connection: self._forget_repeats(connection, now),
        ]

    def _delete(self, name: str, before: float, **more: float) -> Step:
        row = {"before": before, "limit": self._keep.rows, **more}
        return lambda connection: connection.execute(_SQL[name], row).rowcount

    def _fold(self, fold: str, drop: str, before: float) -> Step:
        row = {"before": before, "limit": self._keep.rows}

        def work(connection: sqlite3.Connection) -> int:
            connection.execute(_SQL[fold], row)
            return connection.execute(_SQL[drop], row).rowcount

        return work

    def _forget_repeats(self, connection: sqlite3.Connection, now: float) -> int:
        """Look at the next few producers; starts over at the first when it was at the last."""
        after, limit = self._producer_cursor, max(1, self._keep.rows // 20)
        found = connection.execute(
            _SQL["producers_after"], {"after": after, "limit": limit}
        ).fetchall()
        since = connection.execute(
            _LOG["first_offset_since"], {"since": now - REPEATS_S}
        ).fetchone()[0]
        silent_hour = (now - self._keep.segment_days * DAY_S) // HOUR_S
        changed = 0
        for producer, last_seen_hour in found:
            if last_seen_hour < silent_hour:
                connection.execute(_SQL["drop_accepted_of"], {"producer": producer})
                changed += connection.execute(
                    _SQL["drop_silent_producer"], {"producer": producer}
                ).rowcount
            elif since is not None:
                row = {
                    "producer": producer,
                    "before_offset": since,
                    "keep": NEWEST_SEQS,
                    "limit": self._keep.rows,
                }
                changed += connection.execute(_SQL["drop_accepted"], row).rowcount
        self._producer_cursor = found[-1][0] if len(found) == limit else 0
        return changed + (1 if self._producer_cursor else 0)
