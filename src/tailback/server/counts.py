"""What the ledger counted on its way into the store."""

import logging
from concurrent.futures import Future

from tailback.core.ledger import Ledger
from tailback.core.rollups import Deltas
from tailback.store.base import Offset, RollupStore
from tailback.store.errors import StoreError

_log = logging.getLogger(__name__)


class Counts:
    """Hands deltas to the store; at most one commit is under way, and none is lost.

    `upto` is the offset up to which everything is committed.
    """

    def __init__(self, rollups: RollupStore) -> None:
        """Commit to `rollups`."""
        self._rollups = rollups
        self._commit: Future[None] | None = None
        self._deltas: tuple[Offset, Deltas] | None = None
        self.upto: Offset = 0

    @property
    def waiting(self) -> bool:
        """Tell whether something that was counted is not committed."""
        return self._deltas is not None

    def commit(self, ledger: Ledger, applied: Offset) -> None:
        """Hand over what `ledger` counted up to an offset, unless a commit is under way."""
        if self._commit is not None and not self._commit.done():
            return
        self.settle()
        deltas = ledger.take_deltas()
        if self._deltas is not None:
            deltas.merge(self._deltas[1])
            self._deltas = None
        if applied <= self.upto:
            if deltas:
                self._deltas = (applied, deltas)  # no new offset yet: keep for later
            return
        self._deltas = (applied, deltas)
        try:
            self._commit = self._rollups.submit(applied, deltas)
        except StoreError as error:
            _warn(error)

    def settle(self) -> None:
        """Wait for the commit that is under way; what it could not store is kept for the next."""
        commit, self._commit = self._commit, None
        if commit is None:
            return
        try:
            commit.result()
        except StoreError as error:
            _warn(error)
            return
        if self._deltas is not None:
            self.upto = self._deltas[0]
            self._deltas = None


def _warn(error: StoreError) -> None:
    _log.warning("counts could not be committed yet", extra={"why": str(error)})
