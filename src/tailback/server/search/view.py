"""What is said of one job, whether it is in the ledger or in the archive."""

import msgspec


class JobError(msgspec.Struct, frozen=True, kw_only=True):
    """One error as the job raised it; `trace` only where one job is asked for."""

    type: str
    message: str
    status: int | None = None
    trace: str | None = None


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """One life of a job; times are Unix seconds, unknown is null.

    `max_attempts` is what the job itself says. `reason`, `bucket` and `sentence` say why it failed
    first, also when it succeeded later.
    """

    id: str
    lane: str | None
    source: str
    queue: str
    job: str
    state: str
    tenant: str | None
    worker: str | None
    first_enqueued_at: float | None
    first_due_at: float
    ready_at: float | None
    started_at: float | None
    ended_at: float | None
    ran_for: float | None
    attempt: int | None
    max_attempts: int | None
    fails: int
    losses: int
    reason: str | None
    bucket: str | None
    sentence: str | None
    first_error: JobError | None
    latest_error: JobError | None
    last_failed_at: float | None
    root: str | None


class TimelineStep(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a job: what happened when, in which attempt, and how it failed."""

    at: float
    kind: str
    attempt: int | None = None
    due_at: float | None = None
    ran_for: float | None = None
    worker: str | None = None
    reason: str | None = None
    sentence: str | None = None
    error: JobError | None = None


class JobDetail(JobRow, frozen=True, kw_only=True):
    """One job with everything that is known to have happened to it, the earliest first.

    `payload_bytes` is what its broker keeps for it now.
    """

    timeline: list[TimelineStep]
    payload_bytes: int | None = None


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a search; `next` is null on the last one.

    `complete` is false when the time for one answer was used up before the page was full: the
    search goes on at `next`.
    """

    jobs: list[JobRow]
    next: str | None
    complete: bool


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """How jobs that had failed ended: `succeeded_after` pairs attempts with jobs.

    They are the newest `counted` jobs that succeeded after all, back to the one that ended at
    `since` (Unix seconds, null when there is none): all that are kept when `complete`. `never` are
    the dead ones.
    """

    succeeded_after: list[tuple[int, int]]
    never: int
    counted: int
    since: float | None
    complete: bool


def without_traces(job: JobDetail) -> JobDetail:
    """Return the job as those see it who may not see details: errors without their traces."""
    return msgspec.structs.replace(
        job,
        first_error=_without_trace(job.first_error),
        latest_error=_without_trace(job.latest_error),
        timeline=[
            msgspec.structs.replace(step, error=_without_trace(step.error))
            for step in job.timeline
        ],
    )


def _without_trace(error: JobError | None) -> JobError | None:
    return None if error is None else msgspec.structs.replace(error, trace=None)
