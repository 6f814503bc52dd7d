"""The one view model: what `GET /api/v1/lanes` answers, and the board, status and metrics show.

Every key is always present; what is not known is null.
"""

import msgspec

from tailback.core.episodes import EpisodeEvent
from tailback.core.model import Lane, Verdict


class FirstError(msgspec.Struct, frozen=True):
    """The first useful error of a reason, already redacted."""

    type: str | None
    message: str | None


class ReasonView(msgspec.Struct, frozen=True):
    """Why jobs of a lane fail, with counts of the last hour; times are Unix seconds."""

    key: str
    bucket: str
    sentence: str
    count_1h: int | None
    first_error: FirstError | None
    last_at: float | None
    last_retry_at: float | None
    status: int | None


class LaneView(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the board; `_s` are seconds, `_at` Unix seconds, null is not known."""

    lane: str
    source: str
    system: str | None
    queue: str
    jobs: list[str]
    verdict: str
    cause: str
    sentence: str
    oldest_age_s: float | None
    oldest_source: str | None
    promise_s: float
    normal_age_s: float | None
    customers_notice_in_s: float | None
    completions_5m: int | None
    arrivals_5m: int | None
    last_success_at: float | None
    waiting: int | None
    running: int | None
    retrying: int | None
    scheduled: int | None
    dead: int | None
    failed_1h: int | None
    retries_1h: int | None
    workers: int | None
    affected_accounts: int | None
    affected_exact: bool | None
    affects: str | None
    customer_action: str | None
    reasons: list[ReasonView]
    owner: str | None
    drilled_at: float | None
    measured_at: float | None
    episode_id: str | None


class LanesAnswer(msgspec.Struct, frozen=True):
    """The whole answer: `as_of` is when everything in it was judged."""

    as_of: float
    summary: str
    lanes: list[LaneView]


class Spark(msgspec.Struct, frozen=True):
    """The last hour in minutes, oldest first: completions per minute, oldest age in seconds."""

    completions: list[int | None]
    ages: list[float | None]


class LaneRow(msgspec.Struct, frozen=True, kw_only=True):
    """A lane with what only the board shows."""

    view: LaneView
    name: str
    promise_assumed: bool
    discovered: bool
    unseen_since: float | None
    spark: Spark
    notes: list[str] = []
    runs: list[str] = []


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A source as the board and the doctor show it."""

    name: str
    system: str | None
    probed: bool
    seen_at: float | None
    blind_since: float | None
    why: str | None


class EpisodeView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an episode; `at` is Unix seconds."""

    at: float
    event: str
    id: str
    lane: str
    rule: str
    cause: str
    page: bool
    owner: str | None
    message: str

    @classmethod
    def of(cls, event: EpisodeEvent, lane: Lane, verdict: Verdict, message: str) -> "EpisodeView":
        """Return the view of an event of the lane's episode."""
        return cls(
            at=event.at,
            event=event.event,
            id=event.episode.id,
            lane=lane.key,
            rule=event.rule,
            cause=verdict.cause,
            page=event.page,
            owner=lane.owner,
            message=message,
        )


class Notices(msgspec.Struct, frozen=True, kw_only=True):
    """What the board says of Tailback itself; `ails`: some of it does not work, or may not."""

    lines: tuple[str, ...] = ()
    ails: bool = False


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one moment; replaced as a whole, never changed."""

    version: int
    as_of: float
    summary: str
    rows: list[LaneRow]
    sources: list[SourceRow]
    episodes: list[EpisodeView] = []
    notices: list[str] = []

    def answer(self) -> LanesAnswer:
        """Return what the API shows of it."""
        return LanesAnswer(self.as_of, self.summary, [row.view for row in self.rows])

    def row(self, lane: str) -> LaneRow | None:
        """Return the row with this lane key."""
        return next((row for row in self.rows if row.view.lane == lane), None)
