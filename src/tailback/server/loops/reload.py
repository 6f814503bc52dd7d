"""Takes over a configuration file that was changed while the server runs."""

import logging
from collections.abc import Callable
from pathlib import Path

from tailback.server.config import Config, ConfigError
from tailback.server.config.reload import takeover

EVERY_S = 2.0

_log = logging.getLogger(__name__)


class ReloadLoop:
    """Looks at the file every two seconds; a file with a mistake changes nothing."""

    def __init__(
        self,
        path: Path,
        running: Config,
        read: Callable[[], Config],
        take: Callable[[Config], None],
    ) -> None:
        """Watch `path`, of which `running` was read; `read` reads it, `take` goes by it."""
        self._path = path
        self._running = running
        self._read = read
        self._take = take
        self._seen = self._stamp()

    def once(self, now: float) -> bool:
        """Take over what has changed; return whether the file had."""
        del now
        stamp = self._stamp()
        if stamp is None or stamp == self._seen:
            return False
        self._seen = stamp
        try:
            changed = self._read()
        except ConfigError as error:
            for problem in error.problems:
                _log.warning("configuration not taken over", extra={"finding": str(problem)})
            return True
        plan = takeover(self._running, changed)
        if plan.config is not None:
            self._running = plan.config
            self._take(plan.config)
            _log.info("configuration taken over", extra={"tables": ", ".join(plan.tables)})
        for finding in changed.findings:
            _log.warning("configuration", extra={"finding": str(finding)})
        if plan.restart_for:
            _log.warning("restart to take over", extra={"tables": ", ".join(plan.restart_for)})
        return True

    def _stamp(self) -> tuple[int, int, int] | None:
        """Return what tells one state of the file from another; None while it is not there."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def pause_s(self) -> float:
        """Return how long to wait until the next look."""
        return EVERY_S

    def close(self) -> None:
        """Hold nothing."""
