"""A job's events as compact bytes, from which the job can be rebuilt."""

from collections.abc import Iterable, Iterator
from itertools import chain
from struct import Struct
from typing import Any, NamedTuple

from tailback.core.sketch import name_hash

# The order in which events of one moment are taken.
ENQ, STA, RET, FAI, LOS, SUC, DEA, DIS = range(8)
CODES = {
    "enqueued": ENQ,
    "started": STA,
    "retrying": RET,
    "failed": FAI,
    "lost": LOS,
    "succeeded": SUC,
    "dead": DEA,
    "discarded": DIS,
}
MAX_ATTEMPT = 0xFFFF
MAX_NAMES = 2_000_000
MAX_HASHES = 100_000


class Entry(NamedTuple):
    """One event as history keeps it; `attempt` 0, `error` 0 and the rest None mean not said."""

    at: float
    code: int
    attempt: int
    slice_no: int
    due: float | None
    first: float | None
    ran: float | None
    error: int
    worker: str | None
    tenant: str | None
    root: str | None
    max_attempts: int = 0

    @property
    def key(self) -> tuple[float, int, int]:
        """Return what makes two events the same event, in the order in which they count."""
        return self[:3]


class Names:
    """Texts that many jobs share, as numbers from 1; 0 is none, and what is beyond the bound."""

    __slots__ = ("hashes", "numbers", "texts")

    def __init__(self) -> None:
        self.texts: list[str | None] = [None]
        self.numbers: dict[str, int] = {}
        self.hashes: dict[str, tuple[str | None, int, int]] = {}

    def tenant(self, text: str) -> tuple[str | None, int, int]:
        """Return the shared copy of a tenant's name, its hash and its number."""
        known = self.hashes.get(text)
        if known is None:
            if len(self.hashes) > MAX_HASHES:
                self.hashes.clear()
            known = self.hashes[text] = (self.shared(text), name_hash(text), self.number(text))
        return known

    def number(self, text: str | None) -> int:
        """Return the number of a text, given on first sight."""
        if text is None:
            return 0
        number = self.numbers.get(text)
        if number is None:
            if len(self.texts) > MAX_NAMES:
                return 0
            number = self.numbers[text] = len(self.texts)
            self.texts.append(text)
        return number

    def shared(self, text: str | None) -> str | None:
        """Return the one copy of a text that all jobs share."""
        return None if text is None else self.texts[self.number(text)]


HEAD = Struct("<BHHd")
_DUE, _FIRST, _RAN, _ERROR, _NAMES = 8, 16, 32, 64, 128
_TIME = Struct("<d")
_NUMBER = Struct("<I")
_NAMED = Struct("<IIH")
_MOST = Struct("<H")
# Set in the length of the root where the greatest number of attempts follows it.
_WITH_MOST = 0x8000
_NOBODY = (None, None, None, 0)
# Most finished jobs: an enqueue, one start and the success, as one record. Only an enqueue or a
# retry has a time when it is due, so no other event begins with these flags. STAMPED means that
# start and success both carried the stamp of the enqueue.
COURSE = STA | _DUE
STAMPED = COURSE | _FIRST
_COURSE = Struct("<BHHIIdddd")
COURSE_BYTES = _COURSE.size
_PACKED = (bytes((COURSE,)), bytes((STAMPED,)))


def pack(entry: Entry, names: Names) -> bytes:
    """Return one event as bytes."""
    flags = entry.code
    tail = b""
    for flag, time in ((_DUE, entry.due), (_FIRST, entry.first), (_RAN, entry.ran)):
        if time is not None:
            flags |= flag
            tail += _TIME.pack(time)
    if entry.error:
        flags |= _ERROR
        tail += _NUMBER.pack(entry.error)
    most = entry.max_attempts
    if most or (entry.worker, entry.tenant, entry.root) != (None, None, None):
        flags |= _NAMES
        root = (entry.root or "").encode("utf-8", "surrogatepass")
        worker, tenant = names.number(entry.worker), names.number(entry.tenant)
        tail += _NAMED.pack(worker, tenant, len(root) | (_WITH_MOST if most else 0)) + root
        tail += _MOST.pack(most) if most else b""
    return HEAD.pack(flags, entry.attempt, entry.slice_no, entry.at) + tail


def unpack(history: bytes, names: Names) -> Iterator[Entry]:
    """Yield the events of a history, in order."""
    if history[:1] in _PACKED:
        course = Course._make(_COURSE.unpack_from(history))
        return chain(_steps(course, names), _entries(history, COURSE_BYTES, names))
    return _entries(history, 0, names)


def _entries(history: bytes, place: int, names: Names) -> Iterator[Entry]:
    while place < len(history):
        flags, attempt, slice_no, at = HEAD.unpack_from(history, place)
        place += HEAD.size
        due = first = ran = None
        if flags & _DUE:
            due = _TIME.unpack_from(history, place)[0]
            place += 8
        if flags & _FIRST:
            first = _TIME.unpack_from(history, place)[0]
            place += 8
        if flags & _RAN:
            ran = _TIME.unpack_from(history, place)[0]
            place += 8
        error = 0
        if flags & _ERROR:
            error = _NUMBER.unpack_from(history, place)[0]
            place += 4
        said: tuple[Any, ...] = _NOBODY
        if flags & _NAMES:
            said, place = _unpack_names(history, place, names)
        yield Entry(at, flags & 7, attempt, slice_no, due, first, ran, error, *said)


def _unpack_names(history: bytes, place: int, names: Names) -> tuple[tuple[Any, ...], int]:
    """Return worker, tenant, root and the greatest number of attempts, and where they end."""
    worker, tenant, length = _NAMED.unpack_from(history, place)
    place += _NAMED.size
    end = place + (length & ~_WITH_MOST)
    root = history[place:end].decode("utf-8", "surrogatepass") or None
    most = 0
    if length & _WITH_MOST:
        most = _MOST.unpack_from(history, end)[0]
        end += _MOST.size
    return (names.texts[worker], names.texts[tenant], root, most), end


pack_course = _COURSE.pack
"""Returns the history of a job that just ran, given the fields of `Course`."""


class Course(NamedTuple):
    """A job that was enqueued, started once and succeeded; slice, worker and tenant as numbers."""

    flags: int
    attempt: int
    number: int
    worker: int
    tenant: int
    enqueued_at: float
    started_at: float
    at: float
    ran: float


def is_course(history: bytes) -> bool:
    """Return whether `pack_course` made this history and nothing came after."""
    return len(history) == COURSE_BYTES and history[:1] in _PACKED


def unpack_courses(histories: Iterable[bytes]) -> Iterator[tuple[Any, ...]]:
    """Return the fields of each `Course` that was packed."""
    return _COURSE.iter_unpack(b"".join(histories))


def _steps(course: Course, names: Names) -> Iterator[Entry]:
    flags, attempt, number, worker_no, tenant_no, enqueued_at, started_at, at, ran = course
    worker, tenant = names.texts[worker_no], names.texts[tenant_no]
    first = enqueued_at if flags == STAMPED else None
    yield Entry(enqueued_at, ENQ, 0, number, None, None, None, 0, None, tenant, None)
    yield Entry(started_at, STA, attempt, number, None, first, None, 0, worker, tenant, None)
    yield Entry(at, SUC, attempt, number, None, first, ran, 0, None, tenant, None)
