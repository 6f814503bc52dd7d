"""Sends the weekly review on its day, each week once to each channel, whatever restarts."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tailback.core import wording_review
from tailback.core.messages import Message
from tailback.server.config import Config
from tailback.server.config.current import Current
from tailback.store.alerts import Outgoing
from tailback.store.review import Note
from tailback.store.store import Store

EVERY_S = 60.0
LATE_S = 86_400.0
KINDS = ("email", "slack")


class ReviewLoop:
    """Opens an action for each lane that drifts and sends the review, on the day of the file."""

    def __init__(
        self, config: Current, store: Store, base_url: str, make: Callable[[float], Any]
    ) -> None:
        """`make` returns the review of the last whole week; pages are below `base_url`."""
        self._config = config
        self._store = store
        self._base_url = base_url
        self._make = make
        self._done: float | None = None

    def once(self, now: float) -> bool:
        """Send the review that is due; return whether one was."""
        due = due_at(self._config(), now)
        if now - due > LATE_S or self._done == due:
            return False
        review = self._make(now)
        if not any(lane.worst_s is not None for lane in review.lanes):
            return False  # Nothing was measured in that week, or no lane is judged yet.
        for lane in review.lanes:
            if lane.drifts:
                self._store.review.add_note(
                    Note(
                        id=0,
                        key=f"drift:{lane.lane}:{review.week}",
                        at=now,
                        changed=f"{lane.name}: {wording_review.lane_note(lane)}",
                        fix="",
                        who=lane.owner or "",
                    )
                )
        sent = send_review(self._config(), self._store, review, self._base_url, now)
        self._done = due
        return sent > 0

    def pause_s(self) -> float:
        """Return how long to wait until the next look."""
        return EVERY_S

    def close(self) -> None:
        """Hold nothing."""


def due_at(config: Config, now: float) -> float:
    """Return when the review was last due: the latest local day and time of the file."""
    server = config.server
    today = dt.datetime.fromtimestamp(now, ZoneInfo(server.time_zone))
    clock = dt.time(server.review_minute // 60, server.review_minute % 60)
    back = (today.weekday() - server.review_weekday) % 7
    day = today.date() - dt.timedelta(days=back)
    due = dt.datetime.combine(day, clock, today.tzinfo)
    if due > today:
        due = dt.datetime.combine(day - dt.timedelta(days=7), clock, today.tzinfo)
    return due.timestamp()


def send_review(config: Config, store: Store, review: Any, base_url: str, now: float) -> int:
    """Queue a review for everyone who has e-mail or Slack; return how many messages are new."""
    ways = {channel.name for channel in config.channels if channel.kind in KINDS}
    url = f"{base_url}/review?week={review.week}"
    episode, title = f"review-{review.week}", wording_review.subject(review.week, review.headline)
    incident = review.incident
    text = wording_review.letter(
        review.headline,
        review.lanes,
        review.notes,
        reasons=review.reasons,
        incident=[]
        if incident is None
        else [incident.sentence, wording_review.signal(incident.first_signal)],
        advice=[one.sentence for one in review.advice],
    )
    outgoing = {}
    for person in config.people:
        for channel in person.channels:
            if channel in ways and channel not in outgoing:
                message = Message(
                    kind="review",
                    episode=episode,
                    lane="review",
                    subject=title,
                    title=title,
                    text=text,
                    at=now,
                    opened_at=now,
                    board_url=url,
                )
                outgoing[channel] = Outgoing(
                    key=f"{episode}:{channel}",
                    channel=channel,
                    person=person.name,
                    kind="review",
                    body=msgspec.json.encode(message),
                    due_at=now,
                )
    return store.outbox.add(list(outgoing.values()), episode, now=now)
