"""What the sources of a ledger share, and where slices are found."""

from collections.abc import Iterator

from tailback.core.ledger.failing import Errors
from tailback.core.ledger.history import Names
from tailback.core.ledger.slices import Slice
from tailback.core.rollups import SliceKey

MAX_SLICES = 20_000
OTHER_SLICE = "(other)"


class Shared:
    """Slices, names and errors of all sources, and which slices have counts to deliver."""

    __slots__ = ("errors", "names", "slices", "touched")

    def __init__(self, errors: Errors) -> None:
        self.slices: list[Slice] = []
        self.names = Names()
        self.errors = errors
        self.touched: set[Slice] = set()


class SliceBook:
    """Finds slices by source, queue and job type.

    Their number is bounded: beyond `MAX_SLICES` everything new of a source shares one slice and
    `overflowed` says so.
    """

    __slots__ = ("by_source", "overflowed", "shared")

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.by_source: dict[str, dict[str, dict[str, Slice]]] = {}
        self.overflowed = False

    def queues(self, source: str) -> dict[str, dict[str, Slice]]:
        """Return the slices of a source by queue and job type."""
        return self.by_source.setdefault(source, {})

    def find(
        self, queues: dict[str, dict[str, Slice]], source: str, queue: str, job: str
    ) -> Slice:
        """Return a slice, made on first sight; `queues` are those of its source."""
        jobs = queues.get(queue)
        part = jobs.get(job) if jobs is not None else None
        return self.add(source, queue, job) if part is None else part

    def add(self, source: str, queue: str, job: str) -> Slice:
        """Make a slice, or return the one that takes what is beyond the bound."""
        if len(self.shared.slices) >= MAX_SLICES:
            self.overflowed = True
            queue = job = OTHER_SLICE
        jobs = self.by_source.setdefault(source, {}).setdefault(queue, {})
        part = jobs.get(job)
        if part is None:
            number = len(self.shared.slices)
            part = jobs[job] = Slice(SliceKey(source, queue, job), number, self.shared.touched)
            self.shared.slices.append(part)
        return part

    def of_source(self, source: str) -> Iterator[Slice]:
        """Yield the slices of a source."""
        for jobs in self.by_source.get(source, {}).values():
            yield from jobs.values()

    def of_queue(self, source: str, queue: str, jobs: tuple[str, ...] = ()) -> list[Slice]:
        """Return the slices of a queue, or of some job types in it."""
        parts = self.by_source.get(source, {}).get(queue, {})
        return [part for name, part in parts.items() if not jobs or name in jobs]
