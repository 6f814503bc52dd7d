"""Joins the parts that watch Tailback itself."""

from tailback import clock
from tailback.server.config.current import Current
from tailback.server.confirmed import Confirmations
from tailback.server.loops.confirm import ConfirmLoop
from tailback.server.loops.deadman import DeadManLoop
from tailback.server.loops.thread import LoopThread
from tailback.server.pulse import Pulse
from tailback.store.store import Store


def make_self_loops(config: Current, store: Store, pulse: Pulse) -> list[LoopThread]:
    """Return the threads that tell a watcher outside, where there is one."""
    url = config().server.dead_man_url
    if url is None:
        return []
    return [
        LoopThread("dead-man", DeadManLoop(url, pulse), clock.now),
        LoopThread("confirm", ConfirmLoop(config, Confirmations(store)), clock.now),
    ]
