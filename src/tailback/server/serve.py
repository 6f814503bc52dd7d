"""Runs a server until it is told to stop: store, engine, loops and HTTP, in this order."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from tailback.server.app import Running
from tailback.server.config.values import listen_address
from tailback.server.http import BoundedHttp
from tailback.server.web import application

GRACE_S = 4
_COLLECT_EVERY = (200_000, 10, 50)

_log = logging.getLogger(__name__)


class ListenError(Exception):
    """The address cannot be listened on; the text says what to do."""


def bind(listen: str) -> socket.socket:
    """Return a listening socket; port 0 takes a free one."""
    host, port = listen_address(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        why = error.strerror or str(error)
        remedy = "Stop what listens there, or choose another with --listen."
        raise ListenError(f"Cannot listen on {listen}: {why}. {remedy}") from error
    return listener


def web_server(running: Running) -> uvicorn.Server:
    """Return the HTTP side of a server, not yet started."""
    config = uvicorn.Config(
        application(running),
        http=BoundedHttp,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        ws="none",
    )
    return uvicorn.Server(config)


def serve(running: Running, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called when requests are answered."""
    server = web_server(running)
    calm_collector()
    replayed = running.start()
    gc.freeze()
    if replayed:
        _log.info("log replayed", extra={"batches": replayed})
    try:
        asyncio.run(_serve(server, running, listener, ready))
    finally:
        _log.info("stopping")
        running.stop()


def calm_collector() -> None:
    """Let the garbage collector look seldom, and never again at what is there now.

    An unfinished job is an object of its own, so each full collection would walk all of them; at
    the usual thresholds this costs a fifth of the CPU under load, and finds nothing: what the
    ledger drops is freed at once, without a collector.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_EVERY)


async def _serve(
    server: uvicorn.Server, running: Running, listener: socket.socket, ready: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        running.services.hub.close()
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop)
    # serve() would take the signals over and raise them again at its end, skipping our closing
    task = asyncio.create_task(server._serve(sockets=[listener]))  # noqa: SLF001
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    if server.started:
        ready()
    await task
