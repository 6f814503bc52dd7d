"""Looks at one source every few seconds; a source that cannot be read is blind, never stale."""

import logging
from collections.abc import Callable, Sequence

from tailback import systems
from tailback.core.system import ActionError, Probe, ProbeError, TellsSchedules
from tailback.core.timetable import Timetable
from tailback.server.config import Source, scrub_url
from tailback.server.readings import MAX_QUEUES_PER_SOURCE, Readings

INTERVAL_S = 5.0
DISCOVER_EVERY_S = 60.0
MAX_BACKOFF_S = 30.0
PATIENCE = 2

_log = logging.getLogger(__name__)


class ProbeLoop:
    """Reads one source; used from one thread."""

    def __init__(
        self,
        source: Source,
        readings: Readings,
        configured: Callable[[str], Sequence[str]],
        tell: Callable[[str, Sequence[Timetable], float], None] = lambda *_: None,
    ) -> None:
        """Prepare the loop; `configured` names the queues that lanes expect of a source.

        `tell` takes what a scheduler of the source runs by itself.
        """
        self._tell = tell
        self.source = source
        self._readings = readings
        self._configured = configured
        self._probe: Probe | None = None
        self._queues: list[str] = []
        self._discovered_at: float | None = None
        self._failures = 0

    def once(self, now: float) -> bool:
        """Look once; return whether the source could be read."""
        try:
            probe = self._opened()
            self._discover(probe, now)
            found = probe.read(self._queues, now) if self._queues else []
        except Exception as error:  # noqa: BLE001 - whatever a client library raises, we are blind
            self._failed(error, now)
            return False
        self._failures = 0
        self._readings.looked(self.source.name, found, now)
        return True

    def pause_s(self) -> float:
        """Return how long to wait until the next look; longer after several failures in a row."""
        slower = max(0, self._failures - PATIENCE)
        return min(MAX_BACKOFF_S, INTERVAL_S * 2.0 ** min(slower, 8))

    def close(self) -> None:
        """Give up the connection."""
        probe, self._probe = self._probe, None
        if probe is not None:
            try:
                probe.close()
            except Exception as error:  # noqa: BLE001 - it is being given up anyway
                _log.debug("closing the probe failed", extra={"error": type(error).__name__})

    def _opened(self) -> Probe:
        if self._probe is None:
            system, url = self.source.system, self.source.url
            if system is None or url is None:
                raise ProbeError("the source has no system or no url")
            module = systems.load_probe(system)
            self._probe = module.open_probe(self.source.name, url, self.source.options)
        return self._probe

    def _discover(self, probe: Probe, now: float) -> None:
        known_at = self._discovered_at
        if known_at is not None and now - known_at < DISCOVER_EVERY_S:
            return
        wanted = dict.fromkeys(self._configured(self.source.name))
        wanted.update(dict.fromkeys(probe.discover()))
        queues = list(wanted)[:MAX_QUEUES_PER_SOURCE]
        self._readings.forget(self.source.name, set(self._queues) - set(queues))
        self._queues = queues
        if isinstance(probe, TellsSchedules):
            for scheduler, entries in probe.schedules(now).items():
                self._tell(scheduler, entries, now)
        self._discovered_at = now

    def _failed(self, error: Exception, now: float) -> None:
        self._failures += 1
        why = describe(error, self.source)
        if self._failures == 1:
            _log.warning("source cannot be read", extra={"source": self.source.name, "why": why})
        self._readings.blinded(self.source.name, why, now)
        self._discovered_at = None
        self.close()


def describe(error: Exception, source: Source) -> str:
    """Return what went wrong in one line without any secret of the source's address."""
    if isinstance(error, ModuleNotFoundError):
        return f"the client library {error.name} is not installed"
    text = " ".join(str(error).split())[:300] or type(error).__name__
    if not isinstance(error, ProbeError | ActionError):
        text = f"{type(error).__name__}: {text}"
    for url in (source.url, source.write_url):
        if url:
            text = text.replace(url, scrub_url(url))
            password = _password(url)
            if password:
                text = text.replace(password, "[hidden]")
    return text


def _password(url: str) -> str:
    login = url.partition("://")[2].rpartition("@")[0]
    return login.partition(":")[2]
