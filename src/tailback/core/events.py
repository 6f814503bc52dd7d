"""One event of a job's life, and one beat of a worker, as the rest of the core reads them."""

from collections.abc import Mapping, Sequence
from typing import Any

FIELDS = (
    "kind",
    "at",
    "id",
    "queue",
    "job",
    "first_enqueued_at",
    "due_at",
    "attempt",
    "max_attempts",
    "tenant",
    "worker",
    "ran_for",
    "priority",
    "release",
    "root",
    "parent",
    "drill",
    "error",
    "why",
)


class Event:
    """What happened to one job at one moment; times are Unix seconds, `ran_for` is seconds.

    Anything with the same attributes serves as well: the server decodes into structs of its own.
    """

    __slots__ = FIELDS

    def __init__(
        self,
        kind: str,
        at: float,
        id: str,  # noqa: A002 - the wire's own name
        queue: str,
        job: str | None = None,
        first_enqueued_at: float | None = None,
        due_at: float | None = None,
        attempt: int | None = None,
        max_attempts: int | None = None,
        tenant: str | None = None,
        worker: str | None = None,
        ran_for: float | None = None,
        priority: int | None = None,
        release: str | None = None,
        root: str | None = None,
        parent: str | None = None,
        drill: str | bool | None = None,
        error: Mapping[str, Any] | None = None,
        why: str | None = None,
    ) -> None:
        self.kind = kind
        self.at = at
        self.id = id
        self.queue = queue
        self.job = job
        self.first_enqueued_at = first_enqueued_at
        self.due_at = due_at
        self.attempt = attempt
        self.max_attempts = max_attempts
        self.tenant = tenant
        self.worker = worker
        self.ran_for = ran_for
        self.priority = priority
        self.release = release
        self.root = root
        self.parent = parent
        self.drill = drill
        self.error = error
        self.why = why

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that are set, as on the wire."""
        return {name: value for name in FIELDS if (value := getattr(self, name)) is not None}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash((self.kind, self.at, self.id))

    def __repr__(self) -> str:
        return f"Event({self.as_dict()!r})"


class WorkerBeat:
    """A worker said that it lives: its queues, slots, the ids it runs (None: it cannot tell).

    `every_s` is how many seconds lie between two beats.
    """

    __slots__ = ("every_s", "id", "queues", "running", "slots")

    def __init__(
        self,
        id: str,  # noqa: A002 - the wire's own name
        queues: Sequence[str] = (),
        slots: int | None = None,
        every_s: float | None = None,
        running: Sequence[str] | None = None,
    ) -> None:
        self.id = id
        self.queues = queues
        self.slots = slots
        self.every_s = every_s
        self.running = running
