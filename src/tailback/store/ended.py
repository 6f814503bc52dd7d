"""Jobs that ended, in blocks that can be searched, and notes about failure reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tailback.store.base import Offset


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedBlock:
    """Some thousand ended jobs; the four parts are whatever the server encoded.

    `ended_to` is the latest end in it (Unix seconds), `upto` the offset up to which everything
    that ended is in this block or an older one.
    """

    id: int
    upto: Offset
    ended_to: float
    terms: bytes
    ids: bytes
    keys: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class ReasonNote:
    """When a reason was seen, first and last, and one first useful error of it as JSON."""

    key: str
    first_at: float
    last_at: float
    last_retry_at: float | None
    error: bytes | None


class EndedStore(Protocol):
    """Blocks of ended jobs; newer ones have greater numbers."""

    def put(self, blocks: Sequence[EndedBlock]) -> None:
        """Keep the blocks, all or none; one of a known number replaces it."""
        ...

    def kept_upto(self) -> Offset:
        """Return the offset up to which everything that ended is kept."""
        ...

    def last_id(self) -> int:
        """Return the number of the newest block, 0 when there is none."""
        ...

    def keys_before(self, before: int, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Return (number, terms, keys) of the next older blocks, the newest first."""
        ...

    def ids_before(self, before: int, limit: int) -> list[tuple[int, bytes]]:
        """Return (number, ids) of the next older blocks, the newest first."""
        ...

    def block(self, id: int) -> tuple[int, bytes, bytes, bytes] | None:  # noqa: A002
        """Return (number, terms, keys, body) of one block."""
        ...


class ReasonNotes(Protocol):
    """What was last known of every failure reason, also after it left the ledger."""

    def note(self, notes: Iterable[ReasonNote]) -> None:
        """Keep the notes; of each reason the earliest and the latest moment stay."""
        ...

    def all(self) -> list[ReasonNote]: ...
