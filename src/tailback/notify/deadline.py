"""An end for what could go on for ever: a peer that sends one byte now and then."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def deadline(seconds: float, current: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Shut the socket down after `seconds`, whatever it is doing; reading then fails at once.

    A timeout of the socket itself starts anew with every byte.
    """

    def cut() -> None:
        sock = current()
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
