"""Writes down the story of every problem that is over, while what it is made from is kept."""

from collections.abc import Callable

from tailback.core.drill import PREFIX
from tailback.store.alerts import SavedEpisode
from tailback.store.store import Store

EVERY_S = 60.0
SETTLED_S = 120.0
LOOK_BACK_S = 3 * 86_400.0


class StoryLoop:
    """Makes stories that are missing or older than their episode, one a round."""

    def __init__(self, store: Store, make: Callable[[SavedEpisode], bytes | None]) -> None:
        """Keep in `store` what `make` returns; None: the lane is gone."""
        self._store = store
        self._make = make

    def once(self, now: float) -> bool:
        """Make one story that is due; return whether there was one."""
        for row in self._store.episodes.going_on(resolved_since=now - LOOK_BACK_S):
            ended = row.resolved_at
            if ended is None or now - ended < SETTLED_S or row.lane.startswith(PREFIX):
                continue
            known = self._store.review.story(row.id)
            if known is not None and known[0] >= row.changed_at:
                continue
            body = self._make(row)
            if body is not None:
                self._store.review.save_story(row.id, body, made_at=now)
                return True
        return False

    def pause_s(self) -> float:
        """Return how long to wait until the next look."""
        return EVERY_S

    def close(self) -> None:
        """Hold nothing."""
