"""Whether Tailback itself works, part by part: what a watcher outside, and people, are told."""

from dataclasses import dataclass
from typing import Literal

from tailback.core import wording_itself as words

JUDGED_WITHIN_S = 60.0
OUTBOX_WITHIN_S = 60.0
READ_WITHIN_S = 300.0
CONFIRMED_WITHIN_S = 86_400.0

MIB = 2**20
# A disk is nearly full below 5 % of it, but not above 2 GiB nor only below a quarter of one.
LOW_SHARE = 0.05
LOW_AT_MOST = 2_048 * MIB
LOW_AT_LEAST = 256 * MIB

Part = Literal[
    "engine",
    "judge",
    "database",
    "outbox",
    "channels",
    "sources",
    "clock",
    "confirmed",
    "intake",
    "disk",
]
# Without these the server itself does not work.
STOPS = frozenset({"engine", "judge", "database"})
# Without these no alert leaves in the usual way, or nothing new is noticed: somebody may be woken.
MUTE = STOPS | {"outbox"}
# What people are told of, in this order.
TOLD: tuple[Part, ...] = ("engine", "judge", "database", "outbox", "sources", "intake", "disk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What was measured of the server at `now`, Unix seconds; None: nothing to measure.

    `blind` are the sources that cannot be read, with since when, `told_of` those with a lane that
    tells somebody. `jumped_s` is how far the clock jumped lately. `confirmed_at` is when a channel
    last showed that it takes messages, which is asked for while somebody outside is told
    (`watched`); `unverified` are those that never took one. `lost` counts the events of the last
    ten minutes that never arrived, `room` the free and all bytes of the disk.
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
    watched: bool = True
    confirmed_at: float | None = None
    unverified: tuple[str, ...] = ()
    told_of: frozenset[str] = frozenset()
    lost: int = 0
    room: tuple[int, int] | None = None


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
    blind = _blind(vitals)
    if blind:
        found.append(Lack("sources", words.unread(blind)))
    if vitals.jumped_s is not None:
        found.append(Lack("clock", words.jumped(vitals.jumped_s)))
    # What a database that cannot be written says of channels is not known, and named already.
    if vitals.watched and vitals.channels and vitals.written and not _is_confirmed(vitals):
        found.append(Lack("confirmed", words.unconfirmed(vitals.confirmed_at, now)))
    return found


def troubles(vitals: Vitals) -> list[Lack]:
    """Return what people are told of; a source whose lanes have an owner is told by them."""
    found = {lack.part: lack for lack in lacks(vitals)}
    found.pop("sources", None)
    unread = [name for name in _blind(vitals) if name not in vitals.told_of]
    if unread:
        found["sources"] = Lack("sources", words.unread(unread))
    if vitals.lost:
        found["intake"] = Lack("intake", words.lost(vitals.lost))
    if vitals.room is not None and is_low(*vitals.room):
        found["disk"] = Lack("disk", words.nearly_full(vitals.room[0]))
    return [found[part] for part in TOLD if part in found]


def is_low(free: int, total: int) -> bool:
    """Tell whether a disk is nearly full, by its free and all bytes."""
    return free < max(LOW_AT_LEAST, min(LOW_SHARE * total, LOW_AT_MOST))


def down(found: list[Lack]) -> list[Lack]:
    """Return which of these keep the server itself from working; empty: it works."""
    return [lack for lack in found if lack.part in STOPS]


def _blind(vitals: Vitals) -> list[str]:
    return [name for name, since in vitals.blind if vitals.now - since > READ_WITHIN_S]


def _is_confirmed(vitals: Vitals) -> bool:
    at = vitals.confirmed_at
    return at is not None and vitals.now - at <= CONFIRMED_WITHIN_S
