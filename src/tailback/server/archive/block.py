"""A block of ended jobs as bytes, and back, in parts so that most are never opened.

`terms` are the distinct names in the block, `ids` the sorted hashes of its marks (what can be
searched for exactly: ids, names and some pairs of them), `keys` one small number per job and
qualifier, `body` everything else. Row 0 ended first. Number 0 is None.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from math import isnan, nan
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import msgspec
import zstandard

from tailback.core.ledger.ended import EndedJob, Row
from tailback.core.ledger.history import Entry

LEVEL = 3
STATES = ("succeeded", "dead", "discarded", "unknown")
TIMES = ("first_at", "due_at", "started_at", "ended_at", "ran")
COUNTS = ("attempt", "fails", "losses")
MOST = 0xFFFF
COLUMNS = ("state", "slice", "tenant", "worker", "first_error", "last_error")

Explain = Callable[[int], tuple[dict[str, Any], str]]
"""Returns the error of a number and the key of its reason."""


class Terms(msgspec.Struct, array_like=True, gc=False):
    """The distinct names in a block; errors are (type, message, status), `reasons` their keys."""

    slices: list[tuple[str, str, str]]
    tenants: list[str | None]
    workers: list[str | None]
    errors: list[tuple[str, str, int | None]]
    reasons: list[str | None]
    states: list[int]


class Step(msgspec.Struct, array_like=True, gc=False):
    """One event of a job; `error` is a number of the block."""

    at: float
    code: int
    attempt: int
    due: float | None
    ran: float | None
    error: int
    worker: int
    max_attempts: int = 0


class Body(msgspec.Struct, array_like=True, gc=False):
    """What is shown of the jobs once they are found; `times` and `counts` are columns as bytes."""

    ids: list[str]
    times: bytes
    counts: bytes
    steps: dict[int, msgspec.Raw]
    traces: dict[int, str]

    def time(self, name: str, row: int) -> float | None:
        """Return a moment or a duration of a job, in seconds."""
        place = TIMES.index(name) * len(self.ids) + row
        value: float = memoryview(self.times).cast("d")[place]
        return None if isnan(value) else value

    def moment(self, name: str, row: int) -> float:
        """Return a moment that every job has."""
        return self.time(name, row) or 0.0

    def count(self, name: str, row: int) -> int:
        """Return how often something happened to a job."""
        number: int = memoryview(self.counts).cast("H")[COUNTS.index(name) * len(self.ids) + row]
        return number

    def steps_of(self, row: int) -> list[Step] | None:
        """Return the events of a job, None when it just ran."""
        raw = self.steps.get(row)
        return None if raw is None else _read_steps(raw)


class Keys(msgspec.Struct, gc=False):
    """One number per job and qualifier."""

    state: memoryview
    slice: memoryview
    tenant: memoryview
    worker: memoryview
    first_error: memoryview
    last_error: memoryview


class Parts(msgspec.Struct, frozen=True, gc=False):
    """A block as it is kept."""

    terms: bytes
    ids: bytes
    keys: bytes
    body: bytes


_encode = msgspec.msgpack.Encoder().encode
read_terms = msgspec.msgpack.Decoder(Terms).decode
_read_body = msgspec.msgpack.Decoder(Body).decode
_read_steps = msgspec.msgpack.Decoder(list[Step]).decode


class _Numbers(dict[Any, int]):
    """Distinct values with their numbers, in the order of their first use."""

    def __missing__(self, value: Any) -> int:
        number = self[value] = len(self)
        return number


def encode(jobs: Sequence[Row], explain: Explain) -> Parts:
    """Return the block of some jobs, in the order in which they ended."""
    # A column per field: everything that is done for each job is done by the interpreter's core.
    columns_of = zip(EndedJob._fields, zip(*jobs, strict=True), strict=True)
    fields: Any = SimpleNamespace(**dict(columns_of))
    slices, states = _Numbers(), _Numbers({state: n for n, state in enumerate(STATES)})
    tenants, workers, errors = _Numbers({None: 0}), _Numbers({None: 0}), _Numbers({0: 0})
    columns = (
        array("H", map(states.__getitem__, fields.state)),
        array("H", map(slices.__getitem__, fields.key)),
        array("H", map(tenants.__getitem__, fields.tenant)),
        array("H", map(workers.__getitem__, fields.worker)),
        array("H", map(errors.__getitem__, fields.first_error)),
        array("H", map(errors.__getitem__, fields.last_error)),
    )
    steps = {
        row: msgspec.Raw(_encode([_step(entry, errors, workers) for entry in told]))
        for row, told in enumerate(fields.steps)
        if told is not None
    }
    told = [({}, None), *(explain(number) for number in list(errors)[1:])]
    terms = Terms(
        list(slices),
        list(tenants),
        list(workers),
        [(str(e.get("type") or ""), str(e.get("message") or ""), _status(e)) for e, _ in told],
        [reason for _, reason in told],
        sorted(set(columns[0])),
    )
    times = array("d")
    for moments in (
        fields.first_at,
        fields.due_at,
        fields.started_at,
        fields.ended_at,
        fields.ran,
    ):
        times.extend([nan if moment is None else moment for moment in moments])
    counts = array("H")
    for name in COUNTS:
        numbers = getattr(fields, name)
        counts.extend(numbers if max(numbers) <= MOST else [min(MOST, n) for n in numbers])
    traces = {place: e["trace"] for place, (e, _) in enumerate(told) if e.get("trace")}
    body = Body(list(fields.id), times.tobytes(), counts.tobytes(), steps, traces)
    pack = zstandard.ZstdCompressor(level=LEVEL).compress
    return Parts(
        _encode(terms),
        array("I", sorted(_marks(fields, terms, columns[4]))).tobytes(),
        pack(b"".join(column.tobytes() for column in columns)),
        pack(_encode(body)),
    )


def _step(entry: Entry, errors: _Numbers, workers: _Numbers) -> Step:
    return Step(
        entry.at, entry.code, entry.attempt, entry.due, entry.ran,
        errors[entry.error], workers[entry.worker], entry.max_attempts,
    )  # fmt: skip


def mark(**said: str) -> str:
    """Return what stands for one exact condition, or for several of the same job."""
    return "|".join(f"{name}:{value}" for name, value in said.items())


def _marks(fields: Any, terms: Terms, first_errors: Sequence[int]) -> set[int]:
    """Return the hashes of all marks of a block."""
    marks = _hashes("id", fields.id)
    marks |= _hashes("queue", [queue for _, queue, _ in terms.slices])
    marks |= _hashes("job", [job for _, _, job in terms.slices])
    marks |= _hashes("tenant", terms.tenants)
    marks |= _hashes("worker", terms.workers)
    marks |= _hashes("reason", terms.reasons)
    marks |= _hashes("state", [STATES[state] for state in terms.states])
    told = zip(fields.steps, fields.tenant, fields.state, first_errors, strict=True)
    for steps, tenant, state, error in told:
        if steps is not None and tenant is not None:
            marks.add(_hash(mark(tenant=tenant, state=state)))
            marks.add(_hash(mark(tenant=tenant, reason=terms.reasons[error] or "")))
    return marks


def _hashes(name: str, values: Iterable[str | None]) -> set[int]:
    """Return the hashes of the marks of one name."""
    begun = _hash(f"{name}:")  # the hash of a mark goes on from that of its beginning
    return {
        crc32(one.encode("utf-8", "surrogatepass"), begun) for one in values if one is not None
    }


def _hash(text: str) -> int:
    return crc32(text.encode("utf-8", "surrogatepass"))


def _status(error: dict[str, Any]) -> int | None:
    status = error.get("status")
    return status if isinstance(status, int) else None


def may_hold(ids: bytes, wanted: Sequence[Sequence[int]]) -> bool:
    """Return whether a block with these hashes may have one of each group of wanted ones."""
    hashes = memoryview(ids).cast("I")
    return all(any(_among(hashes, number) for number in group) for group in wanted)


def hashes_of(marks: Iterable[Iterable[str]]) -> list[list[int]]:
    """Return the hashes of groups of marks."""
    return [[_hash(one) for one in group] for group in marks]


def _among(hashes: memoryview, number: int) -> bool:
    place = bisect_left(hashes, number)
    return place < len(hashes) and hashes[place] == number


def read_keys(blob: bytes) -> Keys:
    """Return the numbers of the jobs of a block."""
    raw = zstandard.ZstdDecompressor().decompress(blob)
    size = len(raw) // len(COLUMNS)
    view = memoryview(raw)
    return Keys(*(view[n * size : (n + 1) * size].cast("H") for n in range(len(COLUMNS))))


def read_body(blob: bytes) -> Body:
    """Return what is shown of the jobs of a block."""
    return _read_body(zstandard.ZstdDecompressor().decompress(blob))
