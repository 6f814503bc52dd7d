"""The business counters that are asked for now, one thread each; they follow the file."""

from collections.abc import Iterator
from dataclasses import dataclass

from tailback import clock
from tailback.server.config import Config, OutcomeQuery, Source
from tailback.server.loops.outcomes import Count, OutcomeLoop
from tailback.server.loops.prometheus import grown_between
from tailback.server.loops.thread import LoopThread
from tailback.store.store import Store
from tailback.systems.sql.counter import count_between

# An answer on its way is written down in much less, or not at all.
STOP_S = 1.0


@dataclass(frozen=True, slots=True)
class _Asked:
    outcome: OutcomeQuery
    source: Source
    loop: OutcomeLoop
    thread: LoopThread

    def stop(self) -> None:
        """End it; what is being asked now is asked again by whoever comes after it."""
        self.loop.retire()
        self.thread.stop()


class Counters:
    """Asks what the configuration says, and something else when that changes."""

    def __init__(self, store: Store) -> None:
        """Ask for nothing yet."""
        self._store = store
        self._asked: dict[str, _Asked] = {}

    def go_by(self, config: Config) -> None:
        """Ask for the counters of this configuration; those that stay the same go on."""
        wanted = {outcome.name: (outcome, source, count) for outcome, source, count in _of(config)}
        for name, one in list(self._asked.items()):
            if wanted.get(name, ())[:2] != (one.outcome, one.source):
                one.stop()
                one.thread.join(STOP_S)
                del self._asked[name]
        for name, (outcome, source, count) in wanted.items():
            if name not in self._asked:
                loop = OutcomeLoop(outcome, source, self._store, count)
                thread = LoopThread(f"outcome-{name}", loop, clock.now)
                self._asked[name] = _Asked(outcome, source, loop, thread)
                thread.start()

    def stop(self) -> None:
        """Ask for nothing any more."""
        for one in self._asked.values():
            one.stop()
        for one in self._asked.values():
            one.thread.join(STOP_S)
        self._asked.clear()


def _of(config: Config) -> Iterator[tuple[OutcomeQuery, Source, Count]]:
    by_name = {source.name: source for source in config.sources}
    for outcome in config.outcomes:
        asked: Source | None = by_name.get(outcome.source or "")
        count: Count = count_between
        if outcome.prometheus is not None:
            asked = Source(name="prometheus", system=None, url=outcome.prometheus)
            count = grown_between
        if outcome.query is not None and asked is not None:
            yield outcome, asked, count
