"""How large the payloads of a few jobs are, asked of their brokers while somebody looks.

A broker that is slow or away costs the one who looks a second, and the size is not known then.
"""

import asyncio
import contextlib
import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tailback import systems
from tailback.core.actions import Target
from tailback.core.system import PayloadProbe, Probe
from tailback.server.config import Source
from tailback.server.loops.probe import describe
from tailback.server.search.view import JobRow

BUDGET_S = 1.0
AT_ONCE = 4
"""Looks at brokers at one time; whoever comes while they hang is told nothing."""

Sizes = Mapping[tuple[str, str], int]
"""Bytes by source and id; what is not known is left out."""

_log = logging.getLogger(__name__)


class PayloadSizes:
    """Asks the probed sources whose system can tell; made once by the composition root."""

    def __init__(self, sources: Iterable[Source]) -> None:
        """Ask these sources; each is opened when it is first asked."""
        self._asked = {one.name: _Asked(one) for one in sources if one.system and one.url}
        self._threads = ThreadPoolExecutor(AT_ONCE, "tailback-sizes")
        self._busy = 0

    async def of(self, jobs: Iterable[JobRow], *, stored_only: bool = False) -> Sizes:
        """Return what is known within a second.

        `stored_only` asks for dead jobs only where a broker keeps them.
        """
        by_source: dict[str, list[Target]] = defaultdict(list)
        for job in jobs:
            by_source[job.source].append(Target(job.id, job.queue))
        asked = [
            (source, self._ask(self._asked[source], mine))
            for source, mine in by_source.items()
            if self._may_tell(source, stored_only=stored_only)
        ]
        answers = await asyncio.gather(*(answer for _, answer in asked))
        return {
            (source, job): size
            for (source, _), found in zip(asked, answers, strict=True)
            for job, size in found.items()
        }

    def _may_tell(self, source: str, *, stored_only: bool) -> bool:
        asked = self._asked.get(source)
        return asked is not None and asked.can_tell and (asked.keeps_dead or not stored_only)

    async def _ask(self, source: "_Asked", jobs: Sequence[Target]) -> Mapping[str, int]:
        if self._busy >= AT_ONCE:
            return {}
        self._busy += 1
        loop = asyncio.get_running_loop()
        answer = loop.run_in_executor(self._threads, source.look, jobs)
        answer.add_done_callback(lambda _: self._done())
        try:
            # Shielded: whoever stops waiting does not stop the look, which ends by itself.
            return await asyncio.wait_for(asyncio.shield(answer), BUDGET_S)
        except TimeoutError:
            return {}

    def _done(self) -> None:
        self._busy -= 1

    def close(self) -> None:
        """Give up the connections; a look that hangs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for source in self._asked.values():
            source.close()


class _Asked:
    """One source with the connection to ask it, which one thread uses at a time."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._probe: Probe | None = None
        self._lock = threading.Lock()
        self.can_tell = True
        self.keeps_dead = systems.load(source.system or "").capabilities.probe_dead

    def look(self, jobs: Sequence[Target]) -> Mapping[str, int]:
        """Return the sizes that the broker tells; none when it cannot be asked."""
        with self._lock:
            try:
                probe = self._opened()
                if isinstance(probe, PayloadProbe):
                    return probe.payload_bytes(jobs)
                self.can_tell = False
                self._drop()
            except Exception as error:  # noqa: BLE001 - whatever a client library raises
                why = describe(error, self._source)
                _log.info("sizes are not known", extra={"source": self._source.name, "why": why})
                self._drop()
            return {}

    def close(self) -> None:
        """Give up the connection, unless a look still uses it."""
        if self._lock.acquire(blocking=False):
            self._drop()
            self._lock.release()

    def _opened(self) -> Probe:
        if self._probe is None:
            module = systems.load_probe(self._source.system or "")
            self._probe = module.open_probe(
                self._source.name, self._source.url or "", self._source.options
            )
        return self._probe

    def _drop(self) -> None:
        probe, self._probe = self._probe, None
        if probe is not None:
            with contextlib.suppress(Exception):  # it is being given up anyway
                probe.close()
