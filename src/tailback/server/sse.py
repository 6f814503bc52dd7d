"""The text of server-sent events, and the same as pieces of a gzip stream."""

import zlib

GZIP_BEGIN = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""What comes before the first piece; the stream has no end."""
_LEVEL = 5


def sse(event: str, data: bytes) -> bytes:
    """Return one server-sent event; line breaks become lines of data."""
    lines = data.replace(b"\r", b"").split(b"\n")
    return b"event: %s\n" % event.encode() + b"".join(b"data: %s\n" % x for x in lines) + b"\n"


def packed(event: bytes) -> bytes:
    """Return an event as a piece of a gzip stream that refers to no piece before it.

    So one event is compressed once for all who get it, whatever each was sent before.
    """
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(event) + packer.flush(zlib.Z_FULL_FLUSH)
