"""Makes the story of a problem from what is kept of it: timeline, messages, rollups, the log."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tailback.core.model import Lane
from tailback.core.review import Moment, signals_before
from tailback.core.rollups import Minute
from tailback.core.story import DEPLOY_BEFORE_S, Story, WhatIf, jobs_late
from tailback.server.case import revived
from tailback.server.config import Config
from tailback.server.corrections import Corrections
from tailback.server.leads import lead_before
from tailback.server.reasons import ReasonBook
from tailback.server.what_if import TooManyError, by_ages, replayed
from tailback.store.alerts import SavedEpisode
from tailback.store.store import Store

MINUTE_S = 60
LOOK_BEFORE_S = 3 * 3600
TOLD = ("opened", "escalated", "reopened")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """What other promises would have brought, and how that is known."""

    replayed: bool = False
    by_ages: bool = False
    too_many: bool = False
    what_if: tuple[WhatIf, ...] = ()


class StoryTeller:
    """Makes stories of episodes; safe from any thread."""

    def __init__(
        self,
        config: Config,
        store: Store,
        lanes: Callable[[], list[Lane]],
        corrections: Corrections,
    ) -> None:
        """Read what `store` keeps of the lanes that are watched."""
        self._zone = config.server.time_zone
        self._store = store
        self._lanes = lanes
        self._corrections = corrections

    def body(self, row: SavedEpisode) -> bytes | None:
        """Return the whole story to keep, replayed too; None when its lane is gone."""
        story = self.tell(row, replay=True)
        return None if story is None else msgspec.json.encode(story)

    def of(self, row: SavedEpisode) -> Story | None:
        """Return the kept story, or what can be told quickly."""
        kept = self._store.review.story(row.id)
        if kept is not None and kept[0] >= row.changed_at:
            return msgspec.json.decode(kept[1], type=Story)
        return self.tell(row, replay=False)

    def tell(self, row: SavedEpisode, *, replay: bool) -> Story | None:
        """Gather a story; `replay` takes up to some seconds."""
        lane = next((one for one in self._lanes() if one.key == row.lane), None)
        if lane is None or not row.body:
            return None
        store, case = self._store, revived(row)
        # People were told of what the lane was part of, and answered that.
        about = [row.id] if row.parent is None else [row.id, row.parent]
        acknowledged = [
            line
            for episode in about
            for line in store.episodes.timeline(episode)
            if line.what == "acknowledged"
        ]
        sent = [
            max(one.done_at, row.opened_at)
            for episode in about
            for one in store.outbox.of(episode)
            if one.state == "sent" and one.kind in TOLD and one.done_at is not None
        ]
        lead, _ = lead_before(store, row)
        book = self._corrections.book()
        reason, counts = self._worst_reason(lane, row.opened_at)
        moments = self._moments(lane, row.opened_at, counts)
        again = self._again(lane, row, moments) if replay else _Again()
        deploys = store.deploys.between(
            row.opened_at - DEPLOY_BEFORE_S, row.resolved_at or row.opened_at
        )
        return Story(
            episode=row.id,
            lane=lane.key,
            name=lane.name,
            promise_s=lane.promise_s,
            opened_at=row.opened_at,
            alerted_at=min(sent, default=None),
            acknowledged_at=acknowledged[0].at if acknowledged else None,
            acknowledged_by=acknowledged[0].actor if acknowledged else None,
            complained_at=None if lead is None else lead.complained_at,
            resolved_at=row.resolved_at,
            notice_at=case.notice_at,
            worst_age_s=case.episode.worst_age_s,
            jobs_late=self._jobs_late(lane, row),
            accounts=case.accounts,
            accounts_exact=case.accounts_exact,
            reason=None if reason is None else self._sentence(book, reason),
            signals=tuple(signals_before(moments, row.opened_at, lane.promise_s)),
            deploys=tuple((one.at, one.release) for one in deploys),
            replayed=again.replayed,
            by_ages=again.by_ages,
            too_many=again.too_many,
            what_if=again.what_if,
        )

    def _again(self, lane: Lane, row: SavedEpisode, moments: list[Moment]) -> "_Again":
        """Try shorter promises: by the events, else by the oldest age of each minute."""
        too_many = False
        try:
            found = replayed(self._store.log, lane, row.opened_at, self._zone)
        except TooManyError:
            found, too_many = None, True
        if found is not None:
            return _Again(replayed=True, what_if=found)
        ages = [(one.at, one.oldest_age_s) for one in moments]
        known = by_ages(ages, lane.promise_s, row.opened_at)
        return _Again(by_ages=known is not None, too_many=too_many, what_if=known or ())

    def _worst_reason(self, lane: Lane, opened_at: float) -> tuple[str | None, dict[int, int]]:
        """Return the reason that failed most in the hour before the alert, by minute."""
        jobs, to = lane.jobs or None, _minute_after(opened_at)
        found = self._store.rollups.reasons_of(lane.source, lane.queue, jobs, until=to)
        worst = max(found, key=lambda one: one.last_1h, default=None)
        if worst is None or not worst.last_1h:
            return None, {}
        series = self._store.rollups.reason_series(
            lane.source,
            lane.queue,
            jobs,
            worst.reason,
            from_=to - LOOK_BEFORE_S,
            to=to,
            step_s=MINUTE_S,
        )
        return worst.reason, dict(series)

    def _sentence(self, book: ReasonBook, key: str) -> str:
        for note in self._store.reason_notes.all():
            if note.key == key and note.error is not None:
                return book.explain(msgspec.json.decode(note.error), key).sentence
        return key

    def _moments(self, lane: Lane, opened_at: float, counts: dict[int, int]) -> list[Moment]:
        to = _minute_after(opened_at)
        known = self._minutes(lane, to - LOOK_BEFORE_S, to)
        return [
            Moment(
                at,
                minute.retried,
                minute.oldest_age_s,
                minute.age.quantile(0.5),
                counts.get(at, 0),
            )
            for at in range(to - LOOK_BEFORE_S, to, MINUTE_S)
            for minute in (known.get(at) or Minute(),)
        ]

    def _minutes(self, lane: Lane, from_: int, to: int) -> dict[int, Minute]:
        points = self._store.rollups.series(
            lane.source, lane.queue, lane.jobs or None, from_=from_, to=to, step_s=MINUTE_S
        )
        return {point.at: point.minute for point in points}

    def _jobs_late(self, lane: Lane, row: SavedEpisode) -> int:
        from_ = _minute_after(row.opened_at) - MINUTE_S
        to = _minute_after(row.resolved_at or row.changed_at)
        points = self._store.rollups.series(
            lane.source, lane.queue, lane.jobs or None, from_=from_, to=to, step_s=to - from_
        )
        return sum(jobs_late(point.minute.age, lane.promise_s) for point in points)


def _minute_after(at: float) -> int:
    return int(at) // MINUTE_S * MINUTE_S + MINUTE_S
