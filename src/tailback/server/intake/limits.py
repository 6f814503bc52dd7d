"""Bounds on what one request may cost, checked before anything is decoded."""

import asyncio
import zlib
from contextlib import suppress

import zstandard
from litestar import Request
from litestar.exceptions import HTTPException, InternalServerException

MAX_WIRE_BYTES = 1024 * 1024
MAX_BODY_BYTES = 8 * 1024 * 1024
_GZIP = 31
_END = b"\x00end of body\x00"
# A frame of our own behind the sender's: it comes out whole only when theirs were complete. Its
# checksum keeps it from being mistaken for what a cut frame had still to say.
_END_FRAME = zstandard.ZstdCompressor(write_checksum=True).compress(_END)
_MAX_ZSTD_WINDOW = 8 * 1024 * 1024
BODY_TIMEOUT_S = 30.0
# Of the output of scheduled work that failed only the end is kept.
TAIL_BYTES = 16 * 1024
TAIL_TIMEOUT_S = 5.0
_CLOSE = {"Connection": "close"}
_CLOSING = (408, 413)


def refuse(status: int, detail: str, retry_after_s: float | None = None) -> HTTPException:
    """Return the exception that answers `status` with a sentence and perhaps Retry-After."""
    headers = dict(_CLOSE) if status in _CLOSING else {}  # the rest of the body is not read
    if retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(retry_after_s)))
    return HTTPException(detail=detail, status_code=status, headers=headers)


async def read_body(request: Request) -> bytes:  # type: ignore[type-arg]
    """Return the decompressed body; never holds more than the limits allow."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_WIRE_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await _received(request)
    except TimeoutError:
        detail = f"The body did not arrive within {BODY_TIMEOUT_S:.0f} s; send it again."
        raise refuse(408, detail) from None
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    return decompress(body, encoding)


async def read_tail(request: Request) -> bytes:  # type: ignore[type-arg]
    """Return the end of a body, as far as it arrived in time; never refuses its sender."""
    tail, size = b"", 0
    with suppress(TimeoutError, InternalServerException):
        async with asyncio.timeout(TAIL_TIMEOUT_S):
            async for chunk in request.stream():
                size += len(chunk)
                tail = (tail + chunk)[-TAIL_BYTES:]
                if size > MAX_WIRE_BYTES:
                    break
    return tail


async def _received(request: Request) -> bytes:  # type: ignore[type-arg]
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_WIRE_BYTES:
                raise _too_large()
    except InternalServerException:  # how the framework says that the sender is gone
        raise refuse(408, "The sender hung up before the whole body had arrived.") from None
    return bytes(body)


def decompress(body: bytes, encoding: str) -> bytes:
    """Return the body without its content encoding, at most `MAX_BODY_BYTES`."""
    if encoding in ("", "identity"):
        return body
    try:
        if encoding == "gzip":
            plain = _gunzip(body)
        elif encoding == "zstd":
            plain = _unzstd(body)
        else:
            raise refuse(415, f"Content-Encoding {encoding[:40]!r} is not known; use zstd.")
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise refuse(400, f"The body is not valid {encoding}: {error}.") from error
    if len(plain) > MAX_BODY_BYTES:
        detail = f"More than {MAX_BODY_BYTES:,} bytes when decompressed; send smaller batches."
        raise refuse(413, detail)
    return plain


def _gunzip(body: bytes) -> bytes:
    plain = bytearray()
    while body:
        stream = zlib.decompressobj(_GZIP)
        plain += stream.decompress(body, MAX_BODY_BYTES + 1 - len(plain))
        if len(plain) > MAX_BODY_BYTES:
            break
        if not stream.eof:
            raise EOFError("it ends too early")
        body = stream.unused_data
    return bytes(plain)


def _unzstd(body: bytes) -> bytes:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_ZSTD_WINDOW)
    with decompressor.stream_reader(body + _END_FRAME, read_across_frames=True) as reader:
        plain = reader.read(MAX_BODY_BYTES + 1 + len(_END))
    if len(plain) <= MAX_BODY_BYTES + len(_END) and not plain.endswith(_END):
        raise EOFError("it ends too early")
    return plain.removesuffix(_END)


def _too_large() -> HTTPException:
    return refuse(413, f"More than {MAX_WIRE_BYTES:,} bytes on the wire; send smaller batches.")
