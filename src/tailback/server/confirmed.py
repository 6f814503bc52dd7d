"""When each channel last showed that it takes messages: by one that arrived, or when asked."""

from collections.abc import Collection

from tailback.store.store import Store

_DELIVERED = "delivered:"
_ASKED = "asked:"


class Confirmations:
    """Kept in the store; safe from several threads."""

    def __init__(self, store: Store) -> None:
        """Read and write `store`."""
        self._store = store

    def delivered(self, channel: str, at: float) -> None:
        """Note that a channel took a message that did not come from the outbox."""
        self._store.meta.set(_DELIVERED + channel, str(at))

    def asked(self, channel: str, at: float) -> None:
        """Note that a channel, asked without a message, would take one."""
        self._store.meta.set(_ASKED + channel, str(at))

    def delivered_at(self, channels: Collection[str]) -> dict[str, float]:
        """Return when each of these channels last took a message; absent: never."""
        sent = {state.name: state.ok_at for state in self._store.outbox.channels()}
        found = {name: _later(sent.get(name), self._noted(_DELIVERED + name)) for name in channels}
        return {name: at for name, at in found.items() if at is not None}

    def newest_at(self, channels: Collection[str]) -> dict[str, float]:
        """Return when each of these channels last took or would have taken a message."""
        sent = self.delivered_at(channels)
        found = {name: _later(sent.get(name), self._noted(_ASKED + name)) for name in channels}
        return {name: at for name, at in found.items() if at is not None}

    def _noted(self, key: str) -> float | None:
        kept = self._store.meta.get(key)
        return None if kept is None else float(kept)


def _later(one: float | None, other: float | None) -> float | None:
    return max((at for at in (one, other) if at is not None), default=None)
