"""Watches a Redis server from outside: every command that arrives while a probe looks."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import redis

READ_ONLY_USER = "tailback"
READ_ONLY_RULES = (
    *("reset", "on", ">look", "%R~*", "resetchannels"),
    *("-@all", "+@read", "+@connection", "+time", "-@dangerous", "+info"),
)


@dataclass(slots=True)
class Traffic:
    """What a broker received: how many commands, and which of them would change something."""

    calls: int = 0
    writes: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)


def read_only_url(url: str) -> str:
    """Create the read-only account of the docs on the server at `url` and return its URL."""
    with contextlib.closing(redis.Redis.from_url(url)) as admin:
        untyped: Any = admin
        untyped.execute_command("ACL", "SETUSER", READ_ONLY_USER, *READ_ONLY_RULES)
    return url.replace("redis://", f"redis://{READ_ONLY_USER}:look@", 1)


@contextlib.contextmanager
def watch_redis(url: str) -> Iterator[Traffic]:
    """Record, by the server's own MONITOR, the commands of all clients until the block ends."""
    admin: Any = redis.Redis.from_url(url)
    traffic, end = Traffic(), "tailback-guard-ends"
    writing = _writing_commands(admin)
    with admin.monitor() as monitor:

        def listen() -> None:
            for seen in monitor.listen():
                command = seen["command"]
                if end in command:
                    return
                name = command.split(" ", 1)[0].lower()
                traffic.calls += 1
                traffic.commands.append(command)
                if name in writing:
                    traffic.writes.append(command)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        try:
            yield traffic
        finally:
            admin.echo(end)
            thread.join(20)
    admin.close()


def _writing_commands(admin: Any) -> frozenset[str]:
    answer = admin.execute_command("COMMAND")
    return frozenset(str(name) for name, details in answer.items() if "write" in details["flags"])
