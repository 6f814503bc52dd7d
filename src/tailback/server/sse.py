"""The text of server-sent events."""


def sse(event: str, data: bytes) -> bytes:
    """Return one server-sent event; line breaks become lines of data."""
    lines = data.replace(b"\r", b"").split(b"\n")
    return b"event: %s\n" % event.encode() + b"".join(b"data: %s\n" % x for x in lines) + b"\n"
