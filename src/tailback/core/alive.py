"""Whether Tailback itself works, part by part: what an outside watcher is told."""

from dataclasses import dataclass
from typing import Literal

from tailback.core import wording_itself as words

JUDGED_WITHIN_S = 60.0
OUTBOX_WITHIN_S = 60.0
READ_WITHIN_S = 300.0
CONFIRMED_WITHIN_S = 86_400.0

Part = Literal[
    "engine", "judge", "database", "outbox", "channels", "sources", "clock", "confirmed"
]
# Without these the server itself does not work.
STOPS = frozenset({"engine", "judge", "database"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What was measured of the server at `now`, Unix seconds; None: nothing to measure.

    `blind` are the sources that cannot be read, with since when. `jumped_s` is how far the clock
    jumped lately. `confirmed_at` is when a channel last showed that it takes messages.
    """

    now: float
    engine_runs: bool
    judged_at: float | None
    written: bool
    oldest_ready_at: float | None
    broken_channels: tuple[str, ...] = ()
    channels: int = 0
    blind: tuple[tuple[str, float], ...] = ()
    jumped_s: float | None = None
    confirmed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """One part that is not proven to work, and that in words."""

    part: Part
    words: str


def lacks(vitals: Vitals) -> list[Lack]:
    """Return every part that is not proven to work, the worst first; empty: all are."""
    now, found = vitals.now, []
    if not vitals.engine_runs:
        found.append(Lack("engine", words.ENGINE))
    if vitals.judged_at is None or now - vitals.judged_at > JUDGED_WITHIN_S:
        found.append(Lack("judge", words.JUDGE))
    if not vitals.written:
        found.append(Lack("database", words.DATABASE))
    if vitals.oldest_ready_at is not None and now - vitals.oldest_ready_at > OUTBOX_WITHIN_S:
        found.append(Lack("outbox", words.OUTBOX))
    if vitals.channels and len(vitals.broken_channels) >= vitals.channels:
        found.append(Lack("channels", words.no_channel(vitals.broken_channels)))
    blind = [name for name, since in vitals.blind if now - since > READ_WITHIN_S]
    if blind:
        found.append(Lack("sources", words.unread(blind)))
    if vitals.jumped_s is not None:
        found.append(Lack("clock", words.jumped(vitals.jumped_s)))
    # What a database that cannot be written says of channels is not known, and named already.
    if vitals.channels and vitals.written and not _is_confirmed(vitals):
        found.append(Lack("confirmed", words.unconfirmed(vitals.confirmed_at, now)))
    return found


def down(found: list[Lack]) -> list[Lack]:
    """Return which of these keep the server itself from working; empty: it works."""
    return [lack for lack in found if lack.part in STOPS]


def _is_confirmed(vitals: Vitals) -> bool:
    at = vitals.confirmed_at
    return at is not None and vitals.now - at <= CONFIRMED_WITHIN_S
