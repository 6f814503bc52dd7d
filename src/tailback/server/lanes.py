"""Which lanes there are: the configured ones, and one for every queue that nobody configured."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tailback.core.model import Lane
from tailback.core.timetable import Timetable
from tailback.server.config.checks import discovered_key

MAX_DISCOVERED = 1_000
MAX_DISCOVERED_PER_SOURCE = 500


class LaneBook:
    """Keeps the keys of discovered lanes stable as long as the server runs."""

    def __init__(
        self,
        configured: Sequence[Lane],
        sources: Sequence[str] = (),
        timetables_of: Callable[[Lane], tuple[Timetable, ...]] = lambda _lane: (),
    ) -> None:
        """Start with the configured lanes; `sources` are the names given at the start.

        `timetables_of` tells what was found to run by itself in a lane.
        """
        self._timetables_of = timetables_of
        self._configured = list(configured)
        self._sources = list(sources)
        self._found: dict[tuple[str, str], Lane] = {}
        self._current: list[Lane] = []
        self.unwatched = 0

    def configure(self, lanes: Sequence[Lane]) -> None:
        """Go on with other configured lanes; their keys are theirs, whatever was discovered."""
        keys = {lane.key for lane in lanes}
        self._found = {at: lane for at, lane in self._found.items() if lane.key not in keys}
        self._configured = list(lanes)

    def lanes(self, slices: Iterable[tuple[str, str, str | None]]) -> list[Lane]:
        """Return every lane, given what was seen as (source, queue, job type or None).

        Queues beyond what is watched are counted in `unwatched`.
        """
        seen: dict[tuple[str, str], set[str]] = {}
        for source, queue, job in slices:
            jobs = seen.setdefault((source, queue), set())
            if job is not None:
                jobs.add(job)
        lanes = [self._placed(lane, seen) for lane in self._configured]
        whole = {(lane.source, lane.queue) for lane in lanes if not lane.jobs}
        named: dict[tuple[str, str], set[str]] = {}
        for lane in lanes:
            named.setdefault((lane.source, lane.queue), set()).update(lane.jobs)
        self._current = lanes
        self.unwatched = 0
        for key in sorted(seen.keys() - whole):
            rest = seen[key] - named[key] if key in named else set()
            if key in named and not rest:
                continue
            found = self._discovered(key, lanes)
            if found is None:
                self.unwatched += 1
            else:
                lanes.append(replace(found, jobs=tuple(sorted(rest))))
        for place, lane in enumerate(lanes):
            if timetables := self._timetables_of(lane):
                lanes[place] = replace(lane, timetables=timetables)
        return lanes

    def current(self) -> list[Lane]:
        """Return the lanes as of the latest look."""
        return self._current

    def queues_of(self, source: str) -> list[str]:
        """Return the queues that configured lanes expect of a source."""
        return [lane.queue for lane in self._configured if lane.source in (source, "")]

    def _placed(self, lane: Lane, seen: dict[tuple[str, str], set[str]]) -> Lane:
        """Give a lane that names no source the one where its queue is, or the only one."""
        if lane.source:
            return lane
        holding = sorted(source for source, queue in seen if queue == lane.queue)
        candidates = holding or self._sources
        return replace(lane, source=candidates[0] if candidates else "app")

    def _discovered(self, key: tuple[str, str], lanes: Sequence[Lane]) -> Lane | None:
        lane = self._found.get(key)
        if lane is None:
            source, queue = key
            of_source = sum(1 for name, _queue in self._found if name == source)
            if len(self._found) >= MAX_DISCOVERED or of_source >= MAX_DISCOVERED_PER_SOURCE:
                return None
            taken = {item.key for item in lanes} | {item.key for item in self._found.values()}
            lane = Lane(
                key=discovered_key(source, queue, taken),
                name=queue,
                source=source,
                queue=queue,
                discovered=True,
            )
            self._found[key] = lane
        return lane
