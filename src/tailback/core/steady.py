"""Whether the wall clock, by which every age is measured, goes as evenly as it should."""

JUMP_S = 5.0
# A clock that is set right a little at a time gains or loses less than this.
SLEW = 0.001
KEPT_S = 900.0


class ClockWatch:
    """Holds the wall clock against one that never jumps; looked at every few seconds."""

    def __init__(self) -> None:
        """Have seen nothing yet."""
        self._before: tuple[float, float] | None = None
        self._jump: tuple[float, float] | None = None

    def look(self, now: float, steady: float) -> float | None:
        """Return how far the clock jumped in the last 15 minutes, seconds, negative: back.

        `steady` is the clock that never jumps, in seconds since any moment. None: it did not.
        A machine that slept shows as a jump forward.
        """
        if self._before is not None:
            before, steady_before = self._before
            passed = steady - steady_before
            by_s = now - before - passed
            if abs(by_s) > JUMP_S + SLEW * passed:
                self._jump = (steady, by_s)
        self._before = (now, steady)
        if self._jump is not None and steady - self._jump[0] <= KEPT_S:
            return self._jump[1]
        return None
