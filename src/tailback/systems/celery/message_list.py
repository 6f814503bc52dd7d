"""A list of messages in Redis, which is read at both ends and no deeper."""

from typing import Any

from tailback.systems.celery.reading import Placed

SAMPLE = 100
"""Messages read at each end of a list."""
SAMPLE_BYTES = 512 * 1024
"""Expected size of that sample; fewer messages are read when they are large."""
Command = tuple[Any, ...]


class MessageList:
    """One sub-list of a queue: its length, how deep its ends are read, and what was there."""

    __slots__ = ("depth", "key", "length", "placed")

    def __init__(self, key: str, length: int, depth: int) -> None:
        self.key = key
        self.length = length
        self.depth = depth
        self.placed: list[Placed] = []

    @property
    def whole(self) -> bool:
        """Whether both ends meet."""
        return self.length <= 2 * self.depth

    def ends(self) -> list[Command]:
        """Return the commands that read both ends."""
        if self.whole:
            return [("LRANGE", self.key, 0, 2 * self.depth - 1)]
        return [
            ("LRANGE", self.key, 0, self.depth - 1),
            ("LRANGE", self.key, -self.depth, -1),
        ]


def depth_of(head: bytes, tail: bytes) -> int:
    """Return how many messages of this size to read at each end."""
    return max(1, min(SAMPLE, SAMPLE_BYTES // max(len(head), len(tail), 1)))
