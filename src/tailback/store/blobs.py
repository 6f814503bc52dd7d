"""Sketches as the database keeps them, packed in C: a busy minute merges thousands per commit.

An empty sketch is NULL. Durations are a msgpack map of bucket to count, accounts the level and
then four little-endian bytes per hash.
"""

import struct

import msgspec

from tailback.core.sketch import DistinctSketch, DurationSketch

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[int, int]).decode


def pack_durations(sketch: DurationSketch) -> bytes | None:
    return _encode(sketch) if sketch else None


def unpack_durations(blob: bytes | None) -> DurationSketch:
    return DurationSketch(_decode(blob)) if blob else DurationSketch()


def merge_durations(one: bytes | None, other: bytes | None) -> bytes | None:
    """Add two packed sketches; counts that cancel out leave nothing behind."""
    if one is None or other is None:
        return one if other is None else other
    sketch = unpack_durations(one)
    sketch.merge(unpack_durations(other))
    return pack_durations(sketch)


def pack_distinct(sketch: DistinctSketch) -> bytes | None:
    if not sketch.hashes:
        return None
    return struct.pack(f"<B{len(sketch.hashes)}I", sketch.level, *sketch.hashes)


def unpack_distinct(blob: bytes | None) -> DistinctSketch:
    if not blob:
        return DistinctSketch()
    level, *hashes = struct.unpack(f"<B{len(blob) // 4}I", blob)
    return DistinctSketch(hashes, level)


def merge_distinct(one: bytes | None, other: bytes | None) -> bytes | None:
    """Unite two packed sketches."""
    if one is None or other is None or one == other:
        return one if other is None else other
    sketch = unpack_distinct(one)
    sketch.merge(unpack_distinct(other))
    return pack_distinct(sketch)
