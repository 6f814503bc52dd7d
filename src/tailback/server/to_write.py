"""The changes of episodes on their way to the disk: what could not be written is tried again."""

import logging
from collections.abc import Iterable
from concurrent.futures import Future

from tailback.store.alerts import Change, EpisodeStore
from tailback.store.errors import StoreError

_log = logging.getLogger(__name__)


class ToWrite:
    """Keeps the order of changes; used from one thread."""

    def __init__(self, store: EpisodeStore) -> None:
        """Write to `store`."""
        self._store = store
        self._waiting: list[Change] = []
        self._going: list[tuple[Change, Future[None]]] = []

    def now(self, change: Change) -> Future[None]:
        """Write a change after all before it; the future resolves when it is durable."""
        self.add(())
        written = self._store.save([change])
        self._going.append((change, written))
        return written

    def add(self, changes: Iterable[Change]) -> None:
        """Write these changes after all that wait; what failed before comes first."""
        failed, going = [], []
        for change, future in self._going:
            if not future.done():
                going.append((change, future))
            elif future.exception() is not None:
                failed.append(change)
        if failed:
            _log.error("episodes could not be written, trying again", extra={"n": len(failed)})
        self._going = going
        waiting, self._waiting = [*failed, *self._waiting, *changes], []
        for change in waiting:
            try:
                self._going.append((change, self._store.save([change])))
            except StoreError as error:
                _log.warning("episodes cannot be written yet", extra={"why": str(error)})
                self._waiting.append(change)

    def settle(self) -> bool:
        """Wait until nothing is on its way; return whether all of it was written."""
        failures = [future.exception() for _change, future in self._going]
        return not any(failures)
