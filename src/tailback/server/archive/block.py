"""A block of ended jobs as bytes, and back, in parts so that most are never opened.

`terms` are the distinct names in the block, `ids` the sorted hashes of its marks (what can be
searched for exactly: ids, names and some pairs of them), `keys` one small number per job and
qualifier, `body` everything else. Row 0 ended first. Number 0 is None.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from math import isnan, nan
from typing import Any
from zlib import crc32

import msgspec
import zstandard

from tailback.core.ledger.ended import EndedJob

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


class _Numbers:
    """Distinct values in the order of their first use."""

    def __init__(self, *first: Any) -> None:
        self.values: list[Any] = list(first)
        self.numbers: dict[Any, int] = {value: place for place, value in enumerate(first)}

    def of(self, value: Any) -> int:
        number = self.numbers.get(value)
        if number is None:
            number = self.numbers[value] = len(self.values)
            self.values.append(value)
        return number


def encode(jobs: Sequence[EndedJob], explain: Explain) -> Parts:
    """Return the block of some jobs, in the order in which they ended."""
    slices, tenants, workers, errors = (
        _Numbers(),
        _Numbers(None),
        _Numbers(None),
        _Numbers(0),
    )
    steps = {
        row: msgspec.Raw(
            _encode(
                [
                    Step(
                        s.at, s.code, s.attempt, s.due, s.ran,
                        errors.of(s.error), workers.of(s.worker),
                    )
                    for s in job.steps
                ]
            )
        )
        for row, job in enumerate(jobs)
        if job.steps is not None
    }  # fmt: skip
    columns = (
        array("H", [STATES.index(job.state) for job in jobs]),
        array("H", [slices.of(tuple(job.key)) for job in jobs]),
        array("H", [tenants.of(job.tenant) for job in jobs]),
        array("H", [workers.of(job.worker) for job in jobs]),
        array("H", [errors.of(job.first_error) for job in jobs]),
        array("H", [errors.of(job.last_error) for job in jobs]),
    )
    told = [({}, None), *(explain(number) for number in errors.values[1:])]
    terms = Terms(
        slices.values,
        tenants.values,
        workers.values,
        [(str(e.get("type") or ""), str(e.get("message") or ""), _status(e)) for e, _ in told],
        [reason for _, reason in told],
        sorted(set(columns[0])),
    )
    times = [getattr(job, name) for name in TIMES for job in jobs]
    counts = [min(getattr(job, name), MOST) for name in COUNTS for job in jobs]
    body = Body(
        [job.id for job in jobs],
        array("d", [nan if time is None else time for time in times]).tobytes(),
        array("H", counts).tobytes(),
        steps,
        {place: e["trace"] for place, (e, _) in enumerate(told) if e.get("trace")},
    )
    pack = zstandard.ZstdCompressor(level=LEVEL).compress
    reasons = [reason for _, reason in told]
    marks = sorted({_hash(mark) for mark in _marks(jobs, columns[4], reasons)})
    return Parts(
        _encode(terms),
        array("I", marks).tobytes(),
        pack(b"".join(column.tobytes() for column in columns)),
        pack(_encode(body)),
    )


def mark(**said: str) -> str:
    """Return what stands for one exact condition, or for several of the same job."""
    return "|".join(f"{name}:{value}" for name, value in said.items())


def _marks(
    jobs: Sequence[EndedJob], first_errors: Iterable[int], reasons: Sequence[str | None]
) -> Iterable[str]:
    for job, error in zip(jobs, first_errors, strict=True):
        reason = reasons[error]
        yield mark(id=job.id)
        if job.tenant is not None:
            yield mark(tenant=job.tenant)
            if job.state != STATES[0]:
                yield mark(tenant=job.tenant, state=job.state)
            if reason:
                yield mark(tenant=job.tenant, reason=reason)
    for key in {job.key for job in jobs}:
        yield mark(queue=key.queue)
        yield mark(job=key.job)
    for worker in {job.worker for job in jobs if job.worker is not None}:
        yield mark(worker=worker)
    for state in {job.state for job in jobs}:
        yield mark(state=state)
    for reason in reasons:
        if reason:
            yield mark(reason=reason)


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
