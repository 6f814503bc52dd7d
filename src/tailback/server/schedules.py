"""What schedulers run by themselves, as hooks and probes told it; kept across restarts.

A schedule outlives its scheduler on purpose: a beat that died is known by the runs that do not
come. What nobody has told for a week is forgotten.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from zoneinfo import ZoneInfo

import msgspec

from tailback.core.fields import NAME_CHARS
from tailback.core.model import Lane
from tailback.core.text import clean_name
from tailback.core.timetable import Timetable
from tailback.server.timetables import Times, in_words
from tailback.store.access import MetaStore

META = "schedules"
KEEP_S = 8 * 86_400.0
SAVE_EVERY_S = 3600.0
SOON_S = 3600.0
MAX_ENTRIES = 300
MAX_SCHEDULERS = 20
MAX_TOTAL = 5_000

_log = logging.getLogger(__name__)


class TooManyError(Exception):
    """More was told than is kept; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything that one scheduler of a source runs; `told_at` in Unix seconds."""

    source: str
    scheduler: str
    told_at: float
    entries: tuple[Timetable, ...]


_decode = msgspec.json.Decoder(list[Told])


class ScheduleBook:
    """Written by the intake and probe threads, read by the judge."""

    def __init__(self, meta: MetaStore, zone: str) -> None:
        """Begin with what was told to a server before this one; `zone` is the server's."""
        self._meta = meta
        self._zone = zone
        self._lock = threading.Lock()
        self._saved_at = 0.0
        kept = meta.get(META)
        told = [] if kept is None else _decode.decode(kept)
        self._told = {(one.source, one.scheduler): one for one in told}
        self._by_queue = self._sorted()

    def take(
        self,
        source: str,
        scheduler: str,
        entries: Sequence[Timetable],
        now: float,
        *,
        partial: bool = False,
    ) -> None:
        """Replace what a scheduler told before; raises TooManyError.

        Of `partial` entries those that are left out stay, unless they are due within the hour:
        then they would have been told.
        """
        key = (clean_name(source, NAME_CHARS), clean_name(scheduler, NAME_CHARS))
        held = [in_words(_clean(entry), self._zone) for entry in entries[:MAX_ENTRIES]]
        with self._lock:
            kept = {
                at: one
                for at, one in self._told.items()
                if now - one.told_at <= KEEP_S or at == key
            }
            before = kept.get(key)
            if partial and before is not None:
                held += self._left_out(before.entries, held, now)
            self._refuse(kept, key, len(held))
            # Schedulers tell them in the order of their next time; nothing changes by that.
            told = tuple(sorted(held[:MAX_ENTRIES], key=attrgetter("name", "job")))
            kept[key] = Told(source=key[0], scheduler=key[1], told_at=now, entries=told)
            changed = before is None or before.entries != told or len(kept) < len(self._told)
            self._told = kept
            if changed:
                self._by_queue = self._sorted()
            if changed or now - self._saved_at > SAVE_EVERY_S:
                self._saved_at = now
                self._meta.set(META, msgspec.json.encode(list(kept.values())).decode())

    def _left_out(
        self, before: Sequence[Timetable], held: Sequence[Timetable], now: float
    ) -> list[Timetable]:
        """Return the entries that were told before and need not be told now."""
        names, zone = {one.name for one in held}, ZoneInfo(self._zone)
        absent = [one for one in before if one.name not in names and one.cron is not None]
        return [one for one in absent if Times(one, zone, now).next_after(now) - now > SOON_S]

    def of(self, lane: Lane) -> tuple[Timetable, ...]:
        """Return what runs by itself in a lane."""
        found = self._by_queue.get((lane.source, lane.queue), ())
        return tuple(one for one in found if not lane.jobs or one.job in lane.jobs)

    def all(self) -> list[Told]:
        """Return everything by source and scheduler."""
        return [self._told[key] for key in sorted(self._told)]

    def _sorted(self) -> dict[tuple[str, str], list[Timetable]]:
        found: dict[tuple[str, str], list[Timetable]] = {}
        for one in self.all():
            for entry in one.entries:
                found.setdefault((one.source, entry.queue), []).append(entry)
        return found

    @staticmethod
    def _refuse(kept: dict[tuple[str, str], Told], key: tuple[str, str], entries: int) -> None:
        others = {at: one for at, one in kept.items() if at != key}
        mine = sum(source == key[0] for source, _ in others)
        if mine >= MAX_SCHEDULERS:
            raise TooManyError(
                f"{key[0]}: {MAX_SCHEDULERS} schedulers have told a schedule already; the name of"
                " a scheduler must not hold an id."
            )
        if entries + sum(len(one.entries) for one in others.values()) > MAX_TOTAL:
            raise TooManyError(f"At most {MAX_TOTAL:,} entries of all schedules are kept.")


def _clean(entry: Timetable) -> Timetable:
    return replace(
        entry,
        name=clean_name(entry.name, NAME_CHARS),
        queue=clean_name(entry.queue, NAME_CHARS),
        job=clean_name(entry.job or "", NAME_CHARS),
        found_in=clean_name(entry.found_in or "", NAME_CHARS),
    )


def teller(book: ScheduleBook, source: str) -> Callable[[str, Sequence[Timetable], float], None]:
    """Return what a probe tells its schedules to; too many are logged, not raised."""

    def tell(scheduler: str, entries: Sequence[Timetable], now: float) -> None:
        try:
            book.take(source, scheduler, entries, now)
        except TooManyError as error:
            _log.warning("a schedule is not kept", extra={"source": source, "why": str(error)})

    return tell
