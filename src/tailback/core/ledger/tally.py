"""Counting what the steps of a life say, forwards or backwards."""

from tailback.core.ledger.failing import MAX_REASONS, OTHER_REASON, Errors, ReasonStat
from tailback.core.ledger.slices import RECENT_MINUTES, Slice
from tailback.core.rollups import MINUTE_S


def milliseconds(seconds: float) -> int:
    """Return a duration in whole milliseconds: unlike floats they add up in any order."""
    return int(seconds * 1000 + 0.5)


class Counter:
    """Writes counts into the slices' minutes; with `weight` -1 it takes them back."""

    __slots__ = ("errors", "slices", "weight")

    def __init__(self, slices: list[Slice], errors: Errors) -> None:
        self.slices = slices
        self.errors = errors
        self.weight = 1

    def arrived(self, slice_no: int, at: float) -> None:
        """Count a new life."""
        part = self.slices[slice_no]
        part.sees_enqueues = True
        part.minute_of(at).arrivals += self.weight

    def started(self, slice_no: int, at: float, waited: float | None) -> None:
        """Count the start of an attempt that had been ready for `waited` seconds."""
        minute = self.slices[slice_no].minute_of(at)
        minute.started += self.weight
        if waited is not None:
            minute.ready_wait.add(waited, self.weight)

    def failed(self, slice_no: int, at: float, ran: float | None, error: int) -> None:
        """Count a failed attempt."""
        part = self.slices[slice_no]
        minute = part.minute_of(at)
        minute.failed += self.weight
        if ran is not None:
            ran_ms = milliseconds(ran) * self.weight
            minute.run_ms += ran_ms
            minute.failed_run_ms += ran_ms
        self._count_reason(part, at, error)

    def retried(self, slice_no: int, at: float) -> None:
        """Count a failure that announced another attempt."""
        self.slices[slice_no].minute_of(at).retried += self.weight

    def lost(self, slice_no: int, at: float, error: int) -> None:
        """Count an attempt whose worker died."""
        part = self.slices[slice_no]
        part.minute_of(at).lost += self.weight
        if error:
            self._count_reason(part, at, error)

    def completed(self, slice_no: int, at: float, ran: float | None, age: float) -> None:
        """Count a success and how old the job was."""
        minute = self.slices[slice_no].minute_of(at)
        minute.completed += self.weight
        minute.age.add(age, self.weight)
        if ran is not None:
            minute.run.add(ran, self.weight)
            minute.run_ms += milliseconds(ran) * self.weight

    def recovered(self, slice_no: int, at: float, error: int) -> None:
        """Count a success of a job that had failed with `error` first."""
        stat = self.slices[slice_no].reasons.get(self.errors.reasons[error])
        if stat is not None:
            stat.recover(int(at) // MINUTE_S * MINUTE_S, self.weight)

    def dead(self, slice_no: int, at: float) -> None:
        """Count a job given up."""
        self.slices[slice_no].minute_of(at).dead += self.weight

    def discarded(self, slice_no: int, at: float) -> None:
        """Count a job that will never run."""
        self.slices[slice_no].minute_of(at).discarded += self.weight

    def _count_reason(self, part: Slice, at: float, error: int) -> None:
        reason = self.errors.reasons[error]
        stat = part.reasons.get(reason)
        if stat is None:
            if len(part.reasons) >= MAX_REASONS:
                reason = OTHER_REASON
            stat = part.reasons.setdefault(reason, ReasonStat())
        minute = int(at) // MINUTE_S * MINUTE_S
        key = (minute, reason)
        part.pending_reasons[key] = part.pending_reasons.get(key, 0) + self.weight
        stat.count(minute, self.weight, RECENT_MINUTES)
        if at > stat.last_at:
            stat.last_at, stat.last_error = at, error
        if at < stat.first_error_at:
            stat.first_error_at, stat.first_error = at, error


class Silent:
    """Counts nothing: for replaying what is already counted."""

    def arrived(self, slice_no: int, at: float) -> None:
        """Count nothing."""

    def started(self, slice_no: int, at: float, waited: float | None) -> None:
        """Count nothing."""

    def failed(self, slice_no: int, at: float, ran: float | None, error: int) -> None:
        """Count nothing."""

    def retried(self, slice_no: int, at: float) -> None:
        """Count nothing."""

    def lost(self, slice_no: int, at: float, error: int) -> None:
        """Count nothing."""

    def completed(self, slice_no: int, at: float, ran: float | None, age: float) -> None:
        """Count nothing."""

    def recovered(self, slice_no: int, at: float, error: int) -> None:
        """Count nothing."""

    def dead(self, slice_no: int, at: float) -> None:
        """Count nothing."""

    def discarded(self, slice_no: int, at: float) -> None:
        """Count nothing."""
