"""Small mergeable summaries: durations with 2 % relative error, and distinct accounts.

Both are monoids: merging is commutative and associative, so minutes, slices and servers add up
in any order.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import exp, log
from typing import Self
from zlib import crc32

RELATIVE_ERROR = 0.02
SMALLEST_S = 0.001
_GAMMA_LOG = log((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR))
PER_LOG = 1.0 / _GAMMA_LOG
SHIFT = 1.0 - log(SMALLEST_S) / _GAMMA_LOG
_MIDDLE = 2.0 / (1.0 + exp(_GAMMA_LOG))


def duration_key(seconds: float) -> int:
    """Return the log bucket of a duration; everything up to one millisecond shares bucket 0."""
    return int(log(seconds) * PER_LOG + SHIFT) if seconds > SMALLEST_S else 0


def duration_of(key: int) -> float:
    """Return the duration in seconds that stands for a bucket, within 2 % of its members."""
    return SMALLEST_S * exp(key * _GAMMA_LOG) * _MIDDLE if key else SMALLEST_S


class DurationSketch(dict[int, int]):
    """Counts of durations per log bucket; a count may be negative in a delta that corrects."""

    __slots__ = ()

    def __missing__(self, key: int) -> int:
        return 0

    def add(self, seconds: float, count: int = 1) -> None:
        """Count a duration `count` times (negative takes it back)."""
        key = duration_key(seconds)
        total = self[key] + count
        if total:
            self[key] = total
        else:
            self.pop(key, None)

    def merge(self, other: "DurationSketch") -> None:
        """Add every count of `other` to this sketch."""
        for key, count in other.items():
            total = self[key] + count
            if total:
                self[key] = total
            else:
                self.pop(key, None)

    @property
    def count(self) -> int:
        """Return how many durations were counted."""
        return sum(self.values())

    def quantile(self, share: float) -> float | None:
        """Return the duration in seconds below which `share` (0..1) of all lie; None if empty."""
        total = self.count
        if total <= 0:
            return None
        rank = share * (total - 1)
        keys = sorted(self)
        seen = accumulate(self[key] for key in keys)
        return duration_of(next(key for key, upto in zip(keys, seen, strict=True) if upto > rank))

    def encode(self) -> bytes:
        """Return the sketch as bytes: zigzag varints of bucket steps and counts."""
        out = bytearray()
        previous = 0
        for key in sorted(self):
            if self[key]:
                _put(out, key - previous)
                _put(out, self[key])
                previous = key
        return bytes(out)

    @classmethod
    def decode(cls, blob: bytes) -> Self:
        """Read what `encode` wrote."""
        sketch = cls()
        numbers = _numbers(blob)
        key = 0
        for step in numbers:
            key += step
            sketch[key] = next(numbers)
        return sketch


def _put(out: bytearray, number: int) -> None:
    rest = number << 1 if number >= 0 else (-number << 1) - 1
    while rest > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)


def _numbers(blob: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in blob:
        value |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
            continue
        yield -((value + 1) >> 1) if value & 1 else value >> 1
        value = shift = 0


def name_hash(name: str) -> int:
    """Return a stable 32-bit hash of a name, spread over all bits."""
    # The multiplication spreads similar names (acct_1, acct_2) over the low bits that are read.
    return crc32(name.encode("utf-8", "surrogatepass")) * 0x9E3779B1 >> 7 & 0xFFFFFFFF


class DistinctSketch:
    """How many distinct names were seen: exact up to `LIMIT`, then a sample within about 6 %.

    Keeps the hashes whose `level` lowest bits are zero; when there are too many, the level rises.
    """

    LIMIT = 512
    __slots__ = ("hashes", "level")

    def __init__(self, hashes: Iterable[int] = (), level: int = 0) -> None:
        self.hashes: set[int] = set(hashes)
        self.level = level

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, DistinctSketch)
            and self.level == other.level
            and self.hashes == other.hashes
        )

    __hash__ = None  # type: ignore[assignment]

    def add(self, hashed: int) -> None:
        """Count a name by its `name_hash`."""
        if not hashed & ((1 << self.level) - 1):
            self.hashes.add(hashed)
            self.shrink()

    def shrink(self) -> None:
        """Keep the sample within its bound; to be called after adding to `hashes` directly."""
        if len(self.hashes) > self.LIMIT:
            self._rise(self.level + 1)

    def merge(self, other: "DistinctSketch") -> None:
        """Add every name of `other`."""
        if other.level > self.level:
            self._rise(other.level)
        mask = (1 << self.level) - 1
        self.hashes.update(hashed for hashed in other.hashes if not hashed & mask)
        self.shrink()

    def _rise(self, level: int) -> None:
        while True:
            mask = (1 << level) - 1
            self.hashes = {hashed for hashed in self.hashes if not hashed & mask}
            self.level = level
            if len(self.hashes) <= self.LIMIT:
                return
            level += 1

    @property
    def count(self) -> int:
        """Return the number of distinct names, estimated when not `exact`."""
        return len(self.hashes) << self.level

    @property
    def exact(self) -> bool:
        """Return whether `count` is exact."""
        return self.level == 0

    def encode(self) -> bytes:
        """Return the sketch as bytes: the level, then four bytes per hash."""
        return bytes((self.level,)) + b"".join(
            hashed.to_bytes(4, "little") for hashed in sorted(self.hashes)
        )

    @classmethod
    def decode(cls, blob: bytes) -> Self:
        """Read what `encode` wrote; no bytes at all is an empty sketch."""
        if not blob:
            return cls()
        hashes = (int.from_bytes(blob[at : at + 4], "little") for at in range(1, len(blob), 4))
        return cls(hashes, blob[0])
