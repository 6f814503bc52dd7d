"""What the parts of the store contract share: opening a store, and texts that break things."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailback.store.store import Store

HOSTILE_TEXTS = (
    "",
    " ",
    "'; drop table segment; --",
    '"quoted" `back` [square] %s %(x)s :name $1 ?',
    "<script>alert(1)</script>",
    "line\nbreak\r\ttab",
    "\x1b[31mred\x07",
    "emoji 🚦 and 𝄞",
    "right-to-left \u202e override",
    "é composed, e\u0301 not",
    "%_\\ like",
    "x" * 20_000,
)
"""Without NUL, which not every engine can keep: the wire format removes it before."""


class StoreRig:
    """Knows how to open the engine under test; a subclass says `open_store`."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        """A folder for one database; what it holds survives reopening."""
        return tmp_path

    def open_store(self, place: Path) -> Store:
        """Open the one database of `place`, creating it at the first time."""
        raise NotImplementedError

    @contextlib.contextmanager
    def opened(self, place: Path) -> Iterator[Store]:
        store = self.open_store(place)
        try:
            yield store
        finally:
            store.close()
