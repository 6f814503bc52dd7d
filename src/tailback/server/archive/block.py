"""A block of ended jobs as bytes, and back, in parts so that most are never opened.

`terms` are the distinct names in the block, `ids` the sorted hashes of its ids, `keys` one small
number per job and qualifier, `body` everything else. Row 0 ended first. Number 0 is None.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from zlib import crc32

import msgspec
import zstandard

from tailback.core.ledger.ended import EndedJob
from tailback.core.rollups import SliceKey

LEVEL = 3
STATES = ("succeeded", "dead", "discarded", "unknown")
COLUMNS = ("state", "slice", "tenant", "worker", "first_error", "last_error")

T = TypeVar("T")
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
    """What is shown of the jobs once they are found."""

    ids: list[str]
    first_at: list[float | None]
    due_at: list[float]
    started_at: list[float | None]
    ended_at: list[float]
    ran: list[float | None]
    attempt: list[int]
    fails: list[int]
    losses: list[int]
    steps: dict[int, list[Step]]
    traces: dict[int, str]


class Keys(msgspec.Struct, gc=False):
    """One number per job and qualifier."""

    state: Sequence[int]
    slice: Sequence[int]
    tenant: Sequence[int]
    worker: Sequence[int]
    first_error: Sequence[int]
    last_error: Sequence[int]


class Parts(msgspec.Struct, frozen=True, gc=False):
    """A block as it is kept."""

    terms: bytes
    ids: bytes
    keys: bytes
    body: bytes


_encode = msgspec.msgpack.Encoder().encode
read_terms = msgspec.msgpack.Decoder(Terms).decode
_read_body = msgspec.msgpack.Decoder(Body).decode


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
        row: [
            Step(s.at, s.code, s.attempt, s.due, s.ran, errors.of(s.error), workers.of(s.worker))
            for s in job.steps
        ]
        for row, job in enumerate(jobs)
        if job.steps is not None
    }
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
    body = Body(
        [job.id for job in jobs],
        [job.first_at for job in jobs],
        [job.due_at for job in jobs],
        [job.started_at for job in jobs],
        [job.ended_at for job in jobs],
        [job.ran for job in jobs],
        [job.attempt for job in jobs],
        [job.fails for job in jobs],
        [job.losses for job in jobs],
        steps,
        {place: e["trace"] for place, (e, _) in enumerate(told) if e.get("trace")},
    )
    pack = zstandard.ZstdCompressor(level=LEVEL).compress
    hashes = array("I", sorted(crc32(id_.encode("utf-8", "surrogatepass")) for id_ in body.ids))
    return Parts(
        _encode(terms),
        hashes.tobytes(),
        pack(b"".join(column.tobytes() for column in columns)),
        pack(_encode(body)),
    )


def _status(error: dict[str, Any]) -> int | None:
    status = error.get("status")
    return status if isinstance(status, int) else None


def may_hold(ids: bytes, id: str) -> bool:  # noqa: A002
    """Return whether a block with these hashes may hold an id."""
    hashes = memoryview(ids).cast("I")
    wanted = crc32(id.encode("utf-8", "surrogatepass"))
    place = bisect_left(hashes, wanted)
    return place < len(hashes) and hashes[place] == wanted


def read_keys(blob: bytes) -> Keys:
    """Return the numbers of the jobs of a block."""
    raw = zstandard.ZstdDecompressor().decompress(blob)
    size = len(raw) // len(COLUMNS)
    view = memoryview(raw)
    return Keys(*(view[n * size : (n + 1) * size].cast("H").tolist() for n in range(len(COLUMNS))))


def read_body(blob: bytes) -> Body:
    """Return what is shown of the jobs of a block."""
    return _read_body(zstandard.ZstdDecompressor().decompress(blob))


def slice_of(terms: Terms, keys: Keys, row: int) -> SliceKey:
    """Return where the job of a row belonged."""
    return SliceKey(*terms.slices[keys.slice[row]])
