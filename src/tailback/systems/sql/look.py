"""What one look at one queue brought together, and what follows from it: ages, counts, notes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tailback.core import wording_sql as wording
from tailback.core.redact import redact
from tailback.systems.sql.first_due import FirstDue
from tailback.systems.sql.reader import Row
from tailback.systems.sql.statements import COUNT_UP_TO

FUTURE_TOLERANCE_S = 60.0
TOP_ERRORS = 3


@dataclass(frozen=True, slots=True)
class Group:
    """The unfinished jobs of one type; times are the oldest of each kind."""

    job: str | None
    jobs: int
    running: int
    retrying: int
    scheduled: int
    overdue: int
    fresh_due: float | None
    attempted_created: float | None
    started: float | None
    waiting_since: float | None
    retry_ready_since: float | None
    newest_created: float | None
    undated: int

    @classmethod
    def of(cls, row: Row) -> "Group":
        return cls(*row)


@dataclass(frozen=True, slots=True)
class Job:
    """One of the oldest unfinished jobs."""

    id: str
    job: str | None
    created: float | None
    due: float | None
    running: bool
    attempted: bool
    error: str | None
    tenant: str | None

    @classmethod
    def of(cls, row: Row) -> "Job":
        return cls(*row)


@dataclass(slots=True)
class Look:
    """What one look at one queue brought together."""

    now: float
    notes: list[str]
    total: int = COUNT_UP_TO + 1
    complete: bool = True
    groups: list[Group] = field(default_factory=list)
    oldest: list[Job] = field(default_factory=list)
    further: list[Job] = field(default_factory=list)
    by_job: dict[str, float] = field(default_factory=dict)
    _any: float | None = None

    def sum(self, name: str) -> int:
        return sum(int(getattr(group, name)) for group in self.groups)

    def first(self, name: str) -> float | None:
        return min(_known(getattr(group, name) for group in self.groups), default=None)

    def waiting(self) -> int:
        taken = self.sum("running") + self.sum("retrying") + self.sum("scheduled")
        return max(0, self.total - taken)

    def date(self, memory: FirstDue) -> None:
        """Work out when the oldest job was first due, per type and over all."""
        attempted: dict[str | None, float] = {}
        for job in (*self.oldest, *self.further):
            if job.attempted and job.created is not None:
                due = memory.of(job.id, job.created)
                attempted[job.job] = min(due, attempted.get(job.job, due))
        fresh = [
            (job.job, max(job.created, job.due))
            for job in self.further
            if not job.attempted and job.created is not None and job.due is not None
        ]
        found = [*fresh, *attempted.items()]
        for group in self.groups:
            found.append((group.job, group.fresh_due))  # type: ignore[arg-type]
            if group.job not in attempted:
                found.append((group.job, group.attempted_created))  # type: ignore[arg-type]
        self._keep(found)

    def _keep(self, found: Iterable[tuple[str | None, float | None]]) -> None:
        for job, due in found:
            if due is None:
                continue
            capped = min(due, self.now)
            self._any = capped if self._any is None else min(self._any, capped)
            if job is not None:
                self.by_job[job] = min(capped, self.by_job.get(job, capped))

    def oldest_due_at(self) -> float | None:
        return self._any

    def proven(self) -> bool:
        """Tell whether no job outside the sample can be older."""
        reached = max(_known(group.newest_created for group in self.groups), default=None)
        return self.complete or (
            self._any is not None and reached is not None and self._any <= reached
        )

    def ready_wait(self) -> float | None:
        since = min(
            _known((self.first("waiting_since"), self.first("retry_ready_since"))), default=None
        )
        return None if since is None else max(0.0, self.now - since)

    def all_notes(self) -> list[str]:
        notes = self.notes
        if not self.complete:
            notes.append(wording.more_than(COUNT_UP_TO, "unfinished jobs"))
        if undated := self.sum("undated"):
            notes.append(wording.without_created(undated))
        created = min(_known(job.created for job in self.oldest), default=self.now)
        if created > self.now + FUTURE_TOLERANCE_S:
            notes.append(wording.in_the_future(created - self.now))
        late = [job for job in self.oldest if job.attempted or (job.due or 0.0) <= self.now]
        if accounts := {job.tenant for job in late if job.tenant}:
            more = self.total > len(self.oldest)
            notes.append(wording.late_accounts(len(accounts), at_least=more))
        errors = Counter(redact(job.error) for job in late if job.error)
        if errors:
            notes.append(wording.last_errors(errors.most_common(TOP_ERRORS)))
        return notes


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
