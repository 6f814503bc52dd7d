"""Columns of numbers and texts as compressed bytes: what a checkpoint is made of."""

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from math import isnan, nan
from typing import Any

_LENGTH = struct.Struct("<Q")
LEVEL = 1


class Writer:
    """Collects columns; each is compressed on its own."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def raw(self, data: bytes) -> None:
        """Add bytes."""
        packed = zlib.compress(data, LEVEL)
        self._parts += (_LENGTH.pack(len(packed)), packed)

    def plain(self, value: Any) -> None:
        """Add plain data: what JSON can say."""
        self.raw(json.dumps(value, separators=(",", ":")).encode())

    def numbers(self, code: str, values: Sequence[Any]) -> None:
        """Add numbers of one `struct` type."""
        self.raw(struct.pack(f"<{len(values)}{code}", *values))

    def times(self, values: Iterable[float | None]) -> None:
        """Add times that may be unknown."""
        self.numbers("d", [nan if value is None else value for value in values])

    def texts(self, values: Sequence[str]) -> None:
        """Add texts."""
        self.numbers("I", list(map(len, values)))
        self.raw("".join(values).encode("utf-8", "surrogatepass"))

    def blobs(self, values: Sequence[bytes]) -> None:
        """Add byte strings."""
        self.numbers("I", list(map(len, values)))
        self.raw(b"".join(values))

    def done(self) -> bytes:
        """Return everything that was added."""
        return b"".join(self._parts)


class Reader:
    """Gives columns back in the order in which they were added."""

    def __init__(self, blob: bytes, place: int = 0) -> None:
        self._blob = memoryview(blob)
        self._place = place

    def raw(self) -> bytes:
        """Return bytes."""
        (length,) = _LENGTH.unpack_from(self._blob, self._place)
        start = self._place + _LENGTH.size
        self._place = start + length
        return zlib.decompress(self._blob[start : start + length])

    def plain(self) -> Any:
        """Return plain data."""
        return json.loads(self.raw())

    def numbers(self, code: str) -> tuple[Any, ...]:
        """Return numbers of one `struct` type."""
        data = self.raw()
        return struct.unpack(f"<{len(data) // struct.calcsize('<' + code)}{code}", data)

    def times(self) -> Iterator[float | None]:
        """Return times that may be unknown."""
        return (None if isnan(value) else value for value in self.numbers("d"))

    def texts(self) -> list[str]:
        """Return texts."""
        lengths = self.numbers("I")
        return _cut(self.raw().decode("utf-8", "surrogatepass"), lengths)

    def blobs(self) -> list[bytes]:
        """Return byte strings."""
        lengths = self.numbers("I")
        return _cut(self.raw(), lengths)


def _cut(joined: Any, lengths: Iterable[int]) -> list[Any]:
    parts = []
    place = 0
    for length in lengths:
        parts.append(joined[place : place + length])
        place += length
    return parts
