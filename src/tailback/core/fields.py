"""The wire format as data: every field of every message, its type and its limits.

Version 1. Intake builds its structs from these tables and the published JSON schema is generated
from them, so that one place decides what may be said. Times are Unix seconds (UTC), durations
seconds, text limits are characters.
"""

from dataclasses import dataclass
from typing import Literal

VERSION = 1
EVENT_KINDS = (
    "enqueued",
    "started",
    "succeeded",
    "retrying",
    "dead",
    "failed",
    "discarded",
    "lost",
)
FAILURE_KINDS = frozenset({"retrying", "dead", "failed", "lost"})
OLDEST_SOURCES = ("exact", "sample", "stamp", "broker", "first_seen")

YEAR_2000 = 946_684_800.0
YEAR_2100 = 4_102_444_800.0
TEN_YEARS_S = 315_576_000.0
MAX_COUNT = 2**53 - 1
MAX_ATTEMPT = 1_000_000
MAX_EVENTS = 10_000
MAX_WORKERS = 1_000
MAX_QUEUES_OF_WORKER = 1_000
MAX_RUNNING = 10_000
MAX_CHAIN = 10
MAX_FACTS = 20
NAME_CHARS = 200
MESSAGE_CHARS = 2_048
TRACE_CHARS = 32_768

FieldType = Literal[
    "choice", "name", "text", "trace", "time", "number", "integer", "flag", "drill", "names",
    "texts", "error", "chain", "facts", "events", "workers", "readings", "times_by_name",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `low` and `high` bound numbers, `limit` bounds characters or items.

    A `name` identifies something and stays unique when it is cut; a `text` is simply cut; a
    `trace` keeps its head and its tail.
    """

    name: str
    type: FieldType
    says: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    limit: int | None = None
    choices: tuple[str, ...] = ()


def _name(name: str, says: str, *, required: bool = False) -> Field:
    return Field(name, "name", says, required, limit=NAME_CHARS)


def _time(name: str, says: str, *, required: bool = False) -> Field:
    return Field(name, "time", says, required, low=YEAR_2000, high=YEAR_2100)


def _seconds(name: str, says: str) -> Field:
    return Field(name, "number", says, low=0.0, high=TEN_YEARS_S)


def _count(name: str, says: str, high: int = MAX_COUNT) -> Field:
    return Field(name, "integer", says, low=0, high=high)


EVENT = (
    Field("kind", "choice", "What happened.", required=True, choices=EVENT_KINDS),
    _time("at", "When it happened, Unix seconds.", required=True),
    _name("id", "The job's id, stable across retries.", required=True),
    _name("queue", "The queue the job waits in.", required=True),
    _name("job", "The job type; the queue's name when left out."),
    _time("first_enqueued_at", "When the job was first enqueued, where a stamp tells."),
    _time("due_at", "When this attempt (for `retrying`: the next one) may run."),
    _count("attempt", "Which run of the job this is, from 1.", MAX_ATTEMPT),
    _count("max_attempts", "How many runs the job gets at most.", MAX_ATTEMPT),
    _name("tenant", "The customer account the job works for."),
    _name("worker", "The id of the worker, as in `workers`."),
    _seconds("ran_for", "How long the attempt ran, seconds."),
    Field(
        "priority", "integer", "Priority as the system numbers it.", low=-MAX_COUNT, high=MAX_COUNT
    ),
    _name("release", "The release of the application code."),
    _name("root", "The id of the first job of the chain this one belongs to."),
    _name("parent", "The id of the job that enqueued this one."),
    Field("drill", "drill", "Set for a drill: its id, or true.", limit=NAME_CHARS),
    Field("error", "error", "What went wrong in this attempt."),
    Field("why", "text", "Why the job was discarded.", limit=MESSAGE_CHARS),
)
ERROR = (
    Field("type", "text", "The full name of the exception type.", limit=NAME_CHARS),
    Field("message", "text", "Its message.", limit=MESSAGE_CHARS),
    Field("trace", "trace", "The traceback as text.", limit=TRACE_CHARS),
    Field("status", "integer", "The HTTP status of the answer.", low=0, high=999),
    Field("chain", "chain", "The exceptions behind it, nearest first.", limit=MAX_CHAIN),
    Field("facts", "facts", "Structured facts: sqlstate, errno, code, smtp …", limit=MAX_FACTS),
)
CHAIN_LINK = (ERROR[0], ERROR[1], ERROR[3], ERROR[5])
WORKER = (
    _name("id", "The worker's id.", required=True),
    Field("queues", "names", "The queues it takes jobs from.", limit=MAX_QUEUES_OF_WORKER),
    _count("slots", "How many jobs it can run at once.", 1_000_000),
    Field("every_s", "number", "Seconds between two beats.", low=0.001, high=86_400.0),
    Field("running", "names", "The ids it runs now, where it can tell.", limit=MAX_RUNNING),
)
ENVELOPE = (
    Field("v", "integer", "The version of this format.", low=VERSION, high=VERSION),
    _name("source", "The source, as the token's."),
    _name("system", "The job system."),
    _name("agent", "Who reports: name/version."),
    _name("producer", "One life of one reporting process."),
    _count("seq", "The batch's number within its producer; repeated batches are known by it."),
    _time("sent_at", "When the batch was sent, by the sender's clock."),
    _count("dropped", "How many events the sender had to drop since its last batch."),
    Field("events", "events", "The events.", limit=MAX_EVENTS),
    Field("workers", "workers", "Beats of the workers.", limit=MAX_WORKERS),
)
READING = (
    _name("queue", "The queue that was read.", required=True),
    _time("taken_at", "When it was read.", required=True),
    _time("broker_now", "The broker's own clock at that moment."),
    _count("waiting", "Jobs ready to run."),
    _time("oldest_due_at", "When the oldest unfinished job was first due."),
    Field("oldest_source", "choice", "How that is known.", choices=OLDEST_SOURCES),
    _seconds("ready_wait", "How long the next job has been ready, seconds."),
    _count("running", "Jobs running now."),
    _time("oldest_running_at", "When the longest running job began."),
    _count("retrying", "Jobs waiting for another attempt."),
    _count("scheduled", "Jobs whose time has not come."),
    _count("overdue_scheduled", "Jobs whose time has come but which were not made ready."),
    _count("dead", "Jobs given up."),
    _count("workers", "Workers taking from this queue."),
    Field("paused", "flag", "Whether the queue is paused."),
    Field("scheduler_alive", "flag", "Whether what makes scheduled jobs ready is alive."),
    _count("done_counter", "Jobs ever finished, where the system counts."),
    Field("notes", "texts", "What the reader should know.", limit=20),
    Field("oldest_by_job", "times_by_name", "`oldest_due_at` per job type.", limit=1_000),
    Field("sees_all", "flag", "Whether every unfinished job was counted."),
)
READINGS = (
    _name("source", "The source, as the token's.", required=True),
    Field("readings", "readings", "One reading per queue.", required=True, limit=10_000),
)
