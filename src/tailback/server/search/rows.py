"""Turns jobs of the ledger and of the archive into the same rows and timelines."""

from collections.abc import Mapping, Sequence
from typing import Any

from tailback.core.ledger import Ledger
from tailback.core.ledger.history import CODES, ENQ, LOS, STA, SUC, Entry
from tailback.core.ledger.job import PHASE_WORDS, Job
from tailback.core.model import Lane
from tailback.server.archive.block import STATES, Step
from tailback.server.reasons import ReasonBook
from tailback.server.search.ended import Found
from tailback.server.search.live import last_worker
from tailback.server.search.query import is_in
from tailback.server.search.view import JobDetail, JobError, JobRow, TimelineStep

_KINDS = {code: kind for kind, code in CODES.items()}
_MARK = 0xFFFF


class Rows:
    """Knows the words: lanes, errors, and what people call a reason."""

    def __init__(self, ledger: Ledger, lanes: Sequence[Lane], reasons: ReasonBook) -> None:
        """Say it with these lanes and reasons."""
        self._ledger = ledger
        self._errors = ledger.shared.errors
        self._lanes = lanes
        self._reasons = reasons

    # -- the ledger

    def live(self, job: Job) -> JobRow:
        """Return the row of an unfinished or dead job."""
        return JobRow(**self._live(job))

    def live_detail(self, job: Job, steps: Sequence[Entry]) -> JobDetail:
        """Return an unfinished or dead job with its timeline."""
        timeline = [
            self._step(
                _KINDS[step.code],
                step,
                step.worker,
                self._errors.errors[step.error] if step.error else None,
                self._errors.reasons[step.error],
            )
            for step in steps
            if step.slice_no != _MARK
        ]
        return JobDetail(**self._live(job, trace=True), timeline=timeline)

    def _live(self, job: Job, *, trace: bool = False) -> dict[str, Any]:
        more, errors = job.more, self._errors
        first = more.first_error if more is not None else 0
        last = more.last_error if more is not None else 0
        source, queue, name = job.slice.key if job.slice is not None else ("", "", "")
        state = PHASE_WORDS[job.phase]
        return {
            "id": job.id,
            "state": state,
            **self._place(source, queue, name),
            "tenant": job.tenant,
            "worker": last_worker(self._ledger, job),
            "first_enqueued_at": job.first if job.known else None,
            "first_due_at": job.first_due,
            "ready_at": None if state == "dead" else job.ready_at,
            "started_at": job.started_at,
            "ended_at": job.ready_at if state == "dead" else None,
            "ran_for": None,
            "attempt": job.attempt or None,
            "max_attempts": job.max_attempts,
            "fails": job.fails,
            "losses": more.losses if more is not None else 0,
            **self._why(errors.errors[first] if first else None, errors.reasons[first]),
            "first_error": _error(errors.errors[first], trace=trace) if first else None,
            "latest_error": _error(errors.errors[last], trace=trace) if last else None,
            "last_failed_at": more.last_failed_at if more is not None else None,
            "root": more.root if more is not None else None,
        }

    # -- the archive

    def ended(self, found: Found) -> JobRow:
        """Return the row of an ended job."""
        return JobRow(**self._ended(found))

    def ended_detail(self, found: Found) -> JobDetail:
        """Return an ended job with its timeline."""
        steps = found.body.steps_of(found.row)
        timeline = _course(found) if steps is None else [self._told(found, s) for s in steps]
        return JobDetail(**self._ended(found, trace=True), timeline=timeline)

    def _ended(self, found: Found, *, trace: bool = False) -> dict[str, Any]:
        row, terms, keys, body = found.row, found.terms, found.keys, found.body
        first, last = keys.first_error[row], keys.last_error[row]
        steps = body.steps_of(row) or []
        failed = [s.at for s in steps if s.error]
        most = [s.max_attempts for s in steps if s.max_attempts]
        return {
            "id": body.ids[row],
            "state": STATES[keys.state[row]],
            **self._place(*terms.slices[keys.slice[row]]),
            "tenant": terms.tenants[keys.tenant[row]],
            "worker": terms.workers[keys.worker[row]],
            "first_enqueued_at": body.time("first_at", row),
            "first_due_at": body.time("due_at", row),
            "ready_at": None,
            "started_at": body.time("started_at", row),
            "ended_at": body.time("ended_at", row),
            "ran_for": body.time("ran", row),
            "attempt": body.count("attempt", row) or None,
            "max_attempts": most[-1] if most else None,
            "fails": body.count("fails", row),
            "losses": body.count("losses", row),
            **self._why(_error_of(found, first), terms.reasons[first]),
            "first_error": _kept_error(found, first, trace=trace),
            "latest_error": _kept_error(found, last, trace=trace),
            "last_failed_at": max(failed, default=None),
            "root": None,
        }

    def _told(self, found: Found, step: Step) -> TimelineStep:
        return self._step(
            _KINDS[step.code],
            step,
            found.terms.workers[step.worker],
            _error_of(found, step.error),
            found.terms.reasons[step.error],
        )

    # -- both

    def _step(
        self,
        kind: str,
        step: Entry | Step,
        worker: str | None,
        error: Mapping[str, Any] | None,
        reason: str | None,
    ) -> TimelineStep:
        why = self._why(error, reason)
        return TimelineStep(
            at=step.at,
            kind=kind,
            attempt=step.attempt or None,
            due_at=step.due,
            ran_for=step.ran,
            worker=worker if step.code in (STA, LOS) else None,
            reason=why["reason"],
            sentence=why["sentence"],
            error=None if error is None else _error(error, trace=True),
        )

    def lane_of(self, job: Job) -> Lane | None:
        """Return the lane of a job; one of its job type before one of the whole queue."""
        if job.slice is None:
            return None
        mine = [lane for lane in self._lanes if is_in(lane, *job.slice.key)]
        return min(mine, key=lambda lane: not lane.jobs) if mine else None

    def bucket_of(self, job: Job) -> str | None:
        """Return the bucket of the first error of a job."""
        return self._of_first(job)["bucket"]

    def reason_of(self, job: Job) -> tuple[str | None, str | None]:
        """Return the key and the sentence of the reason for which a job failed first."""
        said = self._of_first(job)
        return said["reason"], said["sentence"]

    def _of_first(self, job: Job) -> dict[str, str | None]:
        first = job.more.first_error if job.more is not None else 0
        return self._why(
            self._errors.errors[first] if first else None, self._errors.reasons[first]
        )

    def _place(self, source: str, queue: str, job: str) -> dict[str, str | None]:
        mine = [lane for lane in self._lanes if is_in(lane, source, queue, job)]
        mine.sort(key=lambda lane: not lane.jobs)  # a lane of this job type says more
        return {
            "lane": mine[0].key if mine else None, "source": source, "queue": queue, "job": job,
        }  # fmt: skip

    def _why(self, error: Mapping[str, Any] | None, reason: str | None) -> dict[str, str | None]:
        if error is None or not reason:
            return {"reason": None, "bucket": None, "sentence": None}
        said = self._reasons.explain(error, reason, self._errors.example(reason))
        return {"reason": said.key, "bucket": said.bucket, "sentence": said.sentence}


def _course(found: Found) -> list[TimelineStep]:
    """Return the three steps of a job that just ran."""
    row, body = found.row, found.body
    attempt = body.count("attempt", row) or None
    due, ended = body.moment("due_at", row), body.moment("ended_at", row)
    return [
        TimelineStep(at=due, kind=_KINDS[ENQ]),
        TimelineStep(
            at=body.time("started_at", row) or due,
            kind=_KINDS[STA],
            attempt=attempt,
            worker=found.terms.workers[found.keys.worker[row]],
        ),
        TimelineStep(at=ended, kind=_KINDS[SUC], attempt=attempt, ran_for=body.time("ran", row)),
    ]


def _error_of(found: Found, number: int) -> dict[str, Any] | None:
    if not number:
        return None
    type_, message, status = found.terms.errors[number]
    trace = found.body.traces.get(number)
    return {"type": type_, "message": message, "status": status, "trace": trace}


def _kept_error(found: Found, number: int, *, trace: bool) -> JobError | None:
    error = _error_of(found, number)
    return None if error is None else _error(error, trace=trace)


def _error(error: Mapping[str, Any], *, trace: bool) -> JobError:
    status = error.get("status")
    return JobError(
        type=str(error.get("type") or ""),
        message=str(error.get("message") or ""),
        status=status if isinstance(status, int) else None,
        trace=error.get("trace") if trace else None,
    )
