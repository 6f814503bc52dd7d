"""Asks a database for a business counter every so often, each moment once."""

import logging
from collections.abc import Callable

from tailback.server.config import OutcomeQuery, Source
from tailback.server.loops.probe import describe
from tailback.store.store import Store

# What commits late must not fall between two questions.
LAG_S = 2.0
LONGEST_GAP_S = 3600.0
Count = Callable[[str, str, float, float], int]

_log = logging.getLogger(__name__)


class OutcomeLoop:
    """One counter of one source; how far it was asked outlives a restart."""

    def __init__(self, outcome: OutcomeQuery, source: Source, store: Store, count: Count) -> None:
        """Prepare; `count` asks (url, query, since, until)."""
        self._outcome = outcome
        self._source = source
        self._store = store
        self._count = count
        self._failing = False
        self._retired = False

    def retire(self) -> None:
        """Keep no answer from now on: another asks for the same time."""
        self._retired = True

    def once(self, now: float) -> bool:
        """Ask for what came since the last time; return whether an answer came."""
        until, since = now - LAG_S, self._since(now)
        url, query = self._source.url, self._outcome.query
        if url is None or query is None or until <= since:
            return False
        try:
            count = self._count(url, query, since, until)
        except Exception as error:  # noqa: BLE001 - whatever a client library raises
            if not self._failing:
                why = describe(error, self._source)
                _log.warning(
                    "outcome not known", extra={"outcome": self._outcome.name, "why": why}
                )
            self._failing = True
            return False
        self._failing = False
        if self._retired:
            return False
        if count > 0:
            self._store.outcomes.add(self._outcome.name, count, at=(since + until) / 2)
        self._store.meta.set(self._mark, repr(until))
        return True

    def _since(self, now: float) -> float:
        known = self._store.meta.get(self._mark)
        if known is None:
            return now - LAG_S - self._outcome.every_s
        return max(float(known), now - LONGEST_GAP_S)

    @property
    def _mark(self) -> str:
        return f"outcome.{self._outcome.name}"

    def pause_s(self) -> float:
        """Return how often the file says to ask."""
        return self._outcome.every_s

    def close(self) -> None:
        """Hold nothing."""
