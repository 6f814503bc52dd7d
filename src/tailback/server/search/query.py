"""Reads what a person types into the search."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tailback.core.ledger.job import PHASE_WORDS
from tailback.core.model import Lane

QUALIFIERS = ("lane", "queue", "job", "state", "tenant", "reason", "error", "id", "worker")
_PART = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
STATES = tuple(sorted(set(PHASE_WORDS) - {"unknown"}))


class QueryError(ValueError):
    """A search cannot be read; the text says why."""


@dataclass(slots=True)
class Query:
    """A search: every qualifier must match exactly, every free word somewhere."""

    exact: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    lane: Lane | None = None
    reasons: frozenset[str] = frozenset()
    """The keys that count as the reason asked for: people may have merged some into it."""

    def takes(self, source: str, queue: str, job: str) -> bool:
        """Return whether jobs of this place can be meant."""
        said, lane = self.exact, self.lane
        if said.get("queue", queue) != queue or said.get("job", job) != job:
            return False
        return lane is None or is_in(lane, source, queue, job)


def is_in(lane: Lane, source: str, queue: str, job: str) -> bool:
    """Return whether a lane watches this job type of this queue."""
    return (lane.source, lane.queue) == (source, queue) and (not lane.jobs or job in lane.jobs)


def parse_query(text: str, lanes: Sequence[Lane] = ()) -> Query:
    """Read `lane:receipt-emails tenant:acct_42 timeout`; `"…"` keeps blanks in a value."""
    query = Query()
    for quoted in _PART.findall(text):
        part = quoted.replace('"', "")
        name, colon, value = part.partition(":")
        if not colon or name not in QUALIFIERS:
            query.words.append(part.lower())
        elif not value:
            raise QueryError(f"{name}: needs a value, such as {name}:example.")
        else:
            query.exact[name] = value
    if "reason" in query.exact:
        query.reasons = frozenset({query.exact["reason"]})
    state, key = query.exact.get("state"), query.exact.get("lane")
    if state is not None and state not in STATES:
        raise QueryError(f"state: is one of {', '.join(STATES)}, not {state}.")
    if key is not None:
        query.lane = next((lane for lane in lanes if lane.key == key), None)
        if query.lane is None:
            raise QueryError(f"No lane is called {key}.")
    return query
