"""Whether Tailback itself works, part by part: what an outside watcher is told."""

from dataclasses import dataclass

JUDGED_WITHIN_S = 60.0
OUTBOX_WITHIN_S = 60.0
READ_WITHIN_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What was measured of the server at `now`, Unix seconds; None: nothing to measure.

    `blind` are the sources that cannot be read, with since when.
    """

    now: float
    engine_runs: bool
    judged_at: float | None
    written: bool
    oldest_ready_at: float | None
    broken_channels: tuple[str, ...] = ()
    channels: int = 0
    blind: tuple[tuple[str, float], ...] = ()


def down(vitals: Vitals) -> list[str]:
    """Return which parts keep the server itself from working, in words; empty: it works."""
    parts = []
    if not vitals.engine_runs:
        parts.append("the engine has stopped")
    if vitals.judged_at is None or vitals.now - vitals.judged_at > JUDGED_WITHIN_S:
        parts.append("lanes are not judged")
    if not vitals.written:
        parts.append("the database cannot be written")
    return parts


def failing(vitals: Vitals) -> list[str]:
    """Return every part that does not work, in words; empty: all is proven to work."""
    parts = down(vitals)
    if (
        vitals.oldest_ready_at is not None
        and vitals.now - vitals.oldest_ready_at > OUTBOX_WITHIN_S
    ):
        parts.append("messages are not sent")
    if vitals.channels and len(vitals.broken_channels) >= vitals.channels:
        parts.append("no channel works: " + ", ".join(sorted(vitals.broken_channels)))
    blind = sorted(name for name, since in vitals.blind if vitals.now - since > READ_WITHIN_S)
    if blind:
        parts.append("sources cannot be read: " + ", ".join(blind))
    return parts
