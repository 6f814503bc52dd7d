"""When to talk to the server, and what its answer means for a batch; decisions only."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    Fate = Literal["accepted", "keep", "split", "refused"]

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
# A refused token is not mended within seconds.
REFUSED_WAIT_S = 30.0
LONGEST_RETRY_AFTER_S = 600.0

_ACCEPTED = range(200, 300)
_TOO_LARGE = 413
_TOKEN = (401, 403)
_WAIT = (404, 408, 425, 429)
_CLIENT = range(400, 500)


def fate_of(status: int | None) -> "Fate":
    """Return what becomes of a batch that was answered with `status` (None: no answer).

    404 keeps it: a proxy in front of a server that restarts answers so.
    """
    if status is None:
        return "keep"
    if status in _ACCEPTED:
        return "accepted"
    if status == _TOO_LARGE:
        return "split"
    if status in _CLIENT and status not in _TOKEN and status not in _WAIT:
        return "refused"
    return "keep"


class Line:
    """A circuit breaker: after a failure nothing is sent until `open_at` (monotonic seconds)."""

    __slots__ = ("failures", "open_at")

    def __init__(self) -> None:
        self.failures = 0
        self.open_at = 0.0

    def is_open(self, now: float) -> bool:
        """Return whether a batch may be sent now."""
        return now >= self.open_at

    def worked(self) -> bool:
        """Note an accepted batch; returns whether that ends an outage."""
        ended = self.failures > 0
        self.failures = 0
        self.open_at = 0.0
        return ended

    def failed(
        self,
        now: float,
        chance: float,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        """Note a failure; `chance` in [0, 1) spreads the processes of a fleet."""
        wait_s = min(FIRST_WAIT_S * 2.0 ** min(self.failures, 16), LONGEST_WAIT_S)
        if status in _TOKEN:
            wait_s = REFUSED_WAIT_S
        wait_s *= 0.5 + chance / 2
        if retry_after_s is not None:
            wait_s = min(retry_after_s, LONGEST_RETRY_AFTER_S) * (1 + chance / 10)
        self.failures += 1
        self.open_at = now + wait_s
