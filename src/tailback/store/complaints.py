"""Complaints of users, as the database keeps them."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One complaint about one lane; `at` is in Unix seconds, `reference` names it elsewhere."""

    id: int
    lane: str
    at: float
    by: str
    text: str
    account: str | None = None
    reference: str | None = None


class ComplaintStore(Protocol):
    """What users complained about."""

    def add(self, complaint: Complaint) -> int:
        """Keep a complaint and return its new id; one with a known reference is kept once."""
        ...

    def between(self, from_: float, to: float, *, lane: str | None = None) -> list[Complaint]:
        """Return the complaints in [from_, to), oldest first, of one lane when given."""
        ...
