"""Problems of lanes and the messages about them: the rows, and the stores that keep them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Literal, Protocol

EpisodeState = Literal["firing", "acknowledged", "resolved"]
OutboxState = Literal["due", "sending", "sent", "failed", "superseded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedEpisode:
    """One problem of one lane as it is now; `body` is what the server needs to go on with it.

    `message` is the newest text about it, `next_step_at` when the next person is told, `parent`
    the episode of the cause that it is or was part of.
    """

    id: str
    lane: str
    state: EpisodeState
    rule: str
    cause: str
    opened_at: float
    resolved_at: float | None
    acknowledged_by: str | None
    acknowledged_until: float | None
    owner: str | None
    page: bool
    step: int
    next_step_at: float | None
    message: str
    body: bytes
    changed_at: float
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened to an episode; `detail` is words for a person."""

    episode: str
    at: float
    actor: str
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to one channel; `key` names it for ever, also to the receiver.

    `fallbacks` are pairs (person, channel) that get it when this channel does not take it.
    """

    key: str
    channel: str
    person: str
    kind: str
    body: bytes
    due_at: float
    page: bool = False
    fallbacks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changes together: the episode, its timeline and the messages, all or nothing.

    `to_told` goes to every channel that got, or may have got, a message of this episode, its key
    followed by the name of the channel. `supersede` gives up what was not sent before.
    """

    episode: SavedEpisode
    lines: tuple[Line, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    to_told: Outgoing | None = None
    supersede: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that is ours to send until the lease ends.

    `thread` is the key of the first message of the episode in this channel.
    """

    id: int
    key: str
    episode: str
    channel: str
    person: str
    kind: str
    page: bool
    fallbacks: tuple[tuple[str, str], ...]
    body: bytes
    created_at: float
    due_at: float
    attempts: int
    fell_back_at: float | None
    thread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """How much a channel gets: `most` messages in an hour, then digests, one in `every_s`.

    `digest` makes one of many, the key, channel and the rest filled in.
    """

    most: int
    every_s: float
    digest: Callable[[Sequence[Claimed]], Outgoing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt ended, and what becomes of its row.

    `instead` are copies for other channels, queued in the same transaction.
    """

    state: OutboxState
    at: float
    took_s: float
    ok: bool
    status: int | None
    reason: str
    again_at: float | None = None
    broken: bool = False
    instead: tuple[Outgoing, ...] = ()


@dataclass(frozen=True, slots=True)
class Sending:
    """A message as the timeline shows it."""

    id: int
    key: str
    channel: str
    person: str
    kind: str
    state: OutboxState
    due_at: float
    attempts: int
    done_at: float | None
    why: str | None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """When a channel last took a message, and since when and why it refuses for good."""

    name: str
    ok_at: float | None
    broken_since: float | None
    why: str | None


@dataclass(frozen=True, slots=True)
class SavedSilence:
    """A quiet time that somebody asked for."""

    id: int
    lane: str
    starts_at: float
    ends_at: float
    reason: str
    by: str
    created_at: float


class EpisodeStore(Protocol):
    """Problems of lanes; at most one of a lane is open."""

    def save(self, changes: Sequence[Change]) -> Future[None]:
        """Keep all changes or none; the future resolves after the commit."""
        ...

    def going_on(self, *, resolved_since: float) -> list[SavedEpisode]:
        """Return what is open, and what ended since then, oldest first."""
        ...

    def newest(self, limit: int, *, before: float) -> list[SavedEpisode]: ...
    def get(self, episode: str) -> SavedEpisode | None: ...
    def children(self, episode: str) -> list[SavedEpisode]:
        """Return the episodes of the lanes that suffer, or suffered, from a shared cause."""
        ...

    def timeline(self, episode: str) -> list[Line]: ...
    def add_line(self, line: Line) -> None:
        """Add to the timeline of an episode what somebody wrote."""
        ...

    def proven(self, since: float) -> dict[str, float]:
        """Return when the alert of each lane was last answered in a drill (rule `drill`)."""
        ...


class OutboxStore(Protocol):
    """Messages on their way. A row that is taken comes back when its lease ends."""

    def add(self, outgoing: Sequence[Outgoing], thread: str, *, now: float) -> int:
        """Queue messages of no episode under the name of a thread; return how many are new."""
        ...

    def ready_channels(self, now: float) -> list[str]: ...

    def claim(self, channel: str, *, now: float, lease_s: float, limit: int) -> list[Claimed]:
        """Take rows of a channel: of each episode only the first that is not done, pages first."""
        ...

    def collapse(self, channel: str, cap: Cap, *, now: float) -> bool:
        """Put what is due into one digest where a channel has got too much; True when it did.

        What comes within `every_s` of a digest waits for the next one. Drills, tests and reviews
        are left alone.
        """
        ...

    def finish(self, row: Claimed, attempt: Attempt) -> bool:
        """Record an attempt; False when the lease had ended and the row is no longer ours."""
        ...

    def release(self, now: float) -> int:
        """End all leases; only for the one server of the database at its start."""
        ...

    def of(self, episode: str) -> list[Sending]: ...
    def oldest_ready_at(self, now: float) -> float | None: ...
    def channels(self) -> list[ChannelState]: ...


class SilenceStore(Protocol):
    """Quiet times asked for while the server runs; each has an end and a reason."""

    def add(
        self, lane: str, *, starts_at: float, ends_at: float, reason: str, by: str, now: float
    ) -> int: ...
    def end(self, silence: int, *, now: float) -> bool: ...
    def current(self, now: float) -> list[SavedSilence]: ...
