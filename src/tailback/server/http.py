"""HTTP as uvicorn speaks it with httptools, with a bound on what the parser itself would keep."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_AROUND_BYTES = 64 * 1024
# A body in chunks of one byte has six bytes around each.
AROUND_PER_BODY_BYTE = 16


class BoundedHttp(HttpToolsProtocol):
    """Ends a connection whose request line, headers, chunk sizes or trailers never end.

    The parser collects these without a limit, before any token is looked at.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._around = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless too much of it was no body."""
        self._around += len(data)
        super().data_received(data)
        if self._around > MAX_AROUND_BYTES and not self.transport.is_closing():
            self.send_400_response(f"More than {MAX_AROUND_BYTES} bytes around the body.")

    def on_body(self, body: bytes) -> None:
        """Pass a part of the body on, which has limits of its own."""
        self._around -= AROUND_PER_BODY_BYTE * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End one request; the next may have as much around it."""
        self._around = 0
        super().on_message_complete()
